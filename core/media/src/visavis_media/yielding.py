"""Who yields when one end's way is too narrow for all it sends or watches: the lower priority first.

Knows: rates in bits per second, priorities as numbers, moments in seconds. Refuses to know: what a priority stands for,
links, RTCP. Links of one end are connections of their own, whose congestion controls would share a narrow way evenly; a
cap on the lower ones is enough to change that, because the others then find the room by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

__all__ = ["NO_CAP", "Flow", "YieldingRule"]

NO_CAP = 8_000_000
FLOOR = 150_000  # a face that still moves
PEAK_LIFETIME = 60.0
CONGESTION_LIFETIME = 10.0
RELEASE = 1.15  # per look, once the way is free again


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """One link, in one direction: what it carries now, and whether its way was found full in the last moments."""

    name: str
    priority: int
    rate: int
    is_congested: bool


class YieldingRule:
    """The caps of one end's links in one direction. `look` once a second."""

    __slots__ = ("_congested_at", "_peaks", "caps")

    def __init__(self) -> None:
        self.caps: dict[str, int] = {}
        self._peaks: dict[str, tuple[int, float]] = {}  # what a link carried at its best, and when
        self._congested_at = -CONGESTION_LIFETIME

    def look(self, flows: Sequence[Flow], now: float) -> dict[str, int]:
        """The cap of each link, by its name."""
        names = {flow.name for flow in flows}
        self.caps = {name: cap for name, cap in self.caps.items() if name in names}
        self._peaks = {name: peak for name, peak in self._peaks.items() if name in names}
        if any(flow.is_congested for flow in flows):
            self._congested_at = now
        for flow in flows:
            peak, when = self._peaks.get(flow.name, (0, now))
            if flow.rate >= peak or now - when > PEAK_LIFETIME:
                self._peaks[flow.name] = (flow.rate, now)
        if now - self._congested_at < CONGESTION_LIFETIME:
            total = sum(flow.rate for flow in flows)
            for flow in flows:
                above = [other for other in flows if other.priority > flow.priority]
                if not above:
                    self.caps.pop(flow.name, None)
                else:
                    left = total - sum(self._peaks[other.name][0] for other in above)
                    self.caps[flow.name] = max(FLOOR, min(left, self.caps.get(flow.name, NO_CAP)))
        else:
            self.caps = {name: int(cap * RELEASE) for name, cap in self.caps.items() if cap * RELEASE < NO_CAP}
        return {flow.name: self.caps.get(flow.name, NO_CAP) for flow in flows}
