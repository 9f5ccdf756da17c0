// Where a picture lies inside its element, and how a point of the screen becomes a point of the picture.
// Points travel as ten-thousandths of the picture's width and height, so that a drawing lands on the same spot
// whatever the size of the window, the letterbox bars or a mirrored preview.

export const FULL = 10000;

// The box that `object-fit: contain` gives a picture of `pictureWidth` × `pictureHeight` in an element, in CSS px.
export function pictureBox(elementWidth, elementHeight, pictureWidth, pictureHeight) {
  if (!(pictureWidth > 0 && pictureHeight > 0 && elementWidth > 0 && elementHeight > 0)) {
    return { x: 0, y: 0, width: Math.max(0, elementWidth), height: Math.max(0, elementHeight) };
  }
  const scale = Math.min(elementWidth / pictureWidth, elementHeight / pictureHeight);
  const width = pictureWidth * scale;
  const height = pictureHeight * scale;
  return { x: (elementWidth - width) / 2, y: (elementHeight - height) / 2, width, height };
}

export function toPicture(x, y, box, mirrored = false) {
  const across = clamp((x - box.x) / box.width);
  const down = clamp((y - box.y) / box.height);
  return [Math.round((mirrored ? 1 - across : across) * FULL), Math.round(down * FULL)];
}

export function toElement([px, py], box, mirrored = false) {
  const across = px / FULL;
  return [box.x + (mirrored ? 1 - across : across) * box.width, box.y + (py / FULL) * box.height];
}

export function isInside(x, y, box) {
  return x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
}

// Keeps what a hand meant and drops what a sampling rate added (Ramer, Douglas and Peucker), within `most` points.
export function simplify(points, tolerance = 12, most = 512) {
  if (points.length <= 2) return points;
  const kept = reduce(points, tolerance);
  if (kept.length <= most) return kept;
  // A scribble has no shape to keep: even samples of it are as true as any, and its end is where the hand is.
  const stride = (kept.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => kept[Math.round(i * stride)]);
}

function reduce(points, tolerance) {
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [from, to] = spans.pop();
    let furthest = 0;
    let index = -1;
    for (let i = from + 1; i < to; i += 1) {
      const away = distance(points[i], points[from], points[to]);
      if (away > furthest) [furthest, index] = [away, i];
    }
    if (furthest > tolerance) {
      keep[index] = 1;
      spans.push([from, index], [index, to]);
    }
  }
  return points.filter((_, i) => keep[i]);
}

function distance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(x - ax, y - ay);
  return Math.abs(dy * x - dx * y + bx * ay - by * ax) / length;
}

function clamp(value) {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
