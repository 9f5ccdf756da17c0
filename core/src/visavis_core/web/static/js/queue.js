// Keeps the queue current while it is on screen: asks for the page again and swaps the list when it changed.
// A reader's focus stays where it was; new requests are said once. Without scripts the page is reloaded by hand.

import { loadMessages } from "./messages.js";

const EVERY_MS = 5000;
const queue = document.getElementById("queue");
const news = document.getElementById("queue-news");
let waiting = countRequests(queue);

function countRequests(root) {
  return root.querySelectorAll("#group-requests ~ ul > li").length;
}

// Times tick and each page carries fresh one-use marks: neither is news.
function gist(root) {
  const copy = root.cloneNode(true);
  for (const changing of copy.querySelectorAll("visavis-elapsed, input[name=_cause]")) changing.remove();
  return copy.innerHTML;
}

async function refresh() {
  if (document.hidden || !navigator.onLine) return;
  let page;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return; // the network is gone; the page says so itself
  }
  const fresh = page.getElementById("queue");
  if (!fresh || gist(fresh) === gist(queue)) return;
  const held = queue.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  queue.replaceChildren(...fresh.childNodes);
  if (held) [...queue.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
  const now = countRequests(queue);
  if (now > waiting) news.textContent = (await loadMessages("queue"))("news", { count: now });
  waiting = now;
}

setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
