// Says to a screen reader, and shows for a moment, what happened: someone came, advice arrived, the line was lost.

const SHOWN_MS = 6000;
const MOST_SHOWN = 2;

export class Announcer {
  #polite;
  #urgent;
  #shown;

  constructor(root) {
    this.#polite = root.querySelector("[data-announce=polite]");
    this.#urgent = root.querySelector("[data-announce=urgent]");
    this.#shown = root.querySelector("[data-announce=shown]");
  }

  say(text, { urgent = false, seen = true } = {}) {
    const line = urgent ? this.#urgent : this.#polite;
    line.textContent = "";
    // An identical sentence said twice is only spoken twice when the region was empty in between.
    requestAnimationFrame(() => (line.textContent = text));
    if (seen) this.#show(text, urgent);
  }

  #show(text, urgent) {
    const note = document.createElement("p");
    note.className = urgent ? "toast urgent" : "toast";
    note.textContent = text;
    this.#shown.append(note);
    while (this.#shown.children.length > MOST_SHOWN) this.#shown.firstChild.remove();
    setTimeout(() => note.remove(), SHOWN_MS);
  }
}
