// Tells the server the reader's time zone, so that moments and charts stand in it from the first paint on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;

// The clock that charts are on.
window.llmConsole = {
  ...window.llmConsole,
  rememberClock: clock => document.cookie = `clock=${clock}; path=/; max-age=31536000; samesite=lax`,
};
