// Turns what a hand does on a picture (mouse, finger or pen) into gestures: pointing, and strokes that are kept.
// Refuses to know where they go; the page sends them.

import { isInside, simplify, toPicture } from "./geometry.js";

const EVERY_MS = 34; // at most 30 passing gestures a second
const SHORTEST = 60; // ten-thousandths; a smaller arrow or circle was a slip of the hand

// Events: "pointer" { point | null }, "drawing" { drawing, shape, points }, "stroke" { drawing, stroke }.
export class Hand extends EventTarget {
  #canvas;
  #overlay;
  #stroke = null;
  #sentAt = 0;
  tool = null; // "pointer" | "arrow" | "circle" | "freehand" | null

  constructor(canvas, overlay) {
    super();
    this.#canvas = canvas;
    this.#overlay = overlay;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#finish(event));
    canvas.addEventListener("pointercancel", () => this.cancel());
    canvas.addEventListener("pointerleave", () => this.tool === "pointer" && this.#say("pointer", { point: null }));
  }

  choose(tool) {
    this.cancel();
    if (this.tool === "pointer" && tool !== "pointer") this.#say("pointer", { point: null });
    this.tool = tool;
    this.#canvas.classList.toggle("drawable", tool !== null);
  }

  cancel() {
    if (!this.#stroke) return;
    this.#say("drawing", { drawing: this.#stroke.drawing, shape: this.#stroke.shape, points: [] });
    this.#stroke = null;
  }

  #begin(event) {
    if (!this.tool || event.button !== 0) return;
    const place = this.#placeOf(event);
    if (!place) return;
    event.preventDefault();
    if (this.tool === "pointer") {
      this.#say("pointer", { point: place });
      return;
    }
    this.#canvas.setPointerCapture(event.pointerId);
    this.#stroke = { drawing: `d-${crypto.randomUUID()}`, shape: this.tool, points: [place] };
  }

  #move(event) {
    if (!this.tool) return;
    const now = performance.now();
    if (this.tool === "pointer") {
      if (now - this.#sentAt < EVERY_MS) return;
      this.#sentAt = now;
      this.#say("pointer", { point: this.#placeOf(event) });
      return;
    }
    if (!this.#stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.#add(this.#clampedPlaceOf(each));
    if (now - this.#sentAt < EVERY_MS) return;
    this.#sentAt = now;
    this.#say("drawing", { ...this.#stroke, points: simplify(this.#stroke.points) });
  }

  #finish(event) {
    const stroke = this.#stroke;
    if (!stroke) return;
    this.#add(this.#clampedPlaceOf(event));
    this.#stroke = null;
    const points = simplify(stroke.points);
    const [a, b] = [points[0], points.at(-1)];
    if (stroke.shape !== "freehand" && Math.hypot(b[0] - a[0], b[1] - a[1]) < SHORTEST) {
      this.#say("drawing", { ...stroke, points: [] });
      return;
    }
    this.#say("drawing", { ...stroke, points });
    this.#say("stroke", { drawing: stroke.drawing, stroke: { shape: stroke.shape, points, text: "" } });
  }

  #add(place) {
    const { points, shape } = this.#stroke;
    if (shape === "freehand") points.push(place);
    else points[1] = place;
  }

  #placeOf(event) {
    const [x, y] = this.#offsetOf(event);
    return isInside(x, y, this.#overlay.box) ? toPicture(x, y, this.#overlay.box, this.#overlay.mirrored) : null;
  }

  #clampedPlaceOf(event) {
    const [x, y] = this.#offsetOf(event);
    return toPicture(x, y, this.#overlay.box, this.#overlay.mirrored);
  }

  #offsetOf(event) {
    const frame = this.#canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  #say(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
