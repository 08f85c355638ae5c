// The page's connection to the server. One WebSocket and no negotiation before it, so that any instance behind a balancer can take it.
Blazor.start({
  circuit: {
    configureSignalR: builder => {
      builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 });
      const build = builder.build;
      builder.build = function () {
        const connection = build.call(this);
        connection.on('Refused', reason => { document.querySelector('#blazor-error-ui').firstChild.data = `${reason} `; });
        return connection;
      };
    },
  },
});

// What is being written; it would be lost if the page were loaded again.
let draft;
document.addEventListener('input', event => draft = event.target);

// The instance that had the page is gone, and another can't go on where it stood: load the page there.
document.addEventListener('components-reconnect-state-changed', event => {
  if (event.detail.state === 'rejected' && !(draft?.isConnected && draft.value)) location.reload();
}, true);

// The buttons of the reconnect notice. Blazor shows and hides the notice itself by setting classes.
document.addEventListener('click', async event => {
  if (event.target.closest('[data-reload]')) location.reload();
  else if (event.target.closest('[data-reconnect]') && !(await Blazor.reconnect())) location.reload();
});
