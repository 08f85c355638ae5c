// The page's connection to the server. One WebSocket and no negotiation before it, so that any instance behind a balancer can take it.
const refusal = document.getElementById('blazor-error-ui');
const wording = refusal.firstChild.data;

Blazor.start({
  circuit: {
    configureSignalR: builder => {
      builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 });
      const build = builder.build;
      builder.build = function () {
        const connection = build.call(this);
        connection.on('Seat', reason => {
          refusal.firstChild.data = reason ? `${reason} ` : wording;
          refusal.style.display = reason ? 'block' : '';
        });
        return connection;
      };
    },
  },
});

// What is being written; it would be lost if the page were loaded again.
let draft;
document.addEventListener('input', event => draft = event.target);

function reloadUnlessWriting() {
  if (!(draft?.isConnected && draft.value)) location.reload();
}

// The instance that had the page is gone, and another can't go on where it stood: load the page there.
document.addEventListener('components-reconnect-state-changed', event => {
  if (event.detail.state === 'rejected') reloadUnlessWriting();

  // Blazor has shown it when a try failed, and the connection is back.
  if (event.detail.state === 'hide') refusal.style.display = '';
}, true);

// Blazor lets more and more time pass between its tries, and gives up in the end. It tries at once when the page comes into view, so that is what it is told when the network is back.
async function reconnect() {
  const notice = document.getElementById('components-reconnect-modal');
  if (!notice.matches('.components-reconnect-failed')) document.dispatchEvent(new Event('visibilitychange'));
  else if (!(await Blazor.reconnect())) {
    notice.className = 'components-reconnect-rejected';
    reloadUnlessWriting();
  }
}

window.addEventListener('online', reconnect);

// The buttons of the reconnect notice. Blazor shows and hides the notice itself by setting classes.
document.addEventListener('click', event => {
  if (event.target.closest('[data-reload]')) location.reload();
  else if (event.target.closest('[data-reconnect]')) reconnect();
});
