// One WebRTC link to the media core, opened by one HTTP exchange (WHIP to publish, WHEP to watch) and brought back by
// itself: by another path under the same keys (an ICE restart) while the server still holds the link, else by a new
// link. Refuses to know cameras, tiles and people.

import { withSoundRepair } from "./repair.js";
import { FlowWatch } from "./flow.js";
import { relaysFor } from "./relays.js";
import { restartIce } from "./restart.js";

const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 5000;
const MENDED_MS = 2500; // for the checks after a restart
const MENDING_PAUSE_MS = 300;
const MENDING_MS = 20_000; // the server forgets a silent link sooner, and says so
const SETTLED_MS = 150; // a change of network comes as several events
const CONNECTING_MS = 8000;
const GONE = new Set([401, 403, 404, 410]);
const CONFLICT = 409; // while a media worker is replaced, its session is unknown for a moment
const FULL = new Set(["at_capacity", "draining", "too_many_sessions"]);
const MOST_CONFLICTS = 10; // with the pauses above, about half a minute; after that it is the room's matter

// Events: "state" (detail = "connecting" | "connected" | "lost" | "full" | "refused" | "closed").
export class MediaLink extends EventTarget {
  #retryMs = FIRST_RETRY_MS;
  #timer = 0;
  #watchdog = 0;
  #location = "";
  #closed = false;
  #attempt = 0;
  #conflicts = 0;
  #mending = null;
  #moved = 0;
  #network = null;
  #flow = null;

  // `mayTry()` is false while the room itself has no line to the server: knocking then would only be noise, and the
  // room says when to begin again.
  constructor(endpoint, mayTry = () => true) {
    super();
    this.endpoint = endpoint;
    this.mayTry = mayTry;
    this.peer = null;
    this.state = "connecting";
  }

  // The link's id, from the resource that the server named. Empty while there is none.
  get link() {
    return this.#location.split("/").pop();
  }

  // Subclasses add their transceivers here.
  prepare(_peer) {}

  // Subclasses may ask for more in the offer than this browser does by itself.
  shape(sdp) {
    return sdp;
  }

  // Subclasses may set bitrates and the like once the answer is in place.
  async settle(_peer) {}

  async open() {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#release();
    this.#watchNetwork();
    const attempt = ++this.#attempt;
    this.#show("connecting");
    const iceServers = await relaysFor(this.endpoint);
    if (attempt !== this.#attempt || this.#closed) return;
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers });
    this.peer = peer;
    peer.onconnectionstatechange = () => this.peer === peer && this.#follow(peer);
    try {
      this.prepare(peer);
      const offer = await peer.createOffer();
      await peer.setLocalDescription({ type: "offer", sdp: this.shape(withSoundRepair(offer.sdp)) });
      const response = await fetch(this.endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/sdp" },
        body: peer.localDescription.sdp,
        signal: AbortSignal.timeout(CONNECTING_MS),
      });
      if (attempt !== this.#attempt || this.#closed) {
        this.#forget(response.headers.get("Location"));
        return;
      }
      if (!response.ok) {
        this.#refuse(response.status);
        // Asked again all the same; but whoever waits is told why, and may take another way.
        const problem = response.status === 503 ? await response.json().catch(() => ({})) : {};
        if (attempt === this.#attempt && FULL.has(problem.code)) this.#show("full");
        return;
      }
      this.#location = response.headers.get("Location") ?? "";
      await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
      await this.settle(peer);
      this.#watchdog = setTimeout(() => peer.connectionState !== "connected" && this.#retry(), CONNECTING_MS);
    } catch {
      // Offline, timed out, or an answer this browser cannot use: all of them deserve another try.
      if (attempt === this.#attempt) this.#retry();
    }
  }

  // The server no longer knows this link, or it was closed: begin again at once.
  restart() {
    this.#closed = false;
    this.#location = "";
    this.#retryMs = FIRST_RETRY_MS;
    this.#conflicts = 0;
    return this.open();
  }

  // `told`: the server closed it itself, so there is nothing left to delete there.
  close({ told = false } = {}) {
    if (told) this.#location = "";
    this.#closed = true;
    this.#network?.abort();
    this.#network = null;
    clearTimeout(this.#timer);
    this.#release();
    this.#show("closed");
  }

  #follow(peer) {
    const state = peer.connectionState;
    if (state === "connected") {
      clearTimeout(this.#watchdog);
      clearTimeout(this.#timer);
      this.#retryMs = FIRST_RETRY_MS;
      this.#conflicts = 0;
      this.#flow ??= new FlowWatch(peer, () => this.#mend(peer));
      this.#show("connected");
    } else if (state === "failed" && this.state === "connecting") {
      this.#retry();
    } else if (state === "failed" || state === "disconnected") {
      this.#show("lost");
      this.#mend(peer);
    }
  }

  // Another network: the former path may take seconds to be seen dead, and the new one is there now.
  #watchNetwork() {
    if (this.#network) return;
    this.#network = new AbortController();
    const { signal } = this.#network;
    addEventListener("online", () => this.#move(), { signal });
    navigator.connection?.addEventListener("change", () => this.#move(), { signal });
  }

  #move() {
    clearTimeout(this.#moved);
    this.#moved = setTimeout(() => this.peer?.connectionState === "connected" && this.#mend(this.peer), SETTLED_MS);
  }

  // Looks for another path until one is found. Also without the room's own line: a restart opens nothing new.
  async #mend(peer) {
    if (this.#mending === peer) return;
    this.#mending = peer;
    const until = performance.now() + MENDING_MS;
    let held = true;
    do {
      const iceServers = await relaysFor(this.endpoint);
      held = await restartIce(peer, this.#location, { iceServers, shape: (sdp) => this.shape(sdp) });
      if (held === true && (await this.#connected(peer, MENDED_MS))) break;
      await new Promise((resolve) => setTimeout(resolve, MENDING_PAUSE_MS));
    } while (held !== false && this.peer === peer && peer.connectionState !== "connected" && performance.now() < until);
    if (this.#mending === peer) this.#mending = null;
    if (this.peer === peer && (held === false || peer.connectionState !== "connected")) this.#retry();
  }

  async #connected(peer, most) {
    const until = performance.now() + most;
    while (this.peer === peer && performance.now() < until) {
      // Pause first: right after a restart the state may still be the former path's.
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (peer.connectionState === "connected" && peer.iceConnectionState !== "checking") return true;
    }
    return false;
  }

  #retry() {
    if (this.#closed) return;
    this.#release();
    this.#show("lost");
    clearTimeout(this.#timer);
    if (!this.mayTry()) return;
    this.#timer = setTimeout(() => this.mayTry() && this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #refuse(status) {
    this.#release();
    const passing = status === CONFLICT && ++this.#conflicts < MOST_CONFLICTS;
    if (passing || !(GONE.has(status) || status === CONFLICT)) {
      this.#retry();
      return;
    }
    // Not allowed, or the stream is no longer there. The room says when that changes; asking again would not.
    this.#show("refused");
  }

  #release() {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#moved);
    this.#flow?.stop();
    this.#flow = null;
    this.#forget(this.#location);
    this.#location = "";
    if (!this.peer) return;
    this.peer.onconnectionstatechange = null;
    this.peer.close();
    this.peer = null;
  }

  #forget(location) {
    if (!location) return;
    // The link may be gone already, with the server or the session; nobody waits for this answer.
    fetch(location, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }

  #show(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
