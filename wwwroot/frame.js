// The frame's own behaviour: the rail as a drawer on a phone, and menus made of <details>. It works before and without a circuit.
const root = document.documentElement;

window.llmConsole = {
  ...window.llmConsole,

  // A new page begins at its heading, unless its reader is further already. The first page was there before its circuit: there, to have the focus anywhere is to be further.
  focusHeading: isFirst => {
    if (document.activeElement.matches(isFirst ? ':not(body)' : 'main :is(input, select, textarea)')) return;
    const heading = document.querySelector('h1');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  },
};

function setRail(open) {
  if (open) root.dataset.rail = 'open'; else delete root.dataset.rail;
  const toggle = document.querySelector('[data-rail-toggle]');
  toggle?.setAttribute('aria-expanded', String(open));
  if (open) document.querySelector('#rail a')?.focus();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (menu !== except) menu.open = false;
}

document.addEventListener('click', event => {
  const target = event.target;
  if (target.closest('[data-rail-toggle]')) setRail(root.dataset.rail !== 'open');
  else if (target.closest('[data-rail-close], #rail a')) setRail(false);

  // A choice in a menu closes it, as does a click elsewhere; where several things are chosen one after the other it stays.
  const stays = target.closest('[data-menu-stays]') && !target.closest('[data-menu-closes]');
  closeMenus(target.closest('.menu-list') && !stays ? null : target.closest('details.menu'));
});

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  const menu = document.querySelector('details.menu[open]');
  if (menu) {
    menu.open = false;
    menu.querySelector('summary').focus();
  } else if (root.dataset.rail === 'open') {
    setRail(false);
    document.querySelector('[data-rail-toggle]')?.focus();
  }
});
