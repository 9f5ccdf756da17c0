// Watches one source that somebody else publishes.

import { MediaLink } from "./peer.js";
import { askAsItIs, isUntouched } from "./stethoscope.js";

export class Subscriber extends MediaLink {
  constructor({ act, source, mayTry }) {
    super(`/media/${encodeURIComponent(act)}/whep/${encodeURIComponent(source.link)}`, mayTry);
    this.source = source;
    this.stream = new MediaStream();
  }

  shape(sdp) {
    return isUntouched(this.source.source) ? askAsItIs(sdp) : sdp;
  }

  prepare(peer) {
    for (const track of this.stream.getTracks()) this.stream.removeTrack(track);
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.ontrack = ({ track, receiver }) => {
      // A clinical gesture is steered by eye: as little waiting as the network allows, over smoothness.
      if ("jitterBufferTarget" in receiver && track.kind === "video") receiver.jitterBufferTarget = 0;
      this.stream.addTrack(track);
    };
  }
}
