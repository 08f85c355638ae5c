// The head of a table stays in sight while the page scrolls, where the table fits its frame. One that is wider scrolls sideways in its frame, and whatever sticks inside something that scrolls sticks
// to that. Which of the two it is, only the browser can tell; the styles do the rest.
const known = new WeakSet();
const sizes = new ResizeObserver(entries => {
  for (const frame of new Set(entries.map(entry => entry.target.closest('.table-frame')))) {
    if (frame) frame.dataset.table = frame.firstElementChild.offsetWidth < frame.offsetWidth ? 'fits' : 'wide';
  }
});

function watch() {
  for (const frame of document.querySelectorAll('.table-frame:not(.chart-table)')) {
    if (known.has(frame)) continue;
    known.add(frame);
    sizes.observe(frame);
    sizes.observe(frame.firstElementChild);
  }
}

new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
watch();
