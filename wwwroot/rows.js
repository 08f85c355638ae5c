// Keyboard in lists: arrows move along the rows, Enter opens one, Esc closes its drawer. And forms: the first refused field gets the focus.
window.llmConsole = {
  focusInvalid: form => document.getElementById(form)?.querySelector('[aria-invalid="true"]')?.focus(),
};

function step(row, forward) {
  let next = row;
  do next = forward ? next.nextElementSibling : next.previousElementSibling;
  while (next && !next.matches('tr[tabindex]'));
  if (!next) return;
  next.focus();
  if (document.querySelector('[data-drawer]')) next.click();
}

document.addEventListener('keydown', event => {
  const row = event.target.matches?.('tr[tabindex]') ? event.target : null;
  if (row && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    step(row, event.key === 'ArrowDown');
  } else if (row && (event.key === 'Enter' || event.key === ' ')) {
    event.preventDefault();
    row.click();
  } else if (event.key === 'Escape' && !document.querySelector('.mud-dialog')) {
    document.querySelector('[data-drawer] .side-drawer-close')?.click();
  }
});
