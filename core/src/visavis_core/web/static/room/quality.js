// Every two seconds, what getStats says about each link becomes one short report to the room.
// Refuses to judge: the server holds the limits, with their sources.

const EVERY_MS = 2000;

export class QualityReporter {
  #former = new Map();

  // `links()` lists the media links that are connected; `send` takes one report.
  constructor(links, send) {
    this.links = links;
    this.send = send;
    this.timer = setInterval(() => this.report(), EVERY_MS);
  }

  async report() {
    const live = new Set();
    for (const { link, id, direction } of this.links()) {
      if (!link.peer || link.state !== "connected" || !id) continue;
      live.add(link.peer);
      const now = summarise(await link.peer.getStats(), direction);
      const before = this.#former.get(link.peer);
      this.#former.set(link.peer, now);
      if (before && document.visibilityState === "visible") {
        this.send({ type: "report", link: id, direction, ...difference(before, now) });
      }
    }
    for (const peer of this.#former.keys()) if (!live.has(peer)) this.#former.delete(peer);
  }

  stop() {
    clearInterval(this.timer);
  }
}

const COUNTERS = ["frames", "bytes", "packets", "lost", "frozen"];

// The counters and gauges of one link's picture at one moment.
export function summarise(stats, direction) {
  const wanted = direction === "publish" ? "outbound-rtp" : "inbound-rtp";
  const sum = { at: 0, frames: 0, bytes: 0, packets: 0, lost: 0, frozen: 0, video: false };
  for (const each of stats.values()) {
    if (each.type === wanted && each.kind === "video") {
      sum.video = true;
      sum.at = each.timestamp;
      sum.frames += each.framesDecoded ?? each.framesEncoded ?? 0;
      sum.bytes += each.bytesReceived ?? each.bytesSent ?? 0;
      sum.packets += each.packetsReceived ?? each.packetsSent ?? 0;
      sum.lost += Math.max(0, each.packetsLost ?? 0);
      sum.frozen += (each.totalFreezesDuration ?? 0) * 1000;
      sum.width = each.frameWidth;
      sum.height = each.frameHeight;
    }
    if (each.type === "remote-inbound-rtp" && each.roundTripTime !== undefined) sum.roundTrip = each.roundTripTime;
    if (each.type === "candidate-pair" && each.nominated && each.currentRoundTripTime !== undefined) {
      sum.roundTrip ??= each.currentRoundTripTime;
    }
  }
  return sum;
}

// Whole numbers per second between two moments; a measure that is not available is left out.
export function difference(before, now) {
  const report = {};
  if (now.roundTrip !== undefined) report.round_trip_ms = Math.round(now.roundTrip * 1000);
  const seconds = (now.at - before.at) / 1000;
  if (!now.video || !(seconds > 0)) return report;
  const grown = Object.fromEntries(COUNTERS.map((name) => [name, Math.max(0, now[name] - before[name])]));
  report.frames_per_second = Math.round(grown.frames / seconds);
  report.kilobits_per_second = Math.round((grown.bytes * 8) / 1000 / seconds);
  report.frozen_ms_per_s = Math.round(grown.frozen / seconds);
  if (grown.packets + grown.lost > 0) {
    report.loss_per_mille = Math.round((1000 * grown.lost) / (grown.packets + grown.lost));
  }
  if (now.width) report.width = now.width;
  if (now.height) report.height = now.height;
  return report;
}
