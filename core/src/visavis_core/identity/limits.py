"""How often a thing may be tried: token buckets in bounded memory.

Knows: for each route, how many tries at once and how fast they come back, per account and per address.
Refuses to know: what is tried. With several control processes each keeps its own count, so the limit is per process.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import ceil

import msgspec

__all__ = ["POLICIES", "Limits", "Policy", "network_of"]

BUCKETS = 20_000


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`burst` tries at once; one more every `seconds`."""

    burst: int
    seconds: float


POLICIES: Mapping[str, Policy] = {
    # Per account and address: a stranger who keeps guessing at a clinician's login must not keep the clinician out.
    "login.account": Policy(burst=6, seconds=60),
    # From all addresses together: many machines guess no faster than this.
    "login.everywhere": Policy(burst=60, seconds=10),
    "login.address": Policy(burst=40, seconds=5),  # a hospital is often one address
    "code.account": Policy(burst=6, seconds=60),
    "join.address": Policy(burst=20, seconds=10),
    "command.subject": Policy(burst=120, seconds=0.1),
    # Opening: far above what a whole ward does in an emergency, far below what a script does.
    "act.subject": Policy(burst=40, seconds=5),
}


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 site holds 2^64 of them (RFC 6177) and would never run out."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if read.version == 4:
        return address
    return str(read.ipv4_mapped or ipaddress.ip_network((read, 64), strict=False))


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
        buckets = {one: self._bucket(one, now) for one in tries}
        wait = max((self._policies[one[0]].seconds * (1 - bucket.tokens) for one, bucket in buckets.items()), default=0)
        if wait > 0:
            # A refused try makes no bucket: else whoever is refused could fill the memory and push others' counts out.
            return ceil(wait)
        for one, bucket in buckets.items():
            bucket.tokens -= 1
            self._buckets[one] = bucket
            self._buckets.move_to_end(one)
        self._make_room()
        return 0

    def forgive(self, route: str, key: str) -> None:
        """After a success: an account that signed in is not punished for its typing errors."""
        self._buckets.pop((route, key), None)

    def _bucket(self, one: tuple[str, str], now: float) -> _Bucket:
        policy = self._policies[one[0]]
        bucket = self._buckets.get(one)
        if bucket is None:
            return _Bucket(tokens=float(policy.burst), at=now)
        bucket.tokens = min(float(policy.burst), bucket.tokens + (now - bucket.at) / policy.seconds)
        bucket.at = now
        return bucket

    def _make_room(self) -> None:
        # The least recently tried goes first; by then it has nearly always refilled.
        while len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
