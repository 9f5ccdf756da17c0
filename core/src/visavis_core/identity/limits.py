"""How often a thing may be tried: token buckets in bounded memory.

Knows: for each route, how many tries at once and how fast they come back, per account and per address.
Refuses to know: what is tried. With several control processes each keeps its own count, so the limit is per process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import ceil

import msgspec

__all__ = ["POLICIES", "Limits", "Policy"]

BUCKETS = 20_000


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`burst` tries at once; one more every `seconds`."""

    burst: int
    seconds: float


POLICIES: Mapping[str, Policy] = {
    "login.account": Policy(burst=6, seconds=60),
    "login.address": Policy(burst=40, seconds=5),  # a hospital is often one address
    "code.account": Policy(burst=6, seconds=60),
    "join.address": Policy(burst=20, seconds=10),
    "command.subject": Policy(burst=120, seconds=0.1),
}


class _Bucket(msgspec.Struct):
    tokens: float
    at: float


class Limits:
    """`monotonic` gives seconds that never go back."""

    def __init__(self, monotonic: Callable[[], float], policies: Mapping[str, Policy] = POLICIES) -> None:
        self._monotonic = monotonic
        self._policies = policies
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def wait_for(self, *tries: tuple[str, str]) -> int:
        """0 when every (route, key) has a token, which is then taken; else seconds to wait, and none is taken."""
        now = self._monotonic()
        buckets = [(self._policies[route], self._bucket(route, key, now)) for route, key in tries]
        wait = max((policy.seconds * (1 - bucket.tokens) for policy, bucket in buckets), default=0.0)
        if wait > 0:
            return ceil(wait)
        for _, bucket in buckets:
            bucket.tokens -= 1
        return 0

    def forgive(self, route: str, key: str) -> None:
        """After a success: an account that signed in is not punished for its typing errors."""
        self._buckets.pop((route, key), None)

    def _bucket(self, route: str, key: str, now: float) -> _Bucket:
        policy = self._policies[route]
        bucket = self._buckets.get((route, key))
        if bucket is None:
            bucket = self._buckets[route, key] = _Bucket(tokens=float(policy.burst), at=now)
            self._make_room()
        else:
            bucket.tokens = min(float(policy.burst), bucket.tokens + (now - bucket.at) / policy.seconds)
            bucket.at = now
        self._buckets.move_to_end((route, key))
        return bucket

    def _make_room(self) -> None:
        # The least recently tried goes first; by then it has nearly always refilled.
        while len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
