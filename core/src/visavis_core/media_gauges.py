"""The media core's figures in Prometheus' words, read when they are asked for.

Knows: names, helps and labels. Refuses to know: links' and people's names; a link is a place number, given again once
the link is gone, that stands in no record.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from visavis_media.figures import COUNTED, MediaFigures, WorkerFigures
from visavis_media.latency import BUCKETS

__all__ = ["MediaCollector"]

COUNTS = {
    "received": "Datagrams and frames received.",
    "sent": "Packets forwarded, one per subscriber.",
    "foreign": "Dropped: from an address no check has proven.",
    "malformed": "Dropped: neither media, handshake nor a well-formed check.",
    "rejected": "Dropped: from a proven address, but not authentic, replayed, unknown or above the rate.",
    "unsent": "Lost here: the network took no more.",
    "faults": "Exceptions in a worker's loop. None is expected.",
}
STATES = {
    "load": ("visavis_media_load", "Share of one core in the last second."),
    "lag": ("visavis_media_lag_seconds", "Mean lateness of the worker's tick in the last second."),
    "capacity": ("visavis_media_capacity_packets", "Packets per second this worker could forward; absent = not known."),
    "sessions": ("visavis_media_sessions", "Sessions held."),
    "open_links": ("visavis_media_links", "Links held."),
    "memory": ("visavis_media_memory_bytes", "Resident memory."),
}
TRACK = {
    "bitrate": ("visavis_media_link_bits_per_second", "Bits of payload in the last second."),
    "lost": ("visavis_media_link_lost_packets", "Packets lost since the link began."),
    "jitter": ("visavis_media_link_jitter_seconds", "Interarrival jitter (RFC 3550)."),
    "round_trip": (
        "visavis_media_link_round_trip_seconds",
        "Round trip to the client; absent = not known.",
    ),
    "frozen": ("visavis_media_link_frozen_seconds", "Of the last second, without a new picture; absent = at rest."),
}
REPAIRS = {
    "packets": "Packets of tracks, in and out.",
    "nacks": "Packets asked for again (publish) and requests answered (subscribe).",
    "repaired": "Packets that came after all (publish) and were sent again (subscribe).",
    "keyframe_requests": "Key frames asked of publishers.",
}


class MediaCollector(Collector):
    def __init__(self, figures: MediaFigures) -> None:
        self._figures = figures

    def describe(self) -> list[Metric]:
        """Empty: names are fixed, and registering must not need workers that have spoken."""
        return []

    def collect(self) -> Iterator[Metric]:
        workers = sorted((str(index), figures) for index, figures in self._figures.workers.items())
        yield from counts(workers)
        yield from states(workers)
        yield latency(workers)
        yield from self._tracks()
        refusals = CounterMetricFamily("visavis_media_refusals", "What was refused, by code.", labels=["code"])
        for code, count in self._figures.refusals.items():
            refusals.add_metric([code], count)
        yield refusals

    def _tracks(self) -> Iterator[Metric]:
        labels = ["worker", "link", "direction", "kind"]
        tracks = self._figures.tracks()
        for name, (metric, help_) in TRACK.items():
            family = GaugeMetricFamily(metric, help_, labels=labels)
            for track in tracks:
                value = getattr(track.stats, name)
                # A missing value is never 0: no round trip was measured yet, no picture is being sent.
                if value is None or (name == "round_trip" and not value):
                    continue
                family.add_metric([str(track.worker), str(track.place), track.direction, track.stats.kind], value)
            yield family


def counts(workers: list[tuple[str, WorkerFigures]]) -> Iterator[Metric]:
    for name in COUNTED:
        family = CounterMetricFamily(f"visavis_media_{name}", COUNTS[name], labels=["worker"])
        for index, figures in workers:
            family.add_metric([index], figures.totals[name])
        yield family
    for what, help_ in REPAIRS.items():
        labels = ["worker", "direction", "kind"]
        family = CounterMetricFamily(f"visavis_media_track_{what}", help_, labels=labels)
        for index, figures in workers:
            for (direction, kind, name), count in figures.repairs.items():
                if name == what:
                    family.add_metric([index, direction, kind], count)
        yield family
    losses = CounterMetricFamily("visavis_media_worker_losses", "Workers replaced.", labels=["worker", "cause"])
    for index, figures in workers:
        for cause, count in figures.losses.items():
            losses.add_metric([index, cause], count)
    yield losses


def states(workers: list[tuple[str, WorkerFigures]]) -> Iterator[Metric]:
    for name, (metric, help_) in STATES.items():
        family = GaugeMetricFamily(metric, help_, labels=["worker"])
        for index, figures in workers:
            if figures.latest is not None and (name != "capacity" or figures.latest.capacity):
                family.add_metric([index], getattr(figures.latest, name))
        yield family
    admits = GaugeMetricFamily("visavis_media_admits", "1 while new sessions are taken.", labels=["worker"])
    for index, figures in workers:
        if figures.latest is not None:
            admits.add_metric([index], float(not figures.latest.busy))
    yield admits


def latency(workers: list[tuple[str, WorkerFigures]]) -> Metric:
    family = HistogramMetricFamily(
        "visavis_media_forward_latency_seconds",
        "From a packet's arrival in the kernel to its last copy handed to the network; one packet in 16.",
        labels=["worker"],
    )
    for index, figures in workers:
        total, buckets = 0, []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), figures.latency, strict=True):
            total += count
            buckets.append((bound, float(total)))
        family.add_metric([index], buckets, figures.latency_seconds)
    return family
