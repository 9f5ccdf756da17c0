// One WebRTC link to the media core, opened by one HTTP exchange (WHIP to publish, WHEP to watch) and brought back by
// itself. Refuses to know cameras, tiles and people.

const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 5000;
const DISCONNECTED_MS = 2500; // Chromium says "failed" only after 15 s or more; a patient should not wait that long
const CONNECTING_MS = 8000;
const GONE = new Set([401, 403, 404, 410]);
const CONFLICT = 409; // while a media worker is replaced, its session is unknown for a moment
const MOST_CONFLICTS = 10; // with the pauses above, about half a minute; after that it is the room's matter

// Events: "state" (detail = "connecting" | "connected" | "lost" | "refused" | "closed").
export class MediaLink extends EventTarget {
  #retryMs = FIRST_RETRY_MS;
  #timer = 0;
  #watchdog = 0;
  #location = "";
  #closed = false;
  #attempt = 0;
  #conflicts = 0;

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
    const attempt = ++this.#attempt;
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.peer = peer;
    this.#show("connecting");
    peer.onconnectionstatechange = () => this.peer === peer && this.#follow(peer);
    try {
      this.prepare(peer);
      const offer = await peer.createOffer();
      await peer.setLocalDescription({ type: "offer", sdp: this.shape(offer.sdp) });
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
      this.#show("connected");
    } else if (state === "failed") {
      this.#retry();
    } else if (state === "disconnected") {
      this.#show("lost");
      this.#timer = setTimeout(() => peer.connectionState !== "connected" && this.#retry(), DISCONNECTED_MS);
    }
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
