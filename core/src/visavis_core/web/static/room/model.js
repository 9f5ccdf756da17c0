// What the room looks like to this page: the last snapshot and every message since, as plain values.
// Refuses to know the DOM and the socket. Parts that draw listen to "people", "sources", "advices" and so on.

const KEYED = {
  advice: ["advices", "advice"],
  still: ["stills", "still"],
  annotation: ["annotations", "annotation"],
  incident: ["incidents", "incident"],
  adequacy: ["adequacies", "subject"],
};
const WHOLE = ["people", "sources", "standing", "consent", "plan_b"];

export class RoomModel extends EventTarget {
  constructor() {
    super();
    this.you = "";
    this.people = [];
    this.sources = [];
    this.standing = { session: "", ended: "", emergency: false, concluding: false, outcome: null };
    this.consent = { state: "none" };
    this.plan_b = { state: "none", telephone: "", procedure: "", step: "" };
    for (const [part] of Object.values(KEYED)) this[part] = new Map();
  }

  get live() {
    return this.standing.session !== "";
  }

  person(participant) {
    return this.people.find((each) => each.participant === participant) ?? null;
  }

  source(link) {
    return this.sources.find((each) => each.link === link) ?? null;
  }

  // Takes one message of the server. Gestures and answers to commands are not state and pass by.
  apply(message) {
    if (message.type === "snapshot") {
      this.you = message.you;
      for (const part of WHOLE) this[part] = message[part];
      for (const [part, key] of Object.values(KEYED)) {
        this[part] = new Map(message[part].map((each) => [each[key], each]));
      }
      for (const part of [...WHOLE, ...Object.values(KEYED).map(([part]) => part)]) this.#say(part, null);
      return;
    }
    if (WHOLE.includes(message.type)) {
      const before = this[message.type];
      this[message.type] = message[message.type];
      this.#say(message.type, before);
      return;
    }
    const keyed = KEYED[message.type];
    if (!keyed) return;
    const [part, key] = keyed;
    const item = message[message.type];
    const before = this[part].get(item[key]) ?? null;
    this[part].set(item[key], item);
    this.#say(part, before, item);
  }

  // detail.before is the former value (null after a snapshot or for something new); detail.item what just came.
  #say(part, before, item = null) {
    this.dispatchEvent(new CustomEvent(part, { detail: { before, item } }));
  }
}
