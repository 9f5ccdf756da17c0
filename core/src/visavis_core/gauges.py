"""How the running program is doing, as numbers for `/metrics` and one verdict for `/readyz`.

Knows: counters without any person in them, the loop's lag, and what has stopped.
Refuses to know: acts' contents; labels are names of parts, plugins and kinds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from visavis_sdk.hosting import Failure

__all__ = ["Gauges"]

log = structlog.get_logger(__name__)

BEAT_SECONDS = 0.5
EYE = {
    "sources_watched": "Sources whose picture or sound is measured now.",
    "replacements": "Times the decoding process died or hung and was replaced.",
    "frames_lost": "Frames or copies the decoding process could not use; viewers had them all.",
    "pictures_missed": "Pictures a plugin did not see because it was busy.",
}


class Gauges:
    """One registry per app, so that two apps in one process (tests) do not share counters."""

    def __init__(self) -> None:
        self.stopped = ""  # why the record no longer takes events, in the journal's code
        self.failed: set[str] = set()  # background parts of the house that ended by an error
        self.registry = CollectorRegistry()
        self._events = Counter("visavis_events_recorded", "Events made durable.", registry=self.registry)
        self._plugins = Counter(
            "visavis_plugin_failures", "Failures of plugins.", ["plugin", "hook", "kind"], registry=self.registry
        )
        self._drops = Counter(
            "visavis_plugin_lines_full",
            "Times a plugin's line of events was full and began to drop.",
            ["plugin"],
            registry=self.registry,
        )
        self._quarantined = Gauge("visavis_plugins_quarantined", "Plugins put aside.", registry=self.registry)
        self._recording = Gauge("visavis_recording", "1 while events are acknowledged.", registry=self.registry)
        self._recording.set(1)
        self._lag = Histogram(
            "visavis_loop_lag_seconds",
            "How late the event loop wakes.",
            buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0),
            registry=self.registry,
        )

    @property
    def ready(self) -> bool:
        return not self.stopped and not self.failed

    def note_events(self, count: int) -> None:
        self._events.inc(count)

    def note_plugin_failure(self, failure: Failure) -> None:
        self._plugins.labels(failure.plugin, failure.hook, failure.kind.value).inc()

    def watch_plugins(self, quarantined: Callable[[], int]) -> None:
        """`quarantined` is asked whenever the numbers are."""
        self._quarantined.set_function(quarantined)

    def note_drop(self, plugin: str) -> None:
        self._drops.labels(plugin).inc()
        log.warning("plugin.events_dropped", plugin=plugin)

    def note_stop(self, cause: str) -> None:
        self.stopped = cause
        self._recording.set(0)

    def note_failure(self, part: str) -> None:
        self.failed.add(part)

    def watch_eye(self, figure: Callable[[str], float]) -> None:
        """`figure(name)` is asked at each reading; the names are those below, without their prefix."""
        for name, words in EYE.items():
            Gauge(f"visavis_eye_{name}", words, registry=self.registry).set_function(partial(figure, name))

    async def watch_loop(self) -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(BEAT_SECONDS)
            self._lag.observe(max(0.0, time.perf_counter() - asked - BEAT_SECONDS))

    def text(self) -> bytes:
        return generate_latest(self.registry)
