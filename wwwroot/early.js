// A page is drawn twice: by the server, and again by its circuit, which puts new elements in the place of all. What somebody clicks or fills in meanwhile reaches nobody, and what they hold down is gone
// when they let go; the focus is gone with the element that had it. It is noted here and done again on the circuit's page. Links and posted forms need no circuit: the browser follows them by itself.
const patience = 10_000;
const drawn = document.querySelector('main');
const steps = [];
let isLive = false;
let pressed = null;
let focused = null;

const byScript = '[data-rail-toggle], [data-rail-close], [data-theme-choice], [data-copy], [data-copy-from]';
const actor = event => event.target.closest('a[href], button, summary, tr[tabindex]');
const isText = element => element.matches('textarea, input:not([type="checkbox"], [type="radio"], [type="file"])');

// What tells an element from others of its kind, whichever of the two drew it.
const nameOf = e => (e.dataset.row ?? e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.getAttribute('href') ?? e.textContent).trim();
const named = (tag, name) => [...document.getElementsByTagName(tag)].filter(e => nameOf(e) === name);

function step(element, act) {
  const [tag, name] = [element.tagName, nameOf(element)];
  return { element, act, tag, name, index: named(tag, name).indexOf(element) };
}

const click = twin => twin.click();

function fill(twin, element) {
  [twin.value, twin.checked] = [element.value, element.checked];
  twin.dispatchEvent(new Event('input', { bubbles: true }));
  if (element !== focused?.element || !isText(element)) finish(twin);
}

const finish = field => field.dispatchEvent(new Event('change', { bubbles: true }));

// Whoever is still writing goes on where they were; the text is finished when they leave it, or with Enter.
function goOn(twin, element) {
  if (document.activeElement === document.body) twin.focus({ preventScroll: true });
  if (!isText(element)) return;
  if (element.selectionStart !== null) twin.setSelectionRange(element.selectionStart, element.selectionEnd);
  if (element.value === element.defaultValue) return;
  const done = new AbortController();
  const on = (type, handler) => twin.addEventListener(type, handler, { signal: done.signal });
  on('change', () => done.abort());
  on('blur', () => finish(twin));
  on('keydown', event => { if (event.key === 'Enter' && !event.isComposing && twin.tagName === 'INPUT') finish(twin); });
  if (document.activeElement !== twin) finish(twin);
}

// A second click on the same thing is impatience, except where it closes what the first one opened.
function note(element, act) {
  if (element.tagName !== 'SUMMARY' && steps.some(other => other.element === element)) return;
  steps.push(step(element, act));
}

function redo() {
  if (!isLive && document.querySelector('main') === drawn) return;
  if (!isLive) {
    setTimeout(() => { steps.length = 0; observer.disconnect(); }, patience);
    if (focused && !focused.element.isConnected) steps.push(focused);
  }
  isLive = true;

  // Rows may come later than the page around them.
  while (steps.length > 0) {
    const { element, act, tag, name, index } = steps[0];
    const twin = named(tag, name)[index];
    if (!twin) return;
    steps.shift();
    act(twin, element);
  }
}

const observer = new MutationObserver(redo);
observer.observe(document.body, { childList: true, subtree: true });

document.addEventListener('click', event => {
  const element = actor(event);
  if (isLive || !element || element.matches(byScript) || element.matches('a, [type="submit"]')) return;
  note(element, click);
});

document.addEventListener('submit', event => {
  if (isLive || event.target.hasAttribute('method')) return;
  event.preventDefault();
  const button = event.submitter ?? event.target.querySelector('[type="submit"]');
  if (button) note(button, click);
});

for (const type of ['input', 'change']) {
  document.addEventListener(type, event => {
    if (!isLive && event.target.matches('input, select, textarea')) note(event.target, fill);
  });
}

document.addEventListener('focusin', event => {
  if (!isLive && event.target.matches('a[href], button, input, select, textarea, summary, tr[tabindex]')) focused = step(event.target, goOn);
});

document.addEventListener('pointerdown', event => {
  focused = null;
  const element = isLive ? null : actor(event);
  pressed = element && event.button === 0 ? { ...step(element, click), x: event.clientX, y: event.clientY } : null;
});

document.addEventListener('pointerup', event => {
  const was = pressed;
  pressed = null;
  if (!was || was.element.isConnected || Math.hypot(event.clientX - was.x, event.clientY - was.y) > 10) return;
  steps.push(was);
  redo();
});
