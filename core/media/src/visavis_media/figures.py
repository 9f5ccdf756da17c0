"""What the workers reported, added up for whoever watches the machine.

Knows: summaries, refusals by code, losses by cause. Refuses to know: how figures are written out, and whose links they
are: a link is named by its place, a small number that is given again once the link is gone, and that no record holds.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from visavis_media.latency import BUCKETS
from visavis_media.messages import LinkStats, StatsSummary, TrackStats

__all__ = ["COUNTED", "MediaFigures", "PlacedTrack", "WorkerFigures"]

COUNTED = ("received", "sent", "foreign", "malformed", "rejected", "unsent", "faults")
MOST_PLACES = 4_096  # beyond this a link has no figures of its own; the sums have it all the same
MOST_CODES = 64


class PlacedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """One track of one link, as of the last second. `direction`: publish | subscribe."""

    worker: int
    place: int
    direction: str
    stats: TrackStats


class WorkerFigures:
    """Totals since the start of the control process, over all replacements of the worker."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.repairs: Counter[tuple[str, str, str]] = Counter()  # (direction, kind, what)
        self.latency = [0] * (len(BUCKETS) + 1)
        self.latency_seconds = 0.0
        self.latest: StatsSummary | None = None
        self.losses: Counter[str] = Counter()
        self.longest_loss = 0.0

    def add(self, summary: StatsSummary) -> None:
        self.latest = summary
        for name in COUNTED:
            self.totals[name] += getattr(summary, name)
        for index, count in enumerate(summary.latency[: len(self.latency)]):
            self.latency[index] += count
        self.latency_seconds += summary.latency_seconds
        for link in summary.links:
            for track in link.tracks:
                key = direction_of(link), track.kind
                for what in ("packets", "nacks", "repaired", "keyframe_requests"):
                    self.repairs[*key, what] += getattr(track, what)


class MediaFigures:
    """One per control process."""

    def __init__(self) -> None:
        self.workers: dict[int, WorkerFigures] = {}
        self.refusals: Counter[str] = Counter()
        self._places: dict[str, int] = {}
        self._tracks: dict[str, tuple[PlacedTrack, ...]] = {}

    def add(self, worker: int, summary: StatsSummary) -> None:
        self.workers.setdefault(worker, WorkerFigures()).add(summary)
        for link in summary.links:
            place = self._place_of(link.link)
            if place >= 0:
                self._tracks[link.link] = tuple(
                    PlacedTrack(worker=worker, place=place, direction=direction_of(link), stats=track)
                    for track in link.tracks
                )

    def note_refusal(self, code: str) -> None:
        if code in self.refusals or len(self.refusals) < MOST_CODES:
            self.refusals[code] += 1

    def note_loss(self, worker: int, cause: str, seconds: float) -> None:
        figures = self.workers.setdefault(worker, WorkerFigures())
        figures.losses[cause] += 1
        figures.longest_loss = max(figures.longest_loss, seconds)
        figures.latest = None  # what the dead one measured says nothing about its replacement

    def forget(self, link: str) -> None:
        self._places.pop(link, None)
        self._tracks.pop(link, None)

    def tracks(self) -> tuple[PlacedTrack, ...]:
        return tuple(track for tracks in self._tracks.values() for track in tracks)

    def _place_of(self, link: str) -> int:
        place = self._places.get(link, -1)
        if place < 0 and len(self._places) < MOST_PLACES:
            taken = set(self._places.values())
            place = self._places[link] = next(number for number in range(MOST_PLACES) if number not in taken)
        return place


def direction_of(link: LinkStats) -> str:
    return "subscribe" if link.publisher else "publish"
