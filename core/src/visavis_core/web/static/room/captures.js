// Stills on their way: taken, hashed, sent, and kept in hand until the server has them.

import { sendStill, takeStill } from "./stills.js";

const MOST_WAITING = 10;

export class Captures {
  #room;
  #waiting = new Map(); // cause -> { source, blob, method }
  #sending = new Set();

  constructor(room) {
    this.#room = room;
    room.connection.addEventListener("state", ({ detail }) => detail === "open" && this.#flush());
    addEventListener("beforeunload", (event) => this.#waiting.size && event.preventDefault());
  }

  async take(publisher) {
    const { t, announcer } = this.#room;
    if (!publisher?.video) {
      announcer.say(t("still.no_camera"), { urgent: true });
      return;
    }
    if (this.#waiting.size >= MOST_WAITING) {
      announcer.say(t("still.too_many_waiting"), { urgent: true });
      return;
    }
    try {
      const { blob, method } = await takeStill(publisher.video);
      announcer.say(t("still.taken"));
      const cause = `still:${crypto.randomUUID()}`;
      this.#waiting.set(cause, { source: publisher.source, blob, method });
      await this.#send(cause);
    } catch {
      announcer.say(t("still.failed"), { urgent: true });
    }
  }

  async #send(cause) {
    if (this.#sending.has(cause)) return;
    this.#sending.add(cause);
    const { act, t, announcer } = this.#room;
    try {
      await sendStill({ act, cause, ...this.#waiting.get(cause) });
      this.#waiting.delete(cause);
      announcer.say(t("still.kept"));
    } catch (problem) {
      // A picture that no server would keep goes. A sign-in that ran out or a busy server costs nobody their photo: it
      // waits here and is sent when the line is back.
      if (problem.useless) this.#waiting.delete(cause);
      announcer.say(problem.message || t("still.waiting"), { urgent: true });
    } finally {
      this.#sending.delete(cause);
    }
  }

  #flush() {
    for (const cause of this.#waiting.keys()) this.#send(cause);
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
