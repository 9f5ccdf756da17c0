"""Whether a worker can carry one more session without harm to those it has, judged by what it measured of itself.

Knows: shares of a core, seconds of delay, counts, given once a second. Refuses to know: clocks, sockets, sessions.
No number of packets or sessions is written here: what a machine carries depends on the machine, on its neighbours and
on what people send. Past its ceiling of processor share, or late because somebody else has the processor, a worker says
so, and goes on saying so until it is clearly below (otherwise it would change its mind every second).
"""

from __future__ import annotations

__all__ = ["AT_CAPACITY", "DRAINING", "Admission"]

AT_CAPACITY, DRAINING = "at_capacity", "draining"
MEMORY = 0.25  # share of the newest second in a running mean: about four seconds
AGAIN = 0.85  # of a ceiling: below this it admits again
LEAST_LOAD = 0.02  # under this share of a core nothing can be said about capacity
EXPECTED_SECONDS = 5  # an admitted session sends only once people allowed their camera


class Admission:
    """`note` once a second; `refusal()` before a session is opened, `expect()` once it was."""

    __slots__ = ("_ceiling", "_full", "_lag_ceiling", "_waiting", "capacity", "draining", "lag", "load", "per_session")

    def __init__(self, ceiling: float, lag_ceiling: float) -> None:
        """`ceiling` in shares of a core, `lag_ceiling` in seconds."""
        self._ceiling = ceiling
        self._lag_ceiling = lag_ceiling
        self._full = False
        self._waiting: list[int] = []  # seconds left of each admitted session that may not send yet
        self.load = self.lag = 0.0
        self.per_session = 0.0  # share of a core that one session costs here
        self.capacity = 0  # forwarded packets per second at the ceiling; 0 = not known
        self.draining = False

    def note(self, load: float, lag: float, forwarded: int, sessions: int) -> None:
        """What one second was: share of a core, mean lateness in seconds, packets forwarded, sessions that sent."""
        self.load += MEMORY * (load - self.load)
        self.lag += MEMORY * (lag - self.lag)
        self._waiting = [left - 1 for left in self._waiting if left > 1]
        if load >= LEAST_LOAD and forwarded:
            measured = forwarded * self._ceiling / load
            self.capacity = int(self.capacity + MEMORY * (measured - self.capacity) if self.capacity else measured)
        if sessions:
            cost = load / sessions
            self.per_session += MEMORY * (cost - self.per_session) if self.per_session else cost
        self._full = self._is_past(AGAIN if self._full else 1.0)

    def expect(self) -> None:
        """A session was admitted: it counts as one like the others until it shows what it costs."""
        self._waiting.append(EXPECTED_SECONDS)

    def refusal(self, held: int) -> str:
        """The code of the refusal, or empty. `held`: sessions there are already; with none there is nobody to harm."""
        if self.draining:
            return DRAINING
        return AT_CAPACITY if held and (self._full or self._is_past(1.0)) else ""

    def _is_past(self, share: float) -> bool:
        expected = self.load + len(self._waiting) * self.per_session
        return expected > self._ceiling * share or self.lag > self._lag_ceiling * share
