// The room's small dialogs: the server wrote them in the page, this opens them and hands back what was chosen.
// A button with `data-answer` answers at once, also by its number on the keyboard; a form answers with its fields.

export function ask(name) {
  const dialog = document.getElementById(`dialog-${name}`);
  if (!dialog || dialog.open) return Promise.resolve(null);
  dialog.querySelector("form")?.reset();
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = (value) => {
      dialog.removeEventListener("click", press);
      dialog.removeEventListener("keydown", type);
      dialog.removeEventListener("submit", send);
      dialog.removeEventListener("close", shut);
      if (dialog.open) dialog.close();
      resolve(value);
    };
    const press = (event) => {
      const button = event.target.closest("[data-answer]");
      if (event.target.closest("[data-cancel]")) answer(null);
      else if (button) answer({ answer: button.dataset.answer, words: button.textContent.trim() });
    };
    const type = (event) => {
      if (event.target.closest("input, textarea") || !/^[1-9]$/.test(event.key)) return;
      dialog.querySelectorAll("[data-answer]")[Number(event.key) - 1]?.click();
    };
    const send = (event) => {
      event.preventDefault();
      answer(Object.fromEntries(new FormData(event.target)));
    };
    const shut = () => answer(null);
    dialog.addEventListener("click", press);
    dialog.addEventListener("keydown", type);
    dialog.addEventListener("submit", send);
    dialog.addEventListener("close", shut);
  });
}

export function closeAll() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

// Links of the act header that every page has, and what the room does in their place: nobody leaves a live session
// to withdraw consent or to read the conformity rail.
const LINKS = { 'a[href$="/consent/withdraw"]': "withdraw", 'a[href="#rail"]': "rail" };

// `data-do="capture"` anywhere in the page runs `actions.capture(event, button)`.
export function wire(root, actions) {
  root.addEventListener("click", (event) => {
    // What is missing is completed in another tab: the live session goes on in this one.
    const away = event.target.closest("a[href^='/acts/']");
    if (away && document.querySelector("visavis-room").model.live) Object.assign(away, { target: "_blank", rel: "noopener" });
    const button = event.target.closest("[data-do]");
    if (button && actions[button.dataset.do]) actions[button.dataset.do](event, button);
    for (const [link, name] of Object.entries(LINKS)) if (event.target.closest(link)) actions[name]?.(event, null);
  });
}

// Single keys, as the expert's hands learn them. Silent while typing and while a dialog is open.
export function wireKeys(keys, actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
    const name = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!name || (typing && event.key !== "Escape")) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    actions[name](event, null);
  });
}
