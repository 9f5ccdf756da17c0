// The room's line to the server: messages both ways, commands that are answered once they are on disk, and a way back
// by itself when the network or the server goes. Refuses to know what any message means.
//
// A command keeps its `cause` until it is answered, also over a reload of this page: the server carries it out once.
// What waits belongs to whoever asked for it: it is kept under their id, and never sent as somebody else's words.

const HEARTBEAT_MS = 2000;
const SILENCE_MS = 5000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 4000;
const OPENING_MS = 8000; // a server that just restarted reads its record before it answers
const TRY_AGAIN_MS = 1500;
const MOST_WAITING = 100;
const FINAL = new Map([[4401, "signed-out"], [4403, "forbidden"], [4404, "unknown"], [4409, "superseded"]]);
const WORTH_ANOTHER_TRY = new Set(["too_fast", "record_unavailable"]);

export class Refusal extends Error {
  constructor({ code, message, missing = [] }) {
    super(message);
    this.code = code;
    this.missing = missing;
  }
}

// Events: "message" (detail = the message), "state" (detail = "open" | "lost" | "ended"), "ended" (detail = why),
// "outbox" (what waits for an answer changed), "refused" (detail = { command, refusal }: a command from before a reload,
// whose asker is gone).
export class RoomConnection extends EventTarget {
  #address;
  #socket = null;
  #outbox = new Map();
  #retryMs = FIRST_RETRY_MS;
  #timer = 0;
  #heartbeat = 0;
  #heardAt = 0;
  #ended = false;
  #store;
  #you = ""; // the participant that the last snapshot was for

  constructor(address, store = sessionStorage) {
    super();
    this.#address = address;
    this.#store = store;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    clearTimeout(this.#timer);
    if (this.#ended || this.#socket) return;
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    this.#heardAt = performance.now();
    const opening = setTimeout(() => this.#drop(socket), OPENING_MS);
    socket.onopen = () => {
      clearTimeout(opening);
      this.#heardAt = performance.now();
      this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    };
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => {
      clearTimeout(opening);
      if (this.#socket === socket) this.#lose(event.code);
    };
  }

  // A passing message: sent now or never.
  send(message) {
    if (this.isOpen) this.#socket.send(JSON.stringify(message));
  }

  // A command: resolves with the numbers of its events once durable, rejects with a `Refusal`.
  perform(command, cause = `room:${crypto.randomUUID()}`) {
    return new Promise((resolve, reject) => {
      if (this.#outbox.size >= MOST_WAITING) {
        reject(new Refusal({ code: "too_many_waiting", message: "" }));
        return;
      }
      this.#outbox.set(cause, { command, resolve, reject });
      this.#remember();
      this.send({ type: "perform", cause, command });
    });
  }

  get waiting() {
    return this.#outbox.size;
  }

  // What was asked and not yet answered, oldest first: [cause, command].
  get unanswered() {
    return [...this.#outbox].map(([cause, { command }]) => [cause, command]);
  }

  leave() {
    this.send({ type: "leave" });
    this.#end("left");
  }

  #receive(message) {
    this.#heardAt = performance.now();
    if (message.type === "heartbeat") return;
    if (message.type === "snapshot") {
      this.#retryMs = FIRST_RETRY_MS;
      this.#belongTo(message.you);
      this.dispatchEvent(new CustomEvent("message", { detail: message }));
      this.dispatchEvent(new CustomEvent("state", { detail: "open" }));
      this.#resend();
      return;
    }
    if (message.type === "done" || (message.type === "refused" && message.cause)) this.#settle(message);
    if (message.type === "going_away") this.#retryMs = FIRST_RETRY_MS;
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #settle(message) {
    const waiting = this.#outbox.get(message.cause);
    if (!waiting) return;
    if (message.type === "refused" && WORTH_ANOTHER_TRY.has(message.code)) {
      setTimeout(() => this.send({ type: "perform", cause: message.cause, command: waiting.command }), TRY_AGAIN_MS);
      return;
    }
    this.#outbox.delete(message.cause);
    this.#remember();
    if (message.type === "done") waiting.resolve(message.events);
    else waiting.reject(new Refusal(message));
  }

  #resend() {
    for (const [cause, { command }] of this.#outbox) this.send({ type: "perform", cause, command });
  }

  #beat() {
    if (performance.now() - this.#heardAt > SILENCE_MS) this.#drop(this.#socket);
    else this.send({ type: "heartbeat", sent: Math.round(performance.now()) });
  }

  // Lets go of a socket that no longer answers, without waiting for TCP to notice.
  #drop(socket) {
    if (!socket || this.#socket !== socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#lose(1006);
  }

  #lose(code) {
    clearInterval(this.#heartbeat);
    this.#socket = null;
    const why = FINAL.get(code);
    if (why) {
      this.#end(why);
      return;
    }
    if (this.#ended) return;
    this.dispatchEvent(new CustomEvent("state", { detail: "lost" }));
    // A little chance keeps twenty tablets from knocking in step after a restart.
    this.#timer = setTimeout(() => this.open(), this.#retryMs * (0.8 + Math.random() * 0.2));
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #hurry() {
    if (this.#ended) return;
    if (this.#socket) {
      this.#beat();
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    this.open();
  }

  #end(why) {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#socket?.close(1000);
    this.#socket = null;
    this.dispatchEvent(new CustomEvent("state", { detail: "ended" }));
    this.dispatchEvent(new CustomEvent("ended", { detail: why }));
  }

  // Another person signed in on this tab: what the former one left unsent is not theirs to send.
  #belongTo(you) {
    if (this.#you === you) return;
    if (this.#you) {
      for (const { reject } of this.#outbox.values()) reject(new Refusal({ code: "somebody_else", message: "" }));
      this.#outbox.clear();
    }
    this.#you = you;
    for (const key of Object.keys(this.#store)) {
      if (key.startsWith(`${this.#place}:`) && key !== this.#key) this.#store.removeItem(key);
    }
    this.#recall();
    this.#remember();
  }

  #remember() {
    this.dispatchEvent(new CustomEvent("outbox"));
    if (!this.#you) return; // before the first snapshot nobody knows whose words these are
    const kept = this.unanswered;
    if (kept.length) this.#store.setItem(this.#key, JSON.stringify(kept));
    else this.#store.removeItem(this.#key);
  }

  #recall() {
    const kept = JSON.parse(this.#store.getItem(this.#key) ?? "[]");
    // Whoever asked went with the page that was reloaded; a refusal still has to be heard by somebody.
    for (const [cause, command] of kept) {
      const reject = (refusal) => this.dispatchEvent(new CustomEvent("refused", { detail: { command, refusal } }));
      this.#outbox.set(cause, { command, resolve: () => undefined, reject });
    }
  }

  get #place() {
    return `visavis.unsent:${new URL(this.#address, location.href).pathname}`;
  }

  get #key() {
    return `${this.#place}:${this.#you}`;
  }
}
