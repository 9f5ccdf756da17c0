// What every page does with scripts on: says when the network is gone, counts elapsed time, guards typed words.
// Refuses to know any one page. Without it every page still works.

import "./elapsed.js";
import { guardForms } from "./form_guard.js";
import { accountHere, belongTo } from "./shelf.js";

const notice = document.getElementById("offline");

function showNetwork() {
  if (notice) notice.hidden = navigator.onLine;
}

window.addEventListener("online", showNetwork);
window.addEventListener("offline", showNetwork);
showNetwork();
guardForms(document);
// Without storage (a private window) nothing was kept, so nothing has to go.
belongTo(accountHere()).catch(() => undefined);

// An error summary, or the step just opened, is where the reader goes on.
document.querySelector("[data-focus]")?.focus();
