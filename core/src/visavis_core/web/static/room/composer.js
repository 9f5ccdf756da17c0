// The composer of advice and what it has not yet got recorded: each piece shows in the thread from the moment it is
// noted, as "to send" or "sending", until the server has it on disk. A refusal gives the words back.
// Refuses to know how a command travels: `connection` keeps it over a lost line and a reload, and sends it once.

const TYPE = "give_advice";

export class Composer {
  #room;
  #form;
  #thread;
  #refused = []; // { key, command, message }

  constructor(room, form, thread) {
    this.#room = room;
    this.#form = form;
    this.#thread = thread;
    const { connection, stage } = room;
    for (const event of ["outbox", "state"]) connection.addEventListener(event, () => this.#show());
    room.model.addEventListener("standing", () => queueMicrotask(() => this.#show()));
    for (const event of ["online", "offline"]) globalThis.addEventListener(event, () => this.#show());
    connection.addEventListener("refused", ({ detail }) => this.#takeBack(detail.command, room.explain(detail.refusal)));
    thread.addEventListener("resume", ({ detail }) => this.#resume(detail));
    this.#text.addEventListener("keydown", (event) => this.#sendOnEnter(event));
    form.addEventListener("submit", (event) => this.#note(event));
    stage.addEventListener("target", () => {
      form.querySelector("[data-advice=attach]").hidden = !stage.showsStill;
      form.elements.attach.checked = stage.showsStill;
    });
    // A reload keeps what waits; a tab that is closed takes it along.
    addEventListener("beforeunload", (event) => this.#waiting.length && event.preventDefault());
  }

  focus() {
    this.#text.focus();
  }

  get #text() {
    return this.#form.elements.text;
  }

  get #waiting() {
    return this.#room.connection.unanswered.filter(([, command]) => command.type === TYPE);
  }

  #sendOnEnter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  async #note(event) {
    event.preventDefault();
    const { stage } = this.#room;
    const fields = new FormData(this.#form);
    const words = fields.get("text").trim();
    if (!words) {
      this.focus();
      return;
    }
    const command = {
      type: TYPE,
      text: words,
      justification: fields.get("other").trim() || fields.get("justification"),
      still: fields.has("attach") && stage.showsStill ? stage.target : "",
      read_back_required: fields.has("read_back"),
    };
    // Cleared before the answer, so that the next words typed meanwhile are safe.
    this.#text.value = this.#form.elements.other.value = "";
    this.#form.elements.read_back.checked = false;
    const refusal = await this.#room.ask(command);
    if (refusal) this.#takeBack(command, refusal);
  }

  // Refused: the words come back to be mended, or stay in the thread while others are being typed or when nothing more
  // can be noted here.
  #takeBack(command, message) {
    if (command.type !== TYPE) return;
    if (this.#form.hidden || this.#text.value.trim()) this.#refused.push({ key: crypto.randomUUID(), command, message });
    else this.#fill(command);
    this.#show();
  }

  #resume(key) {
    const at = this.#refused.findIndex((each) => each.key === key);
    if (at < 0) return;
    const [{ command }] = this.#refused.splice(at, 1);
    const typed = this.#text.value.trim();
    this.#fill({ ...command, text: typed ? `${command.text}\n${typed}` : command.text });
    this.focus();
    this.#show();
  }

  #fill({ text, justification, read_back_required }) {
    const { elements } = this.#form;
    elements.text.value = text;
    elements.read_back.checked = read_back_required;
    const offered = [...elements.justification].find((each) => each.value === justification);
    if (offered) offered.checked = true;
    else elements.other.value = justification;
  }

  #show() {
    const state = this.#room.connection.isOpen && navigator.onLine ? "sending" : "to_send";
    this.#thread.unsent = [
      ...this.#waiting.map(([key, { text, justification }]) => ({ key, text, justification, state })),
      ...this.#refused.map(({ key, command, message }) => ({ key, ...command, state: "refused", message, mendable: !this.#form.hidden })),
    ];
    this.#thread.draw();
  }
}
