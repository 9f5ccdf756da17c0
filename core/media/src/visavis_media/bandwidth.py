"""How much a publisher may send.

Knows: rates in bits per second, loss fractions, moments in seconds. Refuses to know: RTCP bytes and links.
A publisher that takes transport-wide feedback estimates its own path; this gives the estimate to the others, and to
all of them the ceiling that the weakest subscriber's path puts on them.
"""

from __future__ import annotations

__all__ = ["StandingQueue", "SubscriberCeiling", "UplinkEstimate"]

START, FLOOR, CEILING = 2_000_000, 150_000, 8_000_000
GROWTH = 1.08
REPORT_LIFETIME = 5.0
MAX_SUBSCRIBERS = 64
QUEUED = 0.060
ENOUGH_LOOKS = 3
BASE_LIFETIME = 20.0
IMPOSSIBLE = 10.0  # seconds: no queue is that long, the timestamps jumped
SUBSCRIBER_FLOOR = 150_000


class UplinkEstimate:
    """Loss-driven, in the shape of the sender side of GCC (draft-ietf-rmcat-gcc-02 §6): below 2 % loss grow, above
    10 % shrink by half the loss. It never grows past twice what is really received, so that it means something."""

    __slots__ = ("bitrate",)

    def __init__(self) -> None:
        self.bitrate = START

    def update(self, received: int, lost_fraction: int) -> int:
        """Once a second. `received` bits in that second, `lost_fraction` in 1/256."""
        loss = lost_fraction / 256
        if loss > 0.10:
            self.bitrate = int(self.bitrate * (1 - 0.5 * loss))
        elif loss < 0.02:
            self.bitrate = max(self.bitrate, min(int(self.bitrate * GROWTH), max(START, 2 * received)))
        self.bitrate = max(FLOOR, min(CEILING, self.bitrate))
        return self.bitrate


class StandingQueue:
    """Whether packets of a stream come later and later than its quickest ones: a sign of a full way, from our side.

    `look` some ten times a second, with the shortest transit since the last look.
    """

    __slots__ = ("_base", "_base_since", "_looks", "_next_base")

    def __init__(self) -> None:
        self._base = self._next_base = float("inf")
        self._base_since = 0.0
        self._looks = 0

    def look(self, transit: float | None, now: float) -> bool:
        if transit is None:
            return False
        if now - self._base_since > BASE_LIFETIME or abs(transit - self._base) > IMPOSSIBLE:
            self._base = transit if abs(transit - self._base) > IMPOSSIBLE else self._next_base
            self._next_base, self._base_since = transit, now
        self._base, self._next_base = min(self._base, transit), min(self._next_base, transit)
        self._looks = self._looks + 1 if transit - self._base > QUEUED else 0
        return self._looks >= ENOUGH_LOOKS


class SubscriberCeiling:
    """What a publisher's subscribers can take, as one ceiling: measured paths as they are, and REMBs with a doubt.

    A browser's receive-side estimate follows what it is sent (at most half as much again), so at the beginning it is
    low for no fault of the path. Only an estimate *below* what was forwarded is a sign of a narrow path; others are
    ignored, and the ceiling then rises step by step instead of vanishing.
    """

    __slots__ = ("ceiling", "measured", "reports", "told")

    def __init__(self) -> None:
        self.reports: dict[int, tuple[int, float]] = {}  # subscriber key -> (bits per second, when)
        self.ceiling = CEILING
        self.measured: dict[int, int] = {}  # subscriber key -> what its path carries
        self.told = CEILING

    def measure(self, subscriber: int, bitrate: int) -> None:
        if subscriber in self.measured or len(self.measured) < MAX_SUBSCRIBERS:
            self.measured[subscriber] = bitrate

    def report(self, subscriber: int, bitrate: int, now: float) -> None:
        if subscriber in self.reports or len(self.reports) < MAX_SUBSCRIBERS:
            self.reports[subscriber] = (bitrate, now)

    def forget(self, subscriber: int) -> None:
        self.reports.pop(subscriber, None)
        self.measured.pop(subscriber, None)

    def update(self, forwarded: int, now: float) -> int:
        """Once a second. `forwarded` bits in that second to each subscriber."""
        narrow = [
            bitrate
            for bitrate, when in self.reports.values()
            if now - when <= REPORT_LIFETIME and bitrate < 0.95 * forwarded
        ]
        if narrow:
            self.ceiling = max(SUBSCRIBER_FLOOR, min(narrow))
        else:
            self.ceiling = min(CEILING, int(self.ceiling * 1.15) + 50_000)
        self.told = self.limit()
        return self.told

    def limit(self) -> int:
        return max(SUBSCRIBER_FLOOR, min(self.ceiling, *self.measured.values(), CEILING))

    @property
    def moved(self) -> bool:
        """Whether the publisher should hear of it before the second is over."""
        return not 0.95 * self.told <= self.limit() <= 1.10 * self.told
