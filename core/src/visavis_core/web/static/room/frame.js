// Keeps the act header and the conformity rail true while the record grows: the server draws them, this puts them in.

const WAIT_MS = 400;

export function keepFrameFresh(room) {
  if (room.dataset.face === "guest") return; // a guest has neither the dossier's header nor the rail
  let timer = 0;
  let asking = false;
  let again = false;

  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const response = await fetch(`/acts/${encodeURIComponent(room.act)}/room/frame`);
      if (response.ok) put(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      // Offline: the room says so already, and the next event asks again.
    }
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }

  room.addEventListener("record-grew", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT_MS);
  });
}

function put(fresh) {
  for (const [selector, place] of [[".act-header", document], [".rail", document]]) {
    const [old, now] = [place.querySelector(selector), fresh.querySelector(selector)];
    if (!old || !now) continue;
    const held = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(document.adoptNode(now));
    // Whoever was on a link with the keyboard stays on it, unless it went with what it led to.
    if (held) (now.querySelector(`a[href=${JSON.stringify(held)}]`) ?? now.querySelector("a"))?.focus();
  }
}
