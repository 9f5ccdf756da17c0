// The small tiles: everybody's face and the other sources, each with its name, its adequacy in words, and what to do.
// Voices play here too, each in an element of its own so that moving a picture never cuts a word.

import { badge } from "./marks.js";

const FRAMES_EVERY_MS = 500;
const STALE_MS = 2000;

export class Tiles {
  #list;
  #voices;
  #missing;
  #rows = new Map();

  constructor(root, { model, media, t, sights, onChoose = null }) {
    this.#list = root.querySelector("[data-tiles]");
    this.#voices = root.querySelector("[data-voices]");
    this.#missing = root.querySelector("[data-missing]");
    Object.assign(this, { model, media, t, sights, onChoose });
    sights.addEventListener("sights", () => this.draw());
    sights.addEventListener("level", ({ detail }) => this.#showLevel(detail));
    this.chosen = "";
    this.stale = new Set(); // keys of the tiles whose picture stopped
    for (const part of ["sources", "people", "plan_b"]) model.addEventListener(part, () => this.draw());
    for (const part of ["streams", "published"]) media.addEventListener(part, () => this.draw());
    media.addEventListener("voices", () => this.#play());
    media.addEventListener("streams", () => this.#play());
    setInterval(() => this.#watchFrames(), FRAMES_EVERY_MS);
  }

  // A stream whose frames stopped coming must not pass for the present, however fine its last frame looks.
  #watchFrames() {
    if (document.visibilityState !== "visible") return;
    const now = performance.now();
    for (const [key, row] of this.#rows) {
      const frames = row.video.getVideoPlaybackQuality().totalVideoFrames;
      if (frames !== row.frames) Object.assign(row, { frames, movedAt: now });
      const stale = frames > 0 && now - row.movedAt > STALE_MS && !this.media.reduced;
      if (stale === this.stale.has(key)) continue;
      if (stale) this.stale.add(key);
      else this.stale.delete(key);
      this.draw();
      this.media.dispatchEvent(new CustomEvent("stale"));
    }
  }

  choose(link) {
    this.chosen = link;
    this.draw();
  }

  draw() {
    const wanted = [...this.#mine(), ...this.#others()];
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
      this.stale.delete(key);
    }
    for (const tile of wanted) this.#draw(tile);
    this.#drawMissing();
  }

  // Who should be here and is not: by name, or the physician nobody has been found to be yet.
  #drawMissing() {
    const missing = this.model.people
      .filter((person) => person.participant !== this.model.you && person.role !== "patient" && person.state !== "here")
      .map((person) => [person, `${person.name} · ${this.t(`missing.${person.state}`)}`]);
    if (this.model.people.length && !this.model.people.some((person) => person.role === "expert")) {
      missing.unshift([null, this.t("missing.expert")]);
    }
    this.#missing.hidden = missing.length === 0;
    this.#missing.replaceChildren(...missing.map(([person, words]) => {
      const row = document.createElement("li");
      row.className = person?.state === "lost" ? "lost" : "";
      if (person) row.append(badge(person), " ");
      row.append(words);
      return row;
    }));
  }

  *#mine() {
    for (const publisher of this.media.published.values()) {
      const seen = this.model.source(publisher.link);
      yield { key: `own:${publisher.source}`, source: publisher.source, stream: publisher.preview, own: true, seen, state: publisher.state };
    }
  }

  *#others() {
    for (const [link, subscriber] of this.media.watched) {
      const seen = this.model.source(link);
      if (seen) yield { key: link, source: seen.source, stream: subscriber.stream, own: false, seen, state: subscriber.state };
    }
  }

  #draw({ key, source, stream, own, seen, state }) {
    const row = this.#rows.get(key) ?? this.#make(key);
    const person = this.model.person(seen?.participant ?? this.model.you);
    row.element.classList.toggle("own", own);
    row.element.classList.toggle("chosen", key === this.chosen);
    row.element.dataset.state = state;
    row.link = seen?.link ?? "";
    row.button.setAttribute("aria-pressed", String(key === this.chosen));
    row.video.classList.toggle("mirrored", own && source === "face");
    if (row.video.srcObject !== stream) {
      row.video.srcObject = stream;
      row.video.play().catch(() => undefined); // muted pictures may always play; a newer stream took this one's place
    }
    row.name.replaceChildren();
    if (person) row.name.append(badge(person), " ");
    const words = own ? this.t("tile.own", { source: this.t.source(source) }) : `${this.t.source(source)} · ${person?.name ?? ""}`;
    row.name.append(words);
    row.button.title = words;
    const [tone, said] = this.#stateOf(key, state, seen);
    row.chip.hidden = !said;
    row.chip.className = `chip ${tone}`;
    row.chip.textContent = said;
  }

  // A sound has no picture to look at: its level, in decibels under full scale, stands in the picture's place.
  #showLevel({ link, level }) {
    const row = [...this.#rows.values()].find((each) => each.link === link);
    if (!row) return;
    row.level ??= Object.assign(document.createElement("meter"), { className: "level", min: -60, max: 0, high: -6 });
    if (!row.level.isConnected) {
      row.level.setAttribute("aria-label", this.t("sight.level"));
      row.button.prepend(row.level);
    }
    row.level.value = level;
  }

  // What the chip says: the link's state while it is not running, that pictures rest, or the measured verdict.
  #stateOf(key, state, seen) {
    if (state !== "connected") return ["limited", this.t(`tile.${state}`)];
    if (this.stale.has(key)) return ["insufficient", this.t("tile.stale")];
    if (this.media.reduced) return ["owed", this.t("tile.resting")];
    const [noticed] = seen ? this.sights.measured(seen.link) : [];
    if (noticed) return ["limited", noticed];
    return seen?.verdict ? [seen.verdict, this.t(`adequacy.${seen.verdict}`)] : ["", ""];
  }

  #make(key) {
    const element = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "tile" });
    const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true, playsInline: true });
    const caption = Object.assign(document.createElement("span"), { className: "caption" });
    const name = Object.assign(document.createElement("span"), { className: "name" });
    const chip = Object.assign(document.createElement("span"), { className: "chip", hidden: true });
    caption.append(name, chip);
    button.append(video, caption);
    button.addEventListener("click", () => this.onChoose?.(key));
    element.append(button);
    this.#list.append(element);
    const row = { element, button, video, name, chip, frames: 0, movedAt: performance.now() };
    this.#rows.set(key, row);
    return row;
  }

  #play() {
    // A stethoscope's device at this bedside is seen here and heard elsewhere: its sound would come back into the voice.
    const elsewhere = [...this.media.watched].filter(([, { source }]) => source.participant !== this.model.you);
    const wanted = new Map(elsewhere);
    for (const each of [...this.#voices.children]) if (!wanted.has(each.dataset.link)) each.remove();
    for (const [link, subscriber] of wanted) {
      if ([...this.#voices.children].some((each) => each.dataset.link === link)) continue;
      const voice = Object.assign(document.createElement("audio"), { autoplay: true });
      voice.dataset.link = link;
      voice.srcObject = subscriber.stream;
      this.#voices.append(voice);
      voice.play().catch((error) => error.name === "NotAllowedError" && this.media.dispatchEvent(new CustomEvent("silenced")));
    }
  }

  // After a touch the browser lets sound out.
  unmuteAll() {
    return Promise.all([...this.#voices.children].map((voice) => voice.play()));
  }
}
