"""When something that keeps failing is left alone for a while.

Knows: failures in a row and moments given in seconds. Pure. Refuses to know: what failed and why.
"""

from __future__ import annotations

import msgspec

__all__ = ["FAILURES_IN_A_ROW", "REST_SECONDS", "Breaker"]

FAILURES_IN_A_ROW = 3
REST_SECONDS = 60.0


class Breaker(msgspec.Struct, frozen=True):
    """Open until `rests_until`; then one try is let through, and its outcome closes it or opens it again."""

    failures: int = 0
    rests_until: float = 0.0

    def lets(self, now: float) -> bool:
        return now >= self.rests_until

    def after(self, *, good: bool, now: float) -> Breaker:
        if good:
            return Breaker()
        failures = self.failures + 1
        return Breaker(failures, now + REST_SECONDS if failures >= FAILURES_IN_A_ROW else 0.0)
