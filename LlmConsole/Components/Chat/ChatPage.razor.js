// Keys, scrolling, drafts and copying: what must not wait for the server.
import { watchWindow } from './Turns/ThreadView.razor.js';

const nearEnd = 48;

export function attach(root, page) {
  const thread = root.querySelector('.thread');
  const content = root.querySelector('.thread-content');
  const composer = root.querySelector('[data-composer]');
  const abort = new AbortController();
  const on = (target, type, handler, capture = false) => target.addEventListener(type, handler, { capture, signal: abort.signal });
  let follows = true;
  let last = 0;

  const messages = watchWindow(thread, content, place => page.invokeMethodAsync('ShowTurnAsync', place), () => follows);
  const distance = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight;
  const mark = () => root.toggleAttribute('data-away', !follows && distance() > nearEnd);
  const toEnd = async () => {
    follows = true;
    await messages.toLast();
    thread.scrollTop = thread.scrollHeight;
    mark();
  };

  // Only a move upwards is the reader's: when text arrives between a jump to the end and its event, the end is already further down.
  on(thread, 'scroll', () => {
    if (distance() <= nearEnd) follows = true;
    else if (thread.scrollTop < last) follows = false;
    last = thread.scrollTop;
    mark();
    messages.scrolled();
  });
  const grown = new ResizeObserver(() => {
    if (follows) thread.scrollTop = thread.scrollHeight;
    mark();
  });
  grown.observe(content);
  grown.observe(thread);

  on(root, 'click', event => {
    if (event.target.closest('[data-jump]')) toEnd();
    const copy = event.target.closest('.md-copy');
    if (copy) copyFrom(root, copy);
  });

  on(root, 'keydown', event => {
    const box = event.target;
    if (!box.matches('[data-sends]') || event.key !== 'Enter' || event.shiftKey) return;
    // Enter that ends a composition (Chinese, Japanese, Korean) chooses a word; Safari says so only by the key code.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (root.querySelector('[data-stop]')) return;
    box.dispatchEvent(new Event('change', { bubbles: true }));
    box.form.requestSubmit();
    box.style.height = '';
  });

  // Before the others that listen for Esc: what it closes there is still open then, and the answer goes on.
  on(window, 'keydown', event => {
    if (event.key !== 'Escape' || event.isComposing || event.target.closest?.('select, .list-edit, .question-edit')) return;
    if (document.querySelector('details.menu[open], :root[data-rail="open"], .mud-dialog')) return;
    root.querySelector('[data-stop]')?.click();
  }, true);

  if (!CSS.supports('field-sizing', 'content')) {
    on(composer, 'input', () => {
      composer.style.height = 'auto';
      composer.style.height = `${composer.scrollHeight}px`;
    });
  }

  keepDraft(composer, on);
  composer.focus({ preventScroll: true });

  return {
    toEnd: () => {
      toEnd();
      composer.focus({ preventScroll: true });
    },
    toTurn: place => {
      follows = false;
      messages.toTurn(place);
      mark();
    },
    minutesFromUtc: () => -new Date().getTimezoneOffset(),
    detach: () => {
      abort.abort();
      grown.disconnect();
      messages.detach();
    },
  };
}

/** What is typed outlives the page: a restart of the server, or a session that ended, loads it anew. */
function keepDraft(composer, on) {
  const key = `draft of ${composer.dataset.owner}`;
  const draft = sessionStorage.getItem(key);
  if (draft && !composer.value) {
    composer.value = draft;
    composer.dispatchEvent(new Event('change', { bubbles: true }));
  }

  on(composer, 'input', () => sessionStorage.setItem(key, composer.value));
  on(composer.form, 'submit', () => sessionStorage.removeItem(key));
}

async function copyFrom(root, button) {
  const text = button.closest('.md-code')?.querySelector('pre')?.textContent.replace(/\n$/, '') ?? '';
  const copied = await write(text);
  const label = button.textContent;
  const status = root.querySelector('[role="status"][data-copied]');
  if (button.dataset.shown) return;
  button.dataset.shown = 'true';
  button.textContent = copied ? 'Copied' : 'Select and copy by hand';
  status.textContent = button.textContent;
  setTimeout(() => {
    button.textContent = label;
    delete button.dataset.shown;
    status.textContent = '';
  }, 1500);
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers offer the clipboard to secure origins only, and a console in a private network is often plain HTTP.
    const area = Object.assign(document.createElement('textarea'), { value: text });
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}
