// While a form is being filled: computed values follow the answers, and a field left with a slip says so beside it.
// The server checks; this only asks it. Without scripts the same comes after saving.

import { loadMessages } from "./messages.js";

const WAIT_MS = 400;
const form = document.querySelector("form[data-live-check]");
const output = document.getElementById("computed");
const t = await loadMessages("field");
const touched = new Set();
let waiting = 0;
let asked = 0;

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function drawValue(value) {
  const parts = value.parts.map((part) =>
    element("li", {}, `${part.label} `, element("strong", {}, part.text || "—")),
  );
  return element(
    "div",
    { class: "computed" },
    element("strong", {}, value.label),
    element("span", { class: "figure" }, value.text || "—"),
    element("span", { class: "quiet" }, value.scale || value.absent),
    element("ul", { class: "row small", role: "list" }, ...parts),
    element("span", { class: "small quiet" }, value.method),
  );
}

function showError(name, said) {
  const holder = document.getElementById(`f-${name}-field`);
  if (!holder) return;
  const id = `f-${name}-error`;
  const shown = document.getElementById(id);
  if (!said) {
    shown?.remove();
    holder.classList.remove("wrong");
  } else if (shown) {
    shown.querySelector("span").textContent = said;
  } else {
    holder.classList.add("wrong");
    const label = holder.querySelector("label, legend");
    label.after(element("p", { class: "error", id }, element("span", { class: "heard-only" }, t("error")), element("span", {}, said)));
  }
  const control = document.getElementById(`f-${name}`);
  if (said) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
}

async function check() {
  const mine = ++asked;
  let found;
  try {
    const response = await fetch(form.dataset.liveCheck, { method: "POST", body: new URLSearchParams([...new FormData(form)]) });
    if (!response.ok) return;
    found = await response.json();
  } catch {
    return; // the network is gone; saving will say so
  }
  if (mine !== asked) return;
  for (const name of touched) showError(name, found.errors[name]);
  output.replaceChildren(...found.computed.map(drawValue));
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(check, WAIT_MS);
}

form.addEventListener("input", later);
form.addEventListener("focusout", (event) => {
  if (!event.target.name) return;
  touched.add(event.target.name.replace(/\.absent$/, ""));
  later();
});
