// <visavis-stage>: the one big picture. A live stream, a frozen frame of it, or a still, whole and never cropped,
// with the drawings on top. Refuses to know people and messages.

import { Hand } from "./hand.js";
import { Overlay } from "./overlay.js";

class Stage extends HTMLElement {
  connectedCallback() {
    if (this.video) return;
    this.video = Object.assign(document.createElement("video"), { autoplay: true, muted: true, playsInline: true });
    this.frame = document.createElement("canvas");
    this.frame.className = "frame";
    this.frame.hidden = true;
    this.image = Object.assign(document.createElement("img"), { alt: "", hidden: true, draggable: false });
    this.canvas = document.createElement("canvas");
    this.canvas.className = "overlay";
    this.append(this.video, this.frame, this.image, this.canvas);
    this.overlay = new Overlay(this.canvas, () => this.#view());
    this.hand = new Hand(this.canvas, this.overlay);
    this.target = "";
    this.rtpTimestamp = null;
    for (const [element, event] of [[this.video, "resize"], [this.video, "loadedmetadata"], [this.image, "load"]]) {
      element.addEventListener(event, () => this.overlay.redraw());
    }
    this.#countFrames();
  }

  get isFrozen() {
    return !this.frame.hidden;
  }

  get showsStill() {
    return !this.image.hidden;
  }

  get isEmpty() {
    return !this.target;
  }

  showLive(target, stream, { mirrored = false } = {}) {
    this.thaw();
    this.image.hidden = true;
    this.image.removeAttribute("src");
    this.classList.toggle("mirrored", mirrored);
    if (this.video.srcObject !== stream) this.video.srcObject = stream;
    this.video.hidden = false;
    // A muted picture may always play; a refusal here only means that a newer one took its place.
    this.video.play().catch(() => undefined);
    this.#become(target);
  }

  showStill(still, address, description) {
    this.thaw();
    this.classList.remove("mirrored");
    this.video.hidden = true;
    this.image.alt = description;
    this.image.src = address;
    this.image.hidden = false;
    this.#become(still);
  }

  showNothing() {
    this.thaw();
    this.image.hidden = true;
    this.video.srcObject = null;
    this.#become("");
  }

  // Keeps the frame on the screen while the stream goes on behind it.
  freeze() {
    if (this.showsStill || !this.video.videoWidth) return false;
    this.frame.width = this.video.videoWidth;
    this.frame.height = this.video.videoHeight;
    this.frame.getContext("2d").drawImage(this.video, 0, 0);
    this.frozenAt = this.rtpTimestamp;
    this.frame.hidden = false;
    return true;
  }

  thaw() {
    this.frame.hidden = true;
  }

  // RTP timestamp of the frame the person is looking at; null when the browser does not say.
  get frameSeen() {
    return (this.isFrozen ? this.frozenAt : this.showsStill ? null : this.rtpTimestamp) ?? null;
  }

  #become(target) {
    if (this.target === target) return;
    this.target = target;
    this.rtpTimestamp = null;
    this.overlay.clear();
    this.dispatchEvent(new CustomEvent("target", { detail: target }));
  }

  #view() {
    const mirrored = this.classList.contains("mirrored");
    if (this.showsStill) return { width: this.image.naturalWidth, height: this.image.naturalHeight, mirrored };
    if (this.isFrozen) return { width: this.frame.width, height: this.frame.height, mirrored };
    return { width: this.video.videoWidth, height: this.video.videoHeight, mirrored };
  }

  #countFrames() {
    if (!this.video.requestVideoFrameCallback) return;
    const follow = (_, metadata) => {
      this.rtpTimestamp = metadata.rtpTimestamp ?? null;
      this.video.requestVideoFrameCallback(follow);
    };
    this.video.requestVideoFrameCallback(follow);
  }
}

customElements.define("visavis-stage", Stage);
