// Cameras and microphones of this device, and what the browser's refusals mean in the user's words.
// Refuses to know the network.

const CLINICAL = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 } };
// Asked for at its usual shape: a browser that is asked for 4:3 cuts the sides off a 16:9 camera. It is sent smaller.
const FACE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 } };
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

// Names of DOMException to keys of the catalogue; each message says the way out.
const WORDS = {
  NotAllowedError: "camera.not_allowed",
  SecurityError: "camera.not_allowed",
  NotReadableError: "camera.busy",
  AbortError: "camera.busy",
  NotFoundError: "camera.not_found",
  OverconstrainedError: "camera.overconstrained",
  TypeError: "camera.insecure",
};

export function wordOf(error) {
  return WORDS[error?.name] ?? "camera.failed";
}

export function isCameraSupported() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

// A camera with the microphone. When one of the two is missing or busy, the other alone: a voice without picture, or a
// picture without voice, is still help. `missing` names what could not be had, with the browser's error.
export async function openCamera({ source, voice, deviceId }) {
  const video = { ...(source === "face" ? FACE : CLINICAL), ...choice(source, deviceId) };
  const wishes = voice ? [{ video, audio: VOICE }, { video }, { audio: VOICE }] : [{ video }];
  let first = null;
  for (const wish of wishes) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wish);
      return { stream, missing: first && { error: first, part: wish.audio ? "camera" : "microphone" } };
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function choice(source, deviceId) {
  if (deviceId) return { deviceId: { exact: deviceId } };
  return { facingMode: { ideal: source === "face" ? "user" : "environment" } };
}

export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput" && device.deviceId);
}

// The camera after `current` in the device's own order; null when there is only one.
export async function nextCamera(current, taken = []) {
  const cameras = await listCameras();
  const others = cameras.filter(({ deviceId }) => deviceId === current || !taken.includes(deviceId));
  if (others.length < 2) return null;
  const at = others.findIndex(({ deviceId }) => deviceId === current);
  return others[(at + 1) % others.length];
}

export async function freeCamera(taken) {
  const cameras = await listCameras();
  return cameras.find(({ deviceId }) => !taken.includes(deviceId)) ?? null;
}

export function deviceOf(track) {
  return track?.getSettings().deviceId ?? "";
}
