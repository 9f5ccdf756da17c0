"""How often one connection may send each kind of message.

Knows: a token bucket per kind, in numbers a hand cannot reach. Pure; moments are given.
Refuses to know: what is done with a message that is too many.
"""

from __future__ import annotations

import msgspec

from visavis_core.session.signalling import Drawing, Heartbeat, Message, Perform, Pointer, Report

__all__ = ["Allowance"]


class Bucket(msgspec.Struct, frozen=True):
    """A token bucket: `rate` per second, `burst` at once."""

    rate: float
    burst: float


# What a person's hand can do, with room to spare; a stuck page or a hostile one hits the wall.
BUCKETS: dict[type[Message], Bucket] = {
    Pointer: Bucket(30, 30),
    Drawing: Bucket(30, 30),
    Report: Bucket(8, 24),
    Perform: Bucket(5, 40),
    Heartbeat: Bucket(2, 10),
}
OTHERS = Bucket(5, 10)


class Allowance:
    """How much one connection may still send, per kind of message. `now` is any monotonic clock in seconds."""

    def __init__(self, now: float) -> None:
        self._left: dict[type, tuple[float, float]] = {}
        self._started = now

    def take(self, message: Message, now: float) -> bool:
        """True when the message is within bounds; it is then counted."""
        kind = type(message)
        bucket = BUCKETS.get(kind, OTHERS)
        left, at = self._left.get(kind, (bucket.burst, self._started))
        left = min(bucket.burst, left + (now - at) * bucket.rate)
        allowed = left >= 1
        self._left[kind] = (left - 1 if allowed else left, now)
        return allowed
