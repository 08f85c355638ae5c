// Shortcuts of the whole page: ? lists them, Ctrl+K or ⌘K searches. They can be switched off, for people whose tools send such keys by themselves.
const setting = 'shortcuts';
const isOn = () => localStorage.getItem(setting) !== 'off';

window.llmConsole = {
  ...window.llmConsole,
  closeDialogs: () => document.querySelectorAll('dialog[open]').forEach(dialog => dialog.close()),
};

function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || document.querySelector('dialog[open], .mud-dialog')) return false;
  for (const choice of dialog.querySelectorAll('[data-shortcuts-switch]')) choice.checked = isOn();
  dialog.showModal();
  dialog.querySelector('[data-palette-input]')?.select();
  return true;
}

document.addEventListener('keydown', event => {
  if (!isOn() || event.defaultPrevented) return;
  const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]');
  const search = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const list = event.key === '?' && !isTyping && !event.ctrlKey && !event.metaKey;
  if ((search && open('palette')) || (list && open('shortcuts'))) event.preventDefault();
});

document.addEventListener('click', event => {
  const button = event.target.closest('[data-open-dialog]');
  if (button) open(button.dataset.openDialog);

  // The dialog is as large as its content, so a click on the element itself is one beside it.
  else if (event.target.matches('dialog.palette[open]')) event.target.close();
});

document.addEventListener('change', event => {
  if (event.target.matches('[data-shortcuts-switch]')) localStorage.setItem(setting, event.target.checked ? 'on' : 'off');
});

// Ctrl+Enter or ⌘+Enter runs a form of several lines, with what was typed last.
document.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing || !isOn()) return;
  const form = event.target.closest?.('[data-quick-submit] form');
  if (!form) return;
  event.preventDefault();
  event.target.dispatchEvent(new Event('change', { bubbles: true }));
  form.requestSubmit();
});
