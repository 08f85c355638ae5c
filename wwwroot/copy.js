// Copy buttons: [data-copy] holds the text, [data-copy-from] the id of the element that shows it. Without clipboard access (plain HTTP) the text is copied by selecting it.
const announcer = document.createElement('div');
announcer.setAttribute('role', 'status');
announcer.className = 'visually-hidden';
document.body.append(announcer);

function copyBySelection(text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  (document.activeElement?.closest('.mud-dialog') ?? document.body).append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

async function copy(text) {
  if (!navigator.clipboard) return copyBySelection(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

document.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy], [data-copy-from]');
  if (!button) return;
  const text = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom)?.textContent : button.dataset.copy;
  const done = text ? await copy(text.trim()) : false;
  announcer.textContent = '';
  announcer.textContent = done ? 'Copied' : 'Copying was not allowed. Select the text and copy it yourself.';
  if (!done) return;
  button.dataset.copied = '';
  setTimeout(() => delete button.dataset.copied, 1600);
}, true);
