// What the eye beside the server notices in a picture or a sound, as words on its tile, and stills taken from a stream.
// Refuses to judge: the server holds the limits, and plugins their advice.

const FRESH_MS = 5000; // the eye speaks every second; a word nobody repeats is no longer true

export class Sights extends EventTarget {
  #seen = new Map(); // link -> { sight, at }
  #t;

  constructor(t) {
    super();
    this.#t = t;
    setInterval(() => this.#forget(), FRESH_MS);
  }

  receive(sight) {
    const before = this.words(sight.link).join();
    this.#seen.set(sight.link, { sight, at: performance.now() });
    if (sight.level !== null) this.dispatchEvent(new CustomEvent("level", { detail: sight }));
    if (this.words(sight.link).join() !== before) this.dispatchEvent(new CustomEvent("sights", { detail: sight.link }));
  }

  // Sentences about one link, the gravest first, then plugins' advice. Empty when all is well, or nobody looks.
  words(link) {
    return [...this.measured(link), ...this.#notes(link)];
  }

  // The short ones alone, for where there is little room.
  measured(link) {
    return (this.#fresh(link)?.words ?? []).map((word) => this.#t(`sight.${word}`));
  }

  #notes(link) {
    const language = document.documentElement.lang;
    const advising = (this.#fresh(link)?.notes ?? []).filter((note) => note.advises);
    return advising.map((note) => note.text[language] ?? note.text.fr);
  }

  #fresh(link) {
    const seen = this.#seen.get(link);
    return seen && performance.now() - seen.at <= FRESH_MS ? seen.sight : null;
  }

  #forget() {
    for (const [link, { at }] of this.#seen) {
      if (performance.now() - at <= FRESH_MS) continue;
      this.#seen.delete(link);
      this.dispatchEvent(new CustomEvent("sights", { detail: link }));
    }
  }
}

// Shows the words about the picture on the stage in a line of their own.
export function showSights(room) {
  const line = room.querySelector("[data-stage=sight]");
  const draw = () => {
    const link = room.media.watched.has(room.chosen) ? room.chosen : room.ownLink;
    const words = link && !room.stage.showsStill ? room.sights.words(link) : [];
    line.hidden = words.length === 0;
    line.textContent = words.join(" · ");
  };
  room.sights.addEventListener("sights", draw);
  room.stage.addEventListener("target", draw);
}

// A device's stream has nobody at its shutter: the still is taken from the stream, on the server.
export async function takeFromStream(room) {
  const { t, announcer, act } = room;
  if (!room.media.watched.has(room.chosen)) {
    announcer.say(t("still.choose_source"));
    return;
  }
  announcer.say(t("still.asked"));
  const address = `/acts/${encodeURIComponent(act)}/sources/${encodeURIComponent(room.chosen)}/still`;
  try {
    const response = await fetch(address, { method: "POST", headers: { "Idempotency-Key": `still:${crypto.randomUUID()}` } });
    if (response.ok) announcer.say(t("still.kept"));
    else announcer.say((await response.json().catch(() => ({}))).title || t("still.failed"), { urgent: true });
  } catch {
    announcer.say(t("still.failed"), { urgent: true });
  }
}
