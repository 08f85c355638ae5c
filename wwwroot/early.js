// A page is drawn twice: by the server, and again by its circuit, which puts new elements in the place of all. What somebody clicks or fills in meanwhile reaches nobody, and what they hold down is gone
// when they let go. It is noted here and done again on the circuit's page. Links and posted forms need no circuit: the browser follows them by itself.
const patience = 10_000;
const drawn = document.querySelector('main');
const steps = [];
let isLive = false;
let pressed = null;

const byScript = '[data-rail-toggle], [data-rail-close], [data-theme-choice], [data-copy], [data-copy-from]';
const actor = event => event.target.closest('a[href], button, summary, tr[tabindex]');

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
  for (const type of ['input', 'change']) twin.dispatchEvent(new Event(type, { bubbles: true }));
}

// A second click on the same thing is impatience, except where it closes what the first one opened.
function note(element, act) {
  if (element.tagName !== 'SUMMARY' && steps.some(other => other.element === element)) return;
  steps.push(step(element, act));
}

function redo() {
  if (!isLive && document.querySelector('main') === drawn) return;
  if (!isLive) setTimeout(() => { steps.length = 0; observer.disconnect(); }, patience);
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

document.addEventListener('pointerdown', event => {
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
