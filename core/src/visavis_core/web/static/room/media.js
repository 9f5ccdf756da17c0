// This page's media: what it publishes and what it watches, kept in step with the room's sources.
// Refuses to know buttons and tiles; it says "published", "streams", "problem" and "voices".

import { deviceOf, freeCamera, nextCamera, openCamera } from "./cameras.js";
import { STETHOSCOPE, openStethoscope } from "./stethoscope.js";
import { Publisher } from "./whip.js";
import { Subscriber } from "./whep.js";

export class RoomMedia extends EventTarget {
  #act;
  #model;
  #opening = null;
  published = new Map(); // source name -> Publisher
  watched = new Map(); // link id -> Subscriber
  muted = false;
  held = false; // consent is being withdrawn: nothing is opened again until the server has answered
  online = true; // the room has its line to the server
  reduced = false; // plan B: the pictures rest, the voices go on

  constructor(act, model) {
    super();
    this.#act = act;
    this.#model = model;
    model.addEventListener("sources", () => this.reconcile());
    model.addEventListener("standing", () => (model.live ? this.recover() : this.stop()));
  }

  // Opens the first camera with the microphone and publishes it as `source`. Safe to call again.
  async publish(source) {
    if (this.published.has(source) || this.#opening) return this.#opening;
    this.#opening = this.#open({ source, voice: true });
    try {
      return await this.#opening;
    } finally {
      this.#opening = null;
    }
  }

  async #open({ source, voice, deviceId }) {
    try {
      const { stream, missing } =
        source === STETHOSCOPE ? { stream: await openStethoscope(this.#voiceDevice) } : await openCamera({ source, voice, deviceId });
      if (missing) this.#say("problem", missing);
      const publisher = new Publisher({ act: this.#act, source, stream, mayTry: () => this.online });
      this.published.set(source, publisher);
      publisher.mute(this.muted);
      publisher.resting = this.reduced;
      for (const track of stream.getTracks()) {
        track.addEventListener("ended", () => this.#say("problem", { error: { name: "NotReadableError" }, part: track.kind }));
      }
      publisher.addEventListener("state", () => this.#say("published", publisher));
      if (this.#model.live) await publisher.open();
      this.#say("published", publisher);
      return publisher;
    } catch (error) {
      this.#say("problem", { error, part: "camera" });
      return null;
    }
  }

  get taken() {
    return [...this.published.values()].map(({ video }) => deviceOf(video)).filter(Boolean);
  }

  get #voiceDevice() {
    return [...this.published.values()].map(({ audio }) => deviceOf(audio)).find(Boolean) ?? "";
  }

  // A microphone for heart and lungs, beside the voice and untouched. Null when it could not be opened.
  async addStethoscope() {
    return this.published.get(STETHOSCOPE) ?? this.#open({ source: STETHOSCOPE, voice: false });
  }

  // One more camera, under the first free name. Null when this device has none left.
  async addCamera() {
    const camera = await freeCamera(this.taken);
    if (!camera) return null;
    let number = 2;
    while (this.published.has(`camera-${number}`)) number += 1;
    return this.#open({ source: `camera-${number}`, voice: false, deviceId: camera.deviceId });
  }

  // The next camera of the device in the place of the one in use. False when there is no other.
  async changeCamera(source) {
    const publisher = this.published.get(source);
    if (!publisher) return false;
    const camera = await nextCamera(deviceOf(publisher.video), this.taken);
    if (!camera) return false;
    try {
      const { stream } = await openCamera({ source, voice: false, deviceId: camera.deviceId });
      await publisher.replaceVideo(stream.getVideoTracks()[0]);
      this.#say("published", publisher);
      return true;
    } catch (error) {
      this.#say("problem", { error, part: "camera" });
      return false;
    }
  }

  mute(muted) {
    this.muted = muted;
    for (const publisher of this.published.values()) publisher.mute(muted);
  }

  // Plan B "sound kept": pictures stop using the band, both ways, until `reduced` is taken back. The last frame of a
  // stream that rests is not shown: it would pass for the present.
  reduce(reduced) {
    this.reduced = reduced;
    for (const publisher of this.published.values()) publisher.rest(reduced);
    for (const { stream } of this.watched.values()) for (const track of stream.getVideoTracks()) track.enabled = !reduced;
    this.#say("published");
  }

  reconcile() {
    if (!this.#model.live || this.held) return;
    this.#republish();
    for (const source of this.#model.sources) {
      // A device let in under this person's name is not this page: it is watched like anybody's.
      const mine = source.participant === this.#model.you && !source.source.startsWith("device.");
      if (mine || this.watched.has(source.link)) continue;
      const subscriber = new Subscriber({ act: this.#act, source, mayTry: () => this.online });
      this.watched.set(source.link, subscriber);
      subscriber.addEventListener("state", () => this.#say("streams"));
      subscriber.open();
    }
    for (const [link, subscriber] of this.watched) {
      if (this.#model.source(link)) continue;
      this.watched.delete(link);
      subscriber.close({ told: true });
    }
    this.#say("streams");
    this.#say("voices");
  }

  // A link of ours that the server listed and lists no longer is gone, with the media worker that held it: the browser
  // itself would notice only after seconds.
  #republish() {
    for (const publisher of this.published.values()) {
      if (this.#model.source(publisher.link)) publisher.listed = publisher.link;
      else if (publisher.link && publisher.listed === publisher.link) publisher.restart();
    }
  }

  // The session begins, or the line came back: a link the server does not list is gone with the server that held it.
  recover() {
    if (!this.#model.live || this.held) return;
    for (const publisher of this.published.values()) {
      if (!publisher.peer || !this.#model.source(publisher.link)) publisher.restart();
    }
    for (const [link, subscriber] of this.watched) {
      if (!subscriber.peer && this.#model.source(link)) subscriber.restart();
    }
    this.reconcile();
  }

  // The links to measure, with the id of the published link each of them is about.
  *measured() {
    if (this.reduced) return;
    for (const publisher of this.published.values()) {
      yield { link: publisher, id: publisher.link, direction: "publish" };
    }
    for (const [id, subscriber] of this.watched) yield { link: subscriber, id, direction: "subscribe" };
  }

  // Closes every link; the server already knows when the session is over. Cameras stay open for a session that may
  // start again, unless `release`.
  stop({ release = false } = {}) {
    const told = !this.#model.live;
    for (const subscriber of this.watched.values()) subscriber.close({ told });
    this.watched.clear();
    for (const publisher of this.published.values()) {
      publisher.close({ told });
      if (release) for (const track of publisher.stream.getTracks()) track.stop();
    }
    if (release) this.published.clear();
    this.#say("streams");
    this.#say("voices");
  }

  #say(kind, detail = null) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
