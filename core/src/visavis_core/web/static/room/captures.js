// Stills on their way: taken, hashed, sent, and kept on this device until the server has them, over a reload too.
// Refuses to know where the device keeps them (`shelf`).

import * as shelf from "../js/shelf.js";
import { sendStill, takeStill } from "./stills.js";

export class Captures {
  #room;
  #waiting = new Map(); // cause -> { source, blob, method, taken, kept, late }; `kept`: on the device's shelf too
  #sending = new Set();
  #owner = shelf.accountHere();

  constructor(room) {
    this.#room = room;
    room.connection.addEventListener("state", ({ detail }) => detail === "open" && this.#flush());
    room.model?.addEventListener("consent", () => this.#heedConsent());
    // What the shelf has survives a reload; what it could not take goes with the page.
    addEventListener("beforeunload", (event) => [...this.#waiting.values()].some(({ kept }) => !kept) && event.preventDefault());
    this.recalled = this.#recall();
  }

  async take(publisher) {
    const { act, t, announcer } = this.#room;
    if (!publisher?.video) {
      announcer.say(t("still.no_camera"), { urgent: true });
      return;
    }
    if (this.#waiting.size >= shelf.MOST) {
      announcer.say(t("still.too_many_waiting"), { urgent: true });
      return;
    }
    try {
      const { blob, method } = await takeStill(publisher.video);
      announcer.say(t("still.taken"));
      const cause = `still:${crypto.randomUUID()}`;
      const still = { source: publisher.source, blob, method, taken: Date.now() };
      // On the shelf before it is sent: from here on a reload loses nothing.
      const kept = await shelf.keep({ cause, owner: this.#owner, act, ...still }).catch(() => false);
      this.#waiting.set(cause, { ...still, kept });
      await this.#send(cause);
    } catch {
      announcer.say(t("still.failed"), { urgent: true });
    }
  }

  async #recall() {
    const { act, t, announcer } = this.#room;
    try {
      const { waiting, expired } = await shelf.recall(this.#owner, act);
      for (const { cause, source, blob, method, taken } of waiting) {
        this.#waiting.set(cause, { source, blob, method, taken, kept: true, late: true });
      }
      if (expired) announcer.say(t("still.expired", { count: expired }), { urgent: true });
      if (!waiting.length) return;
      announcer.say(t("still.recalled", { count: waiting.length }), { urgent: true });
      this.#show();
      if (this.#room.connection.isOpen) this.#flush();
    } catch {
      // No storage here (a private window): nothing was kept.
    }
  }

  async #send(cause) {
    if (this.#sending.has(cause)) return;
    this.#sending.add(cause);
    const { act, t, announcer } = this.#room;
    const still = this.#waiting.get(cause);
    const onTry = (attempt) => {
      still.late ||= attempt > 1;
      this.#show();
    };
    try {
      await sendStill({ act, cause, ...still, onTry });
      this.#drop(cause);
      announcer.say(t("still.kept"));
    } catch (problem) {
      // A picture that no server would keep goes. A sign-in that ran out or a busy server costs nobody their photo: it
      // waits here and is sent when the line is back.
      if (problem.useless) this.#drop(cause);
      still.late = true;
      announcer.say(problem.message || t(still.kept ? "still.waiting_kept" : "still.waiting"), { urgent: true });
    } finally {
      this.#sending.delete(cause);
      this.#show();
    }
  }

  #drop(...causes) {
    for (const cause of causes) this.#waiting.delete(cause);
    shelf.release(causes).catch(() => undefined);
  }

  // A photo that never left is not sent against the patient's word, and does not stay either.
  #heedConsent() {
    const { model, t, announcer } = this.#room;
    if (!["withdrawn", "refused"].includes(model.consent.state) || !this.#waiting.size) return;
    this.#drop(...this.#waiting.keys());
    announcer.say(t("still.let_go"), { urgent: true });
    this.#show();
  }

  #flush() {
    for (const cause of this.#waiting.keys()) this.#send(cause);
  }

  // Said for as long as it is true, not for six seconds.
  #show() {
    const banner = this.#room.querySelector?.("[data-show=stills-waiting]");
    if (!banner) return;
    const waiting = [...this.#waiting.values()].filter(({ late }) => late);
    banner.hidden = waiting.length === 0;
    if (!waiting.length) return;
    const key = waiting.every(({ kept }) => kept) ? "still.waiting_here" : "still.waiting_page";
    banner.querySelector("p").textContent = this.#room.t(key, { count: waiting.length });
  }
}

// The row of stills under the picture; a touch puts one on the stage.
export function showStills(room) {
  const list = room.querySelector("[data-stills]");
  room.model.addEventListener("stills", () => {
    const stills = [...room.model.stills.values()];
    const known = new Set([...list.children].map((row) => row.dataset.still));
    for (const still of stills) {
      if (known.has(still.still)) continue;
      const row = document.createElement("li");
      row.dataset.still = still.still;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "thumb" });
      const image = Object.assign(document.createElement("img"), { src: room.stillAddress(still.still), loading: "lazy" });
      image.alt = room.t("still.alt", { source: room.t.source(still.source) });
      button.append(image);
      button.addEventListener("click", () => room.showStill(still.still));
      row.append(button);
      list.prepend(row);
    }
    room.querySelector("[data-show=stills]").hidden = stills.length === 0;
  });
}
