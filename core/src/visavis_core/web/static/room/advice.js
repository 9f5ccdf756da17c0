// <visavis-advice>: the thread of advice, newest in view. Hour, author, advice, reason, still, heard or not; below it
// what was written here and the server has not yet recorded, marked as such.
// Refuses to know commands: the page gives the model and `unsent`, and listens to "still" and "resume".

import { badge } from "./marks.js";

const { lang, dataset } = document.documentElement;
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: dataset.zone || undefined,
});

// The hour as the pages write it, at the site's own time: whoever advises from afar reads the clock of the bedside.
function hourOf(at) {
  const [hour, minute] = clock.format(new Date(at)).split(":");
  return lang === "fr" ? `${Number(hour)}\u202fh\u202f${minute}` : `${hour}:${minute}`;
}

class AdviceThread extends HTMLElement {
  attach(model, t, stillAddress) {
    this.model = model;
    this.t = t;
    this.stillAddress = stillAddress;
    this.unsent = []; // { key, text, justification, state: "to_send" | "sending" | "refused", message, mendable }
    this.list = document.createElement("ol");
    this.list.setAttribute("role", "list");
    this.empty = Object.assign(document.createElement("p"), { className: "quiet", textContent: t("advice.none") });
    this.append(this.empty, this.list);
    for (const part of ["advices", "people"]) model.addEventListener(part, () => this.draw());
    this.draw();
  }

  draw() {
    const advices = [...this.model.advices.values()];
    this.empty.hidden = advices.length + this.unsent.length > 0;
    const rows = [...advices.map((advice) => this.#row(advice)), ...this.unsent.map((waiting) => this.#unsentRow(waiting))];
    this.list.replaceChildren(...rows);
    this.scrollTop = this.scrollHeight;
  }

  #unsentRow({ key, text, justification, state, message, mendable }) {
    const row = document.createElement("li");
    row.className = state === "refused" ? "unsent refused" : "unsent";
    row.dataset.unsent = state;
    const line = (name, words) => Object.assign(document.createElement("p"), { className: name, textContent: words });
    const said = state === "refused" ? this.t("advice.refused", { why: message }) : this.t(`advice.${state}`);
    row.append(line("text", text), line("why quiet", this.t("advice.because", { reason: justification })), line("state", said));
    if (mendable) {
      const again = Object.assign(document.createElement("button"), { type: "button", className: "button compact" });
      again.textContent = this.t("advice.resume");
      again.addEventListener("click", () => this.dispatchEvent(new CustomEvent("resume", { detail: key })));
      row.append(again);
    }
    return row;
  }

  #row(advice) {
    const row = document.createElement("li");
    row.dataset.advice = advice.advice;
    row.className = advice.acknowledged_at ? "heard" : "waiting";
    const head = document.createElement("p");
    head.className = "head";
    const person = this.model.person(advice.by);
    const time = Object.assign(document.createElement("time"), { dateTime: advice.at });
    time.textContent = hourOf(advice.at);
    head.append(time);
    if (person) head.append(" ", badge(person), " ", person.name);
    const text = Object.assign(document.createElement("p"), { className: "text", textContent: advice.text });
    const why = Object.assign(document.createElement("p"), { className: "why quiet" });
    why.textContent = this.t("advice.because", { reason: advice.justification });
    row.append(head, text, why);
    if (advice.still) row.append(this.#still(advice.still));
    row.append(this.#state(advice));
    return row;
  }

  #still(still) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "thumb" });
    const image = Object.assign(document.createElement("img"), { src: this.stillAddress(still), loading: "lazy" });
    image.alt = this.t("still.of_advice");
    button.append(image);
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("still", { detail: still })));
    return button;
  }

  #state(advice) {
    const state = Object.assign(document.createElement("p"), { className: "state" });
    if (advice.acknowledged_at) {
      const time = hourOf(advice.acknowledged_at);
      state.textContent = `✓ ${this.t(advice.read_back ? "advice.read_back_at" : "advice.heard_at", { hour: time })}`;
    } else {
      state.textContent = this.t(advice.read_back_required ? "advice.waiting_read_back" : "advice.waiting");
    }
    return state;
  }
}

customElements.define("visavis-advice", AdviceThread);

// The oldest advice that nobody on site has acknowledged: one at a time, in the order it was given.
export function nextToHear(model) {
  return [...model.advices.values()].find((advice) => !advice.acknowledged_at) ?? null;
}
