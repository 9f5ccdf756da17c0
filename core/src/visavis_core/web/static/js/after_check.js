// After the device check was kept: the act's page as it now stands, with the step done and the rail true.
// The check itself stays on the screen long enough to be read.

const READING_MS = 2500;

document.addEventListener("checked", () => {
  setTimeout(() => location.assign(`${location.pathname}?saved=check#next`), READING_MS);
});
