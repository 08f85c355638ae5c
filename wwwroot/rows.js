// Keyboard in lists: arrows move along the rows, Enter opens one, Esc closes its drawer. And forms: the first refused field gets the focus. A list that follows what is new asks whether somebody reads further down.
window.llmConsole = {
  ...window.llmConsole,
  isAtTop: () => scrollY < 8 && frames().every(frame => frame.scrollTop < 8) && !document.querySelector('[data-drawer]'),
  toTop: () => [window, ...frames()].forEach(scroller => scroller.scrollTo({ top: 0 })),
  focusInvalid: form => document.getElementById(form)?.querySelector('[aria-invalid="true"]')?.focus(),
};

// A table that is wider than the screen scrolls in a frame of its own.
function frames() {
  return [...document.querySelectorAll('.table-frame')];
}

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
  } else if (event.key === 'Escape' && !document.querySelector('.mud-dialog, dialog[open]')) {
    document.querySelector('[data-drawer] .side-drawer-close')?.click();
  }
});

// A row whose name is a link leads there wherever it is clicked, unless something else is in that cell, or text is being marked.
document.addEventListener('click', event => {
  const link = event.target.closest('.grid tbody tr')?.querySelector('a.name');
  if (!link || event.target.closest('a') || event.target.closest('td')?.querySelector('button, input') || getSelection().toString()) return;
  link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey }));
});

// The second click of a double click is no second wish: it would open a dialog, or submit a form, twice. Leafing through pages and adding one row after the other are meant.
window.addEventListener('click', event => {
  if (event.detail < 2 || !event.target.closest('.button, .actions .icon-button, [type="submit"]') || event.target.closest('.list-foot, [data-repeat]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
