// Theme: the choice is a cookie, so that the server can write it on <html> before the first paint.
const root = document.documentElement;

function mark() {
  for (const item of document.querySelectorAll('[data-theme-choice]')) item.setAttribute('aria-checked', String(item.dataset.themeChoice === root.dataset.theme));
}

function choose(theme) {
  root.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  mark();
}

document.addEventListener('click', event => {
  const item = event.target.closest('[data-theme-choice]');
  if (item) choose(item.dataset.themeChoice);
});
document.addEventListener('toggle', mark, true);
