// Notices that packets have stopped on a link that was receiving them steadily. After a change of network a browser
// takes up to six seconds to say so (Chromium 156). Refuses to know what is done about it.

const EVERY_MS = 200;
const STEADY = 10; // looks in a row with something new: a resting source, or one that is silent by nature, is not watched
const STOPPED = 3;

export class FlowWatch {
  #last = 0;
  #steady = 0;
  #still = 0;
  #busy = false;

  constructor(peer, onStopped) {
    this.peer = peer;
    this.onStopped = onStopped;
    this.timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
  }

  async #look() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      let received = 0;
      for (const each of (await this.peer.getStats()).values()) {
        if (each.type === "transport") received += each.packetsReceived ?? 0;
      }
      this.#judge(received);
    } catch {
      // A connection that was closed meanwhile has no figures.
      this.stop();
    } finally {
      this.#busy = false;
    }
  }

  #judge(received) {
    const fresh = received > this.#last;
    this.#last = received;
    if (fresh) {
      this.#steady = this.#still ? 0 : this.#steady + 1;
      this.#still = 0;
      return;
    }
    this.#still += 1;
    if (this.#still === STOPPED && this.#steady >= STEADY) this.onStopped();
  }
}
