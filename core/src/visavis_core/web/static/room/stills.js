// Full-resolution stills: taken by the camera itself where it can, hashed here, and sent as they are.
// Refuses to know who asked. Returns what the server kept, or throws an error whose message a person can read.

const CAPTURE_MS = 6000; // some USB cameras never answer takePhoto; the nurse must not wait for them
const QUALITY = 0.95;
const OLDEST_S = 86_400; // what the server takes; a clock that was set meanwhile must not cost the photo
const USELESS = new Set([400, 413, 415, 422]); // this picture will never be kept, whoever sends it and whenever
const PASSING = new Set([408, 425, 429]);

// The best picture this track can give: { blob, method }.
export async function takeStill(track) {
  if (!track || track.readyState !== "live") throw new DOMException("no camera", "NotReadableError");
  if (typeof ImageCapture !== "undefined") {
    const capture = new ImageCapture(track);
    try {
      const blob = await within(CAPTURE_MS, takePhoto(capture));
      if (blob.size > 0) return { blob, method: "take_photo" };
    } catch {
      // The camera has no photo mode, or lost it while streaming: the stream's own frame is the next best.
    }
    try {
      const bitmap = await within(CAPTURE_MS, capture.grabFrame());
      return { blob: await encode(bitmap, bitmap.width, bitmap.height), method: "grab_frame" };
    } catch {
      // Chromium refuses to grab from a muted or just restarted track; a video element still shows the last frame.
    }
  }
  return { blob: await drawFrame(track), method: "canvas" };
}

async function takePhoto(capture) {
  const abilities = await capture.getPhotoCapabilities();
  const settings = {};
  if (abilities.imageWidth?.max) settings.imageWidth = abilities.imageWidth.max;
  if (abilities.imageHeight?.max) settings.imageHeight = abilities.imageHeight.max;
  return capture.takePhoto(settings);
}

async function drawFrame(track) {
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  video.srcObject = new MediaStream([track]);
  try {
    await within(CAPTURE_MS, video.play());
    return await encode(video, video.videoWidth, video.videoHeight);
  } finally {
    video.srcObject = null;
  }
}

async function encode(picture, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  picture.close?.();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new DOMException("no frame", "NotReadableError");
  return blob;
}

export async function digestOf(blob) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return {
    hex: [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    header: `sha-256=:${btoa(String.fromCharCode(...hash))}:`,
  };
}

// Sends one still; the same `cause` twice keeps it once. Tries again by itself while the network is away.
// Throws with `useless` true only when the picture itself is refused; anything else may be sent again later.
// `taken`: milliseconds since 1970 on this device's clock; the server is told how long ago, not what this clock reads.
export async function sendStill({ act, source, blob, method, cause, taken = Date.now(), onTry = () => undefined, tries = 6 }) {
  const digest = await digestOf(blob);
  const address = `/acts/${encodeURIComponent(act)}/stills?source=${encodeURIComponent(source)}&method=${method}`;
  const age = () => Math.min(OLDEST_S, Math.max(0, Math.round((Date.now() - taken) / 1000)));
  const headers = { "Content-Type": blob.type || "image/jpeg", "Content-Digest": digest.header, "Idempotency-Key": cause };
  for (let attempt = 1; ; attempt += 1) {
    onTry(attempt);
    try {
      const response = await fetch(`${address}&age=${age()}`, { method: "PUT", headers, body: blob });
      if (response.ok) return await response.json();
      const problem = await response.json().catch(() => ({}));
      if (response.status < 500 && !PASSING.has(response.status)) {
        const useless = USELESS.has(response.status);
        throw Object.assign(new Error(problem.title ?? ""), { code: problem.code ?? "refused", useless });
      }
    } catch (error) {
      if (error.code && error.code !== error.ABORT_ERR) throw error;
    }
    if (attempt >= tries) throw Object.assign(new Error(""), { code: "still_not_sent" });
    await new Promise((resolve) => setTimeout(resolve, Math.min(8000, 400 * 2 ** attempt)));
  }
}

function within(ms, promise) {
  return Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new DOMException("too slow", "TimeoutError")), ms)),
  ]);
}
