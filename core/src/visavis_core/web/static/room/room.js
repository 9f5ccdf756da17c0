// <visavis-room>: puts the parts of one live room together and keeps them in step. The three faces (on-site, expert,
// guest) add their own buttons. Refuses to know what a button looks like; the server wrote the page.

import { Announcer } from "./announce.js";
import { RoomConnection } from "./connection.js";
import { wire, wireKeys } from "./dialogs.js";
import { Tiles } from "./faces.js";
import { wordOf } from "./cameras.js";
import { keepFrameFresh } from "./frame.js";
import { Gestures } from "./gestures.js";
import { RoomMedia } from "./media.js";
import { RoomModel } from "./model.js";
import { commonActions } from "./actions.js";
import { Sights, showSights } from "./sight.js";
import { PlanBPanel, RESTING } from "./planb.js";
import { QualityReporter } from "./quality.js";
import { loadMessages } from "../js/messages.js";
import "./stage.js";
import * as expert from "./expert.js";
import * as guest from "./guest.js";
import * as onSite from "./on_site.js";

function sourceWord(t, name) {
  const bare = name.replace(/^(camera-|device\.)/, "");
  if (["clinical", "face", "stethoscope"].includes(bare)) return t(`source.${bare}`);
  return t(name.startsWith("device.") ? "source.device" : "source.other", { name: bare });
}

const FACES = { expert, guest, on_site: onSite };

class Room extends HTMLElement {
  async connectedCallback() {
    if (this.model) return;
    this.act = this.dataset.act;
    this.model = new RoomModel();
    this.t = await loadMessages("room");
    this.t.source = (name) => sourceWord(this.t, name);
    this.announcer = new Announcer(this);
    this.stage = this.querySelector("visavis-stage");
    this.media = new RoomMedia(this.act, this.model);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const language = document.documentElement.lang;
    this.connection = new RoomConnection(
      `${scheme}://${location.host}/acts/${encodeURIComponent(this.act)}/room/ws?language=${language}`,
    );
    this.gestures = new Gestures(this);
    this.sights = new Sights(this.t);
    this.tiles = new Tiles(this, { model: this.model, media: this.media, t: this.t, sights: this.sights, onChoose: (key) => this.pick(key) });
    this.planB = new PlanBPanel(this.querySelector("[data-plan-b=panel]"), this.model, this.t);
    this.planB.onStep = (step) => this.media.reduce(RESTING.has(step));
    this.quality = new QualityReporter(() => this.media.measured(), (report) => this.connection.send(report));
    this.face = FACES[this.dataset.face];
    this.#listen();
    showSights(this);
    const actions = { ...commonActions(this), ...this.face.furnish(this) };
    wire(document, actions);
    wireKeys(this.face.KEYS ?? {}, actions);
    keepFrameFresh(this);
    this.connection.open();
    this.dataset.ready = "";
  }

  // A command; a refusal is said in the server's words. Resolves to true when it is recorded.
  async perform(command) {
    return (await this.ask(command)) === "";
  }

  // The same, resolving to the refusal's words: "" when it is recorded, null when it is no longer this person's.
  async ask(command) {
    try {
      await this.connection.perform(command);
      return "";
    } catch (refusal) {
      if (refusal.code === "somebody_else") return null;
      return this.explain(refusal);
    }
  }

  explain(refusal) {
    const words = [refusal.message, ...(refusal.missing ?? [])].filter(Boolean).join(" ") || this.t("connection.too_many");
    this.announcer.say(words, { urgent: true });
    return words;
  }

  stillAddress(still) {
    return `/acts/${encodeURIComponent(this.act)}/stills/${encodeURIComponent(still)}`;
  }

  // What a person put on the stage stays there; what the page chose gives way to something better.
  pick(key) {
    this.picked = key;
    this.show(key);
  }

  show(key) {
    const mine = [...this.media.published.values()].find((each) => `own:${each.source}` === key);
    const subscriber = this.media.watched.get(key);
    const link = mine ?? subscriber;
    if (!link) return;
    const source = mine ? mine.source : subscriber.source.source;
    this.chosen = key;
    this.tiles.choose(key);
    this.stage.showLive(`live:${source}`, mine ? mine.preview : subscriber.stream, { mirrored: Boolean(mine) && source === "face" });
    this.#describe();
  }

  showStill(still) {
    const known = this.model.stills.get(still);
    if (!known) return;
    this.tiles.choose("");
    this.stage.showStill(still, this.stillAddress(still), this.t("still.alt", { source: this.t.source(known.source) }));
    this.#describe();
  }

  showLive() {
    this.stage.showNothing();
    this.#chooseStage();
  }

  #listen() {
    const { connection, model, media } = this;
    connection.addEventListener("message", ({ detail }) => this.#receive(detail));
    connection.addEventListener("state", ({ detail }) => this.#showConnection(detail));
    connection.addEventListener("ended", ({ detail }) => this.#showEnd(detail));
    media.addEventListener("problem", ({ detail }) => this.#showProblem(detail));
    media.addEventListener("silenced", () => (this.querySelector("[data-show=silenced]").hidden = false));
    for (const event of ["streams", "published"]) media.addEventListener(event, () => this.#chooseStage());
    media.addEventListener("published", () => this.#letSoundOut());
    media.addEventListener("stale", () => this.#describe());
    model.addEventListener("people", ({ detail }) => this.#announcePeople(detail.before));
    model.addEventListener("standing", ({ detail }) => this.#showStanding(detail.before));
    model.addEventListener("sources", () => this.#describe());
    // A page that goes away says so to the media core; without this the far side waits for a timeout.
    addEventListener("pagehide", () => media.stop({ release: true }));
  }

  #receive(message) {
    if (message.type === "snapshot") this.media.online = true;
    const first = message.type === "snapshot" && !this.model.you;
    this.model.apply(message);
    if (message.type === "snapshot") {
      if (first) this.face.begin(this);
      else this.media.recover();
      this.#showOffer("");
    }
    if (message.type === "sight") this.sights.receive(message.sight);
    if (message.type === "relayed") this.gestures.receive(message);
    if (message.type === "refused" && !message.cause) this.announcer.say(message.message, { urgent: true });
    if (message.type === "record_grew") this.dispatchEvent(new CustomEvent("record-grew"));
    if (message.type === "plan_b_offered") this.#showOffer(message.step);
    if (message.type === "superseded") this.media.stop({ release: true });
  }

  // A browser that holds sound back lets it go once this page itself captures.
  #letSoundOut() {
    const held = this.querySelector("[data-show=silenced]");
    if (held.hidden) return;
    this.tiles.unmuteAll().then(() => (held.hidden = true), () => undefined); // still held: the button remains
  }

  // What the stage shows when nothing was chosen: the face decides which source matters most.
  #chooseStage() {
    if (this.stage.showsStill && !this.model.standing.ended) return;
    const key = this.picked ?? "";
    const there = this.media.watched.has(key) || [...this.media.published.keys()].some((each) => `own:${each}` === key);
    const best = there ? key : this.face.bestSource(this);
    if (best) this.show(best);
    else this.stage.showNothing();
    this.querySelector("[data-show=no-picture]").hidden = Boolean(best);
  }

  #describe() {
    const caption = this.querySelector("[data-stage=caption]");
    const target = this.stage.target;
    const seen = target.startsWith("live:") ? this.model.source(this.media.watched.has(this.chosen) ? this.chosen : this.ownLink) : null;
    const person = this.model.person(seen?.participant);
    const source = target.startsWith("live:") ? this.t.source(target.slice(5)) : "";
    if (source && person?.participant === this.model.you) caption.textContent = this.t("tile.own", { source });
    else if (source) caption.textContent = [person?.name, source].filter(Boolean).join(" · ");
    else caption.textContent = target ? this.t("still.shown") : "";
    const chip = this.querySelector("[data-stage=adequacy]");
    if (!this.stage.showsStill && this.tiles.stale.has(this.chosen)) {
      Object.assign(chip, { hidden: false, className: "chip insufficient", textContent: this.t("tile.stale_long") });
      return;
    }
    // While pictures rest, what is seen is not what was judged.
    if (!this.stage.showsStill && target && this.media.reduced) {
      Object.assign(chip, { hidden: false, className: "chip owed", textContent: this.t("tile.resting") });
      return;
    }
    chip.hidden = !seen?.verdict;
    if (!seen?.verdict) return;
    chip.className = `chip ${seen.verdict}`;
    chip.textContent = seen.why ? this.t(`why.${seen.why}`) : this.t(`adequacy.${seen.verdict}`);
  }

  get ownLink() {
    return [...this.media.published.values()].find((each) => `own:${each.source}` === this.chosen)?.link ?? "";
  }

  #announcePeople(before) {
    const known = new Map((before ?? []).map((person) => [person.participant, person.state]));
    for (const person of this.model.people) {
      if (person.participant === this.model.you || !before || known.get(person.participant) === person.state) continue;
      this.announcer.say(this.t(`presence.${person.state}`, { name: person.name }), { urgent: person.state === "lost" });
    }
    this.face.showPeople?.(this);
  }

  #showStanding(before) {
    const { standing } = this.model;
    for (const each of this.querySelectorAll("[data-when]")) {
      each.hidden = !{ live: this.model.live, waiting: !this.model.live && !standing.ended, ended: !this.model.live && Boolean(standing.ended) }[each.dataset.when];
    }
    if (standing.ended) {
      for (const each of this.querySelectorAll("[data-stage=ended]")) each.textContent = this.t(`ended.${standing.ended}`);
      this.media.stop({ release: standing.ended === "withdrawn" || standing.concluding });
      if (!this.stage.showsStill) this.stage.showNothing();
      this.#describe();
      if (before?.session) this.announcer.say(this.t(`ended.${standing.ended}`), { urgent: true });
    } else if (this.model.live && before && !before.session) {
      this.announcer.say(this.t("standing.started"));
    }
    this.face.showStanding?.(this);
  }

  #showConnection(state) {
    const banner = this.querySelector("[data-show=offline]");
    banner.hidden = state !== "lost";
    if (state === "lost") this.media.online = false;
    this.dataset.connection = state;
    if (state === "lost" && !this.wasLost) this.announcer.say(this.t("connection.lost"), { urgent: true, seen: false });
    if (state === "open" && this.wasLost) this.announcer.say(this.t("connection.back"));
    this.wasLost = state === "lost";
  }

  #showOffer(step) {
    const banner = this.querySelector("[data-show=offer]");
    if (!banner) return;
    banner.hidden = !step;
    if (!step) return;
    banner.querySelector("p").textContent = this.t(`plan_b.offer.${step}`);
    this.announcer.say(this.t(`plan_b.offer.${step}`), { urgent: true, seen: false });
  }

  #showEnd(why) {
    this.media.stop({ release: true });
    const panel = this.querySelector("[data-show=away]");
    panel.hidden = false;
    panel.querySelector("p").textContent = this.t(`away.${why}`);
  }

  #showProblem({ error, part }) {
    const text = part === "microphone" ? this.t("microphone.missing") : this.t(wordOf(error));
    const panel = this.querySelector("[data-show=problem]");
    panel.hidden = false;
    panel.querySelector("p").textContent = text;
    this.announcer.say(text, { urgent: true, seen: false });
  }
}

customElements.define("visavis-room", Room);
