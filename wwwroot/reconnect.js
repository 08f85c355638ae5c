// The buttons of the reconnect notice. Blazor shows and hides the notice itself by setting classes.
document.addEventListener('click', async event => {
  if (event.target.closest('[data-reload]')) location.reload();
  else if (event.target.closest('[data-reconnect]') && !(await Blazor.reconnect())) location.reload();
});
