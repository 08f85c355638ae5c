// The cursor and the selection of a chart, drawn here because they follow the pointer. What was chosen is told to the page.
const pace = 120;

export function attach(plot, page) {
  const root = () => plot.closest('[data-charts]') ?? plot;
  let start = null;
  let at = null;
  let told = 0;
  let later = 0;

  const share = event => {
    const box = plot.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const height = event => {
    const box = plot.getBoundingClientRect();
    return Math.min(1, Math.max(0, (box.bottom - event.clientY) / box.height));
  };
  const tell = () => {
    clearTimeout(later);
    later = setTimeout(() => {
      told = performance.now();
      page.invokeMethodAsync('HoverAsync', at).catch(() => {});
    }, Math.max(0, pace - (performance.now() - told)));
  };
  const show = value => {
    at = value;
    if (value === null) root().style.removeProperty('--cursor');
    else root().style.setProperty('--cursor', value);
    root().toggleAttribute('data-cursor', value !== null);
    tell();
  };
  const select = (from, to) => {
    plot.toggleAttribute('data-selecting', from !== null);
    if (from === null) return;
    plot.style.setProperty('--from', Math.min(from, to));
    plot.style.setProperty('--to', Math.max(from, to));
  };

  plot.addEventListener('pointermove', event => {
    show(share(event));
    if (start !== null) select(start, at);
  });
  plot.addEventListener('pointerleave', () => { if (start === null) show(null); });
  plot.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    start = share(event);
    if (event.pointerType === 'mouse') plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointercancel', () => { start = null; select(null); show(null); });
  plot.addEventListener('pointerup', event => {
    if (start === null) return;
    const [from, to] = [start, share(event)];
    start = null;
    select(null);
    if (Math.abs(to - from) > 0.015) page.invokeMethodAsync('ZoomAsync', from, to);
    else page.invokeMethodAsync('OpenAsync', to, height(event));
  });
  plot.addEventListener('keydown', event => {
    const step = { ArrowLeft: -0.01, ArrowRight: 0.01 }[event.key];
    if (step) {
      event.preventDefault();
      const from = at ?? 1;
      if (event.shiftKey && start === null) start = from;
      show(Math.min(1, Math.max(0, from + step)));
      if (start !== null) select(start, at);
    } else if (event.key === 'Enter' && at !== null) {
      if (start !== null && start !== at) page.invokeMethodAsync('ZoomAsync', start, at);
      else page.invokeMethodAsync('OpenAsync', at, null);
      start = null;
      select(null);
    } else if (event.key === 'Escape') {
      start = null;
      select(null);
      show(null);
    }
  });
  plot.addEventListener('blur', () => { start = null; select(null); show(null); });
}
