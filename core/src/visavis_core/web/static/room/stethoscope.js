// A stethoscope is a microphone that nothing may improve: no echo cancellation, no noise suppression, no gain control,
// and two channels, because libwebrtc encodes one channel for speech and takes 8 dB away at 40 Hz (heart sounds S3, S4).
// Refuses to know links and rooms.

export const STETHOSCOPE = "stethoscope";

export const CONSTRAINTS = {
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
  channelCount: { ideal: 2 },
  sampleRate: { ideal: 48_000 },
};

// Opus for auscultation (RFC 7587 §6.1): stereo both ways, 128 kb/s, no pauses, no bits spent on repair.
const WISHES = { stereo: 1, "sprop-stereo": 1, maxaveragebitrate: 128_000, usedtx: 0, useinbandfec: 0 };

// Sound that is to be heard as it is: the stethoscope's, and any device's.
export function isUntouched(source) {
  return source === STETHOSCOPE || source.startsWith("device.");
}

// A source that never has a picture, and so never stands on the stage by itself.
export function isSoundOnly(source) {
  return source === STETHOSCOPE || source === `device.${STETHOSCOPE}`;
}

// The same description, asking for sound as it is in every Opus line.
export function askAsItIs(sdp) {
  const types = [...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)].map(([, type]) => type);
  return types.reduce((text, type) => {
    const line = new RegExp(`^a=fmtp:${type} (.*)$`, "m");
    const had = text.match(line)?.[1].trim() ?? "";
    const kept = had.split(";").filter((pair) => pair && !(pair.split("=")[0].trim() in WISHES));
    const wished = [...kept, ...Object.entries(WISHES).map((pair) => pair.join("="))].join(";");
    if (line.test(text)) return text.replace(line, `a=fmtp:${type} ${wished}`);
    return text.replace(new RegExp(`^(a=rtpmap:${type} .*)$`, "m"), `$1\r\na=fmtp:${type} ${wished}`);
  }, sdp);
}

// The microphone that is not the voice's; when the device has only one, that one, a second time and untouched.
export async function openStethoscope(voice = "") {
  const all = (await navigator.mediaDevices.enumerateDevices()).filter((each) => each.kind === "audioinput" && each.deviceId);
  const free = all.find(({ deviceId }) => !["default", "communications", voice].includes(deviceId));
  const wish = free ? { ...CONSTRAINTS, deviceId: { exact: free.deviceId } } : CONSTRAINTS;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
  for (const track of stream.getAudioTracks()) track.contentHint = "music";
  return stream;
}
