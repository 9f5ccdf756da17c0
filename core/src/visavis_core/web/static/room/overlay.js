// Draws strokes and pointers over a picture, in the picture's own coordinates.
// Refuses to know who may draw and how strokes travel.

import { colourOf, SHAPES } from "./marks.js";
import { pictureBox, toElement } from "./geometry.js";

const POINTER_FADES_MS = 2500;
const HALO = "rgb(0 0 0 / 65%)";

export class Overlay {
  #canvas;
  #view;
  #kept = new Map(); // annotation id -> { mark, strokes }
  #passing = new Map(); // who + drawing -> { mark, stroke }
  #pointers = new Map(); // who -> { mark, name, point, at }
  #asked = false;

  // `view()` gives { width, height } of the picture and whether it is shown mirrored.
  constructor(canvas, view) {
    this.#canvas = canvas;
    this.#view = view;
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  get box() {
    const { width, height } = this.#view();
    return pictureBox(this.#canvas.clientWidth, this.#canvas.clientHeight, width, height);
  }

  get mirrored() {
    return this.#view().mirrored;
  }

  keep(id, mark, strokes) {
    this.#kept.set(id, { mark, strokes });
    this.redraw();
  }

  pass(key, mark, stroke) {
    if (stroke.points.length) this.#passing.set(key, { mark, stroke });
    else this.#passing.delete(key);
    this.redraw();
  }

  point(who, mark, name, point) {
    if (point) this.#pointers.set(who, { mark, name, point, at: performance.now() });
    else this.#pointers.delete(who);
    this.redraw();
  }

  clear() {
    this.#kept.clear();
    this.#passing.clear();
    this.#pointers.clear();
    this.redraw();
  }

  get isEmpty() {
    return this.#kept.size + this.#passing.size + this.#pointers.size === 0;
  }

  redraw() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw() {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [this.#canvas.clientWidth, this.#canvas.clientHeight];
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const pen = this.#canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.lineCap = pen.lineJoin = "round";
    const place = { box: this.box, mirrored: this.mirrored };
    for (const { mark, strokes } of this.#kept.values()) {
      for (const stroke of strokes) drawStroke(pen, stroke, mark, place);
    }
    for (const { mark, stroke } of this.#passing.values()) drawStroke(pen, stroke, mark, place);
    const now = performance.now();
    for (const [who, pointer] of this.#pointers) {
      if (now - pointer.at > POINTER_FADES_MS) this.#pointers.delete(who);
      else drawPointer(pen, pointer, place);
    }
    if (this.#pointers.size) setTimeout(() => this.redraw(), POINTER_FADES_MS / 4);
  }
}

const DRAW = {
  freehand(pen, points) {
    pen.moveTo(...points[0]);
    for (const point of points.slice(1)) pen.lineTo(...point);
    if (points.length === 1) pen.lineTo(points[0][0] + 0.1, points[0][1]);
  },
  // Two points: the tail, then the head, where the eye should go.
  arrow(pen, points) {
    const [[ax, ay], [bx, by]] = [points[0], points.at(-1)];
    const angle = Math.atan2(by - ay, bx - ax);
    const size = Math.max(14, Math.min(28, Math.hypot(bx - ax, by - ay) / 4));
    pen.moveTo(ax, ay);
    pen.lineTo(bx, by);
    for (const turn of [-0.45, 0.45]) {
      pen.moveTo(bx, by);
      pen.lineTo(bx - size * Math.cos(angle + turn), by - size * Math.sin(angle + turn));
    }
  },
  // Two points: opposite corners of the ellipse's box, as the hand drew it.
  circle(pen, points) {
    const [[ax, ay], [bx, by]] = [points[0], points.at(-1)];
    pen.ellipse((ax + bx) / 2, (ay + by) / 2, Math.abs(bx - ax) / 2, Math.abs(by - ay) / 2, 0, 0, 2 * Math.PI);
  },
};

function drawStroke(pen, stroke, mark, { box, mirrored }) {
  const points = stroke.points.map((point) => toElement(point, box, mirrored));
  if (!points.length) return;
  const draw = DRAW[stroke.shape] ?? DRAW.freehand;
  for (const [width, colour] of [[8, HALO], [4, colourOf(mark)]]) {
    pen.beginPath();
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    draw(pen, points);
    pen.stroke();
  }
  if (stroke.text) write(pen, stroke.text, points[0], mark);
}

function drawPointer(pen, { mark, name, point }, { box, mirrored }) {
  const [x, y] = toElement(point, box, mirrored);
  pen.beginPath();
  pen.arc(x, y, 12, 0, 2 * Math.PI);
  for (const [width, colour] of [[7, HALO], [4, colourOf(mark)]]) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
  write(pen, `${SHAPES[mark] ?? ""} ${name}`.trim(), [x + 18, y + 5], mark);
}

function write(pen, text, [x, y], mark) {
  pen.font = "600 15px system-ui, sans-serif";
  pen.lineWidth = 4;
  pen.strokeStyle = HALO;
  pen.strokeText(text, x, y);
  pen.fillStyle = colourOf(mark);
  pen.fillText(text, x, y);
}
