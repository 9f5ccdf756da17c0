// Keeps what a person typed: a form is sent once, and leaving with unsent words asks first.
// Nothing is stored in the browser: a tablet is passed from hand to hand.

function answers(form) {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();
}

export function guardForms(root) {
  const asGiven = new Map();
  let sending = null;
  for (const form of root.querySelectorAll("form[data-guard]")) {
    asGiven.set(form, answers(form));
    form.addEventListener("submit", (event) => {
      if (sending) {
        event.preventDefault();
        return;
      }
      sending = form;
      form.setAttribute("aria-busy", "true");
    });
  }
  // Coming back with the browser's back button revives the page as it was left.
  window.addEventListener("pageshow", () => {
    sending = null;
    for (const form of asGiven.keys()) form.removeAttribute("aria-busy");
  });
  window.addEventListener("beforeunload", (event) => {
    for (const [form, given] of asGiven) {
      if (form !== sending && form.isConnected && answers(form) !== given) event.preventDefault();
    }
  });
}
