// A long thread: only the messages around the reader are on the page, and two gaps stand for the others. As the reader comes near a gap,
// the server is asked for the messages there; when they arrive, what is being read stays where it is.

const near = 400;

/**
 * @param {HTMLElement} thread what scrolls
 * @param {HTMLElement} content what holds the messages
 * @param {(place: number) => Promise<void>} show asks for the messages around a place
 * @param {() => boolean} follows whether the reader is at the end and wants to stay there
 */
export function watchWindow(thread, content, show, follows) {
  let height = 0;
  let anchor = null;
  let wanted = null;
  let isAsking = false;

  const turns = () => content.querySelectorAll('[data-turn]');
  const gaps = () => content.querySelectorAll('.thread-gap');

  // One height for all messages that aren't here, measured once: were it measured anew each time, the scroll bar would never rest.
  function fill() {
    const shown = turns();
    if (!height && shown.length >= 10) height = (shown[shown.length - 1].getBoundingClientRect().bottom - shown[0].getBoundingClientRect().top) / shown.length;
    for (const gap of gaps()) gap.style.height = `${gap.dataset.gap * height}px`;
  }

  function remember() {
    const top = thread.getBoundingClientRect().top;
    for (const turn of turns()) {
      const box = turn.getBoundingClientRect();
      if (box.bottom <= top) continue;
      anchor = { place: turn.dataset.turn, offset: box.top - top, scrolled: thread.scrollTop };
      return;
    }
    anchor = null;
  }

  function place(number, offset) {
    const turn = content.querySelector(`[data-turn="${number}"]`);
    if (turn) thread.scrollTop += turn.getBoundingClientRect().top - thread.getBoundingClientRect().top - offset;
    return Boolean(turn);
  }

  // Before the browser paints, so that nothing is seen to jump. The reader may have scrolled on since the anchor was remembered.
  function arrived(changes) {
    if (!changes.some(change => change.target === content || change.target.matches('.thread-gap'))) return;
    fill();
    if (follows()) return;
    const moved = anchor ? thread.scrollTop - anchor.scrolled : 0;
    if ((!anchor || !place(anchor.place, anchor.offset - moved)) && wanted !== null) place(wanted, 0);
    remember();
  }

  /** The place that the reader looks for, beyond what is here; none where all of it is. */
  function missing() {
    const [above, below] = gaps();
    if (!above || !below || !height) return null;
    const view = thread.getBoundingClientRect();
    const first = Number(above.dataset.gap);
    const end = first + turns().length;
    const top = above.getBoundingClientRect();
    const bottom = below.getBoundingClientRect();
    if (first > 0 && top.bottom > view.top - near) return top.bottom > view.bottom ? Math.floor((view.top - top.top) / height) : first - 1;
    if (below.dataset.gap > 0 && bottom.top < view.bottom + near) return bottom.top < view.top ? end + Math.floor((view.top - bottom.top) / height) : end;
    return null;
  }

  async function look() {
    if (isAsking) return;
    isAsking = true;
    try {
      for (let next = missing(); next !== null && next !== wanted; next = missing()) {
        wanted = next;
        await show(next);
      }
    } finally {
      isAsking = false;
      wanted = null;
    }
  }

  const observer = new MutationObserver(arrived);
  observer.observe(content, { childList: true, attributes: true, attributeFilter: ['data-gap'], subtree: true });
  fill();

  return {
    scrolled() {
      remember();
      look();
    },
    /** Brings a message to the top of the view, if it is here. */
    toTurn(number) {
      if (place(number, 12)) remember();
    },
    /** Whether messages after those on the page are missing; asks for them. */
    async toLast() {
      const below = gaps()[1];
      if (below?.dataset.gap > 0) await show(Number(gaps()[0].dataset.gap) + turns().length + Number(below.dataset.gap));
    },
    detach: () => observer.disconnect(),
  };
}
