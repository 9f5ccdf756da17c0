"""A worker's second, looked back on: what it cost, what it dropped, whether pictures moved, what may be thrown away.

Knows: counters of the port and of the links, the process's own cost, the collector. Refuses to know: who is told, and
which link is to be closed.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from time import monotonic, process_time

import msgspec

from visavis_media.admission import Admission
from visavis_media.datagram import DatagramPort
from visavis_media.downlink import Downlink
from visavis_media.freeze import FreezeWatch
from visavis_media.link import Link
from visavis_media.messages import LinkStats, StatsSummary, TrackStats
from visavis_media.streams import StreamPort
from visavis_media.uplink import Uplink

__all__ = ["Review"]

MOST_REPORTED = 2_000  # links in one summary, so that it fits a frame
IDLE_LOAD = 0.5  # of a core; under it there is time for a full collection
PATIENCE_SECONDS = 30  # after which it is made in any case
PAGE = 4_096


class Review:
    def __init__(
        self, port: DatagramPort, streams: StreamPort, links: Mapping[str, Link], admission: Admission
    ) -> None:
        self.faults = 0
        self._port = port
        self._streams = streams
        self._links = links
        self._admission = admission
        self._cpu = process_time()
        self._wall = monotonic()
        self._load = 0.0
        self._counted = (0, 0, 0, 0)
        self._marks: dict[str, tuple[int, int]] = {}  # link -> (rejected, unsent) as last counted
        self._gone = [0, 0]  # the same of links that ended since
        self._freezes: dict[str, list[FreezeWatch]] = {}  # link -> one per track
        self._ended = 0  # seconds since links ended whose cycles are not collected yet; 0 = none

    def forget(self, link: Link) -> None:
        """It ended; what it dropped since the last second still counts."""
        name = link.plan.link
        self._ended = self._ended or 1
        self._freezes.pop(name, None)
        former = self._marks.pop(name, (0, 0))
        for index, (total, before) in enumerate(zip(dropped(link), former, strict=True)):
            self._gone[index] += total - before

    def look(self, now: float) -> None:
        """Some ten times a second: do the pictures move that are being sent?"""
        for name, link in self._links.items():
            if isinstance(link.media, Uplink):
                groups = link.media.groups
                watches = self._freezes.setdefault(name, [FreezeWatch() for _ in groups])
                for watch, group in zip(watches, groups, strict=True):
                    watch.look(sum(track.packets for track in group), now)

    def with_freezes(self, link: str, tracks: tuple[TrackStats, ...], now: float) -> tuple[TrackStats, ...]:
        watches = self._freezes.get(link, [])
        if len(watches) != len(tracks):
            return tracks
        frozen = [watch.take(now) for watch in watches]
        return tuple(
            msgspec.structs.replace(track, frozen=still) if track.kind == "video" else track
            for track, still in zip(tracks, frozen, strict=True)
        )

    def summarize(
        self, links: Sequence[LinkStats], sessions: Mapping[str, Mapping[str, Link]], lag: float, now: float
    ) -> StatsSummary:
        """Once a second. `lag`: mean lateness of the ticks, in seconds."""
        port, streams, admission = self._port, self._streams, self._admission
        cpu, elapsed = process_time(), max(now - self._wall, 1e-3)
        self._load = (cpu - self._cpu) / elapsed
        self._cpu, self._wall = cpu, now
        totals = (
            port.received + streams.received,
            port.foreign + streams.foreign,
            port.malformed + streams.malformed,
            self.faults,
        )
        received, foreign, malformed, faults = (a - b for a, b in zip(totals, self._counted, strict=True))
        self._counted = totals
        rejected, unsent = self._dropped()
        latency, latency_seconds = port.latency.take()
        inside = latency_seconds / sum(latency) if sum(latency) else 0.0
        sent = sum(track.packets for stats in links if stats.publisher for track in stats.tracks)
        sending = sum(any(link.keys is not None for link in held.values()) for held in sessions.values())
        admission.note(self._load, max(lag, inside), sent, sending)
        return StatsSummary(
            links=tuple(links[:MOST_REPORTED]),
            received=received,
            sent=sent,
            foreign=foreign,
            malformed=malformed,
            rejected=rejected,
            unsent=unsent,
            faults=faults,
            load=round(self._load, 4),
            lag=round(lag, 6),
            latency=latency,
            latency_seconds=latency_seconds,
            capacity=admission.capacity,
            sessions=len(sessions),
            open_links=len(self._links),
            memory=resident(),
            busy=admission.refusal(len(sessions)),
        )

    def collect(self) -> None:
        """Young objects each second. All of them only after links ended, whose handshakes leave cycles behind, and then
        when there is time for it: a full collection is the one pause that grows with what is open."""
        if not self._ended or (self._load > IDLE_LOAD and self._ended < PATIENCE_SECONDS):
            self._ended += bool(self._ended)
            gc.collect(1)
            return
        self._ended = 0
        gc.collect(2)

    def _dropped(self) -> tuple[int, int]:
        """(rejected, unsent) of all links since the last time."""
        sums, self._gone = self._gone, [0, 0]
        for name, link in self._links.items():
            totals = dropped(link)
            for index, (total, before) in enumerate(zip(totals, self._marks.get(name, (0, 0)), strict=True)):
                sums[index] += total - before
            self._marks[name] = totals
        return sums[0], sums[1]


def dropped(link: Link) -> tuple[int, int]:
    """What a link refused from its peer, and what it could not hand to the network, since it was opened."""
    media = link.media
    if isinstance(media, Downlink):
        return link.rejected, sum(egress.unsent for egress in media.egresses)
    return link.rejected + media.unknown, 0


def resident() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0
