// Publishes one source: a camera, with the microphone when it carries the voice.

import { MediaLink } from "./peer.js";
import { STETHOSCOPE, askAsItIs } from "./stethoscope.js";

// A clinical picture keeps its sharpness when the band narrows; a face keeps its movement.
const PROFILES = {
  face: { hint: "motion", degradation: "balanced", bitrate: 900_000, priority: "low", tallest: 360 },
  clinical: { hint: "detail", degradation: "maintain-resolution", bitrate: 3_500_000, priority: "high", tallest: 1080 },
};

export class Publisher extends MediaLink {
  constructor({ act, source, stream, mayTry }) {
    super(`/media/${encodeURIComponent(act)}/whip?source=${encodeURIComponent(source)}`, mayTry);
    this.source = source;
    this.stream = stream;
    this.resting = false;
    this.listed = ""; // the link under which the server has shown this source to everybody
    // What this page shows of itself: the picture alone, so that no element ever holds the own voice.
    this.preview = new MediaStream(stream.getVideoTracks());
  }

  get profile() {
    return PROFILES[this.source] ?? PROFILES.clinical;
  }

  get video() {
    return this.stream.getVideoTracks()[0] ?? null;
  }

  get audio() {
    return this.stream.getAudioTracks()[0] ?? null;
  }

  prepare(peer) {
    for (const track of [this.audio, this.video]) {
      if (!track) continue;
      if (track.kind === "video") track.contentHint = this.profile.hint;
      peer.addTransceiver(track, { direction: "sendonly", streams: [this.stream] });
    }
  }

  shape(sdp) {
    return this.source === STETHOSCOPE ? askAsItIs(sdp) : sdp;
  }

  async settle(peer) {
    const sender = peer.getSenders().find((each) => each.track?.kind === "video");
    if (!sender) return;
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return;
    parameters.degradationPreference = this.profile.degradation;
    parameters.encodings[0].maxBitrate = this.profile.bitrate;
    parameters.encodings[0].priority = this.profile.priority;
    parameters.encodings[0].active = !this.resting;
    const height = this.video?.getSettings().height ?? 0;
    parameters.encodings[0].scaleResolutionDownBy = Math.max(1, height / this.profile.tallest);
    await sender.setParameters(parameters);
  }

  // Sends no picture for a while. The camera stays open: here it is still seen, and stills are still taken from it.
  async rest(resting) {
    this.resting = resting;
    if (this.peer) await this.settle(this.peer);
  }

  // Another camera on the same link, without a new exchange. Frees the former one.
  async replaceVideo(track) {
    const former = this.video;
    const sender = this.peer?.getSenders().find((each) => each.track?.kind === "video");
    track.contentHint = this.profile.hint;
    if (sender) await sender.replaceTrack(track);
    for (const stream of [this.stream, this.preview]) {
      if (former) stream.removeTrack(former);
      stream.addTrack(track);
    }
    former?.stop();
    if (!sender) await this.restart();
  }

  // Silence in the voice's place is a wish; in the stethoscope's it would be a finding.
  mute(muted) {
    if (this.audio && this.source !== STETHOSCOPE) this.audio.enabled = !muted;
  }
}
