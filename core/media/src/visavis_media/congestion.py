"""What one subscriber's path can carry, from what we sent it and what it says arrived.

Knows: send times, arrival times, sizes, losses; rates in bits per second, times in seconds. Refuses to know: RTCP
bytes, sockets, who reads the clock. In the spirit of GCC (draft-ietf-rmcat-gcc-02), with two differences that a
forwarder allows itself: the queue is measured against the shortest way seen instead of by its slope, because a batch's
*quickest* packet is hardly moved by jitter or by a key frame's burst; and the rate grows faster than 8 % a second away
from the last known limit, because a picture that came down has to be back within ten seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

__all__ = ["SENT_MASK", "PathEstimate", "SentPackets"]

FLOOR, CEILING = 100_000, 8_000_000
QUEUED = 0.040  # more standing queue than this is too much
CLEAR = 0.020  # less than this is none
SLOW, FAST = 0.10, 0.45  # growth per second near the last limit, and away from it
NEAR = (0.80, 1.10)  # what counts as near, in parts of the last limit
LIMIT_LIFETIME = 30.0
CALM = 5.0  # after a congestion, before growing past what is proven
PAUSE = 0.3  # after a congestion, before growing again
WINDOW = 0.5  # of arrivals the delivered rate is taken over
BASE_LIFETIME = 10.0
MUCH_LOSS = 0.10
LOSS_SAMPLE = 40  # packets
STUCK = 3.0
MAX_WINDOW = 4_096
RESTS = (4.0, 32.0)  # between attempts with padding: the first pause and the longest

SENT_SIZE = 4_096
SENT_MASK = SENT_SIZE - 1


class SentPackets:
    """When each of the last packets of a link left, and its size in bytes, by transport-wide sequence number."""

    __slots__ = ("count", "moments", "sizes")

    def __init__(self) -> None:
        self.count = 0
        self.moments = [0.0] * SENT_SIZE
        self.sizes = [0] * SENT_SIZE


class PathEstimate:
    """`bitrate` is what may be sent. Until the path was ever full it is `CEILING`: nothing is known against it."""

    __slots__ = (
        "_arrivals",
        "_base",
        "_base_since",
        "_bits",
        "_last",
        "_next_base",
        "_passing",
        "_queued_since",
        "_seen",
        "_unseen",
        "_usual_loss",
        "bitrate",
        "congested_at",
        "delivered",
        "limit",
        "queue",
        "rest",
        "resting_until",
    )

    def __init__(self) -> None:
        self.bitrate = CEILING
        self.limit = 0  # what was delivered when the path was last full
        self.delivered = 0
        self.queue = 0.0
        self.congested_at = -1.0
        self.rest = RESTS[0]
        self.resting_until = 0.0
        self._queued_since = -1.0
        self._passing = 0  # what was delivered when the queue of now began
        self._base = self._next_base = float("inf")
        self._base_since = 0.0
        self._arrivals: deque[tuple[float, int]] = deque(maxlen=MAX_WINDOW)
        self._bits = 0
        self._last = 0.0
        self._seen = self._unseen = 0
        self._usual_loss = 0.0

    @property
    def known(self) -> bool:
        """Whether the path was ever found full, so that `bitrate` is a measurement."""
        return self.congested_at >= 0

    def acknowledge(self, sent: SentPackets, base: int, arrivals: Sequence[float | None], now: float) -> None:
        """One feedback: `arrivals[i]` is when packet `base + i` came, on the receiver's clock; None = it did not."""
        quickest = float("inf")
        count = sent.count
        for offset, arrival in enumerate(arrivals):
            number = base + offset & 0xFFFF
            if (count - number) & 0xFFFF >= SENT_SIZE:
                continue  # too old to remember, or never sent
            if arrival is None:
                self._unseen += 1
                continue
            self._seen += 1
            place = number & SENT_MASK
            way = arrival - sent.moments[place]
            if way < quickest:
                quickest = way
            self.add_arrival(arrival, sent.sizes[place] * 8)
        if quickest == float("inf"):
            return
        self.judge(self.queue_of(quickest, now), now)

    def add_arrival(self, moment: float, bits: int) -> None:
        arrivals = self._arrivals
        if len(arrivals) == MAX_WINDOW:
            self._bits -= arrivals[0][1]
        arrivals.append((moment, bits))
        self._bits += bits
        while moment - arrivals[0][0] > WINDOW:
            self._bits -= arrivals.popleft()[1]

    def queue_of(self, way: float, now: float) -> float:
        """The standing queue in seconds. The shortest way is forgotten after a while: clocks drift, routes change."""
        if now - self._base_since > BASE_LIFETIME:
            # What was shortest during a congestion says nothing about the empty path.
            if now - self.congested_at > BASE_LIFETIME or self._base == float("inf"):
                self._base = self._next_base
            self._next_base = float("inf")
            self._base_since = now
        self._base = min(self._base, way)
        self._next_base = min(self._next_base, way)
        return way - self._base

    def judge(self, queue: float, now: float) -> None:
        growing = queue > self.queue - 0.005
        self.queue = queue
        self.delivered = self.measure()
        passed = min(now - self._last, 0.25)
        self._last = now
        lost = self.take_loss()
        if queue < CLEAR:
            self._queued_since = -1.0
        elif self._queued_since < 0:
            self._queued_since = now
            self._passing = self.delivered
        elif now - self._queued_since > STUCK and self.delivered < 0.7 * self._passing:
            # It stays although far less is sent than what passed: not our queue, the way has become longer.
            self._base = self._next_base = self._base + queue
            self._queued_since = -1.0
            return
        if queue > QUEUED:
            self.note_congestion(now)
            if growing:
                self.bitrate = max(FLOOR, min(self.bitrate, int(self.limit * min(0.85, max(0.5, 0.90 - queue)))))
            return
        if lost:
            self.note_congestion(now)
            self.bitrate = max(FLOOR, min(self.bitrate, int(self.limit * 0.9)))
        elif queue < CLEAR and now - self.congested_at > PAUSE and self.known:
            self.grow(passed, now)

    def measure(self) -> int:
        """Bits per second over the window of arrivals; the last value while too little arrived to say."""
        arrivals = self._arrivals
        span = arrivals[-1][0] - arrivals[0][0]
        if len(arrivals) < 5 or span < 0.1:
            return self.delivered
        return int((self._bits - arrivals[0][1]) / span)

    def note_congestion(self, now: float) -> None:
        if now - self.congested_at > PAUSE or self.delivered < self.limit:
            self.limit = max(self.delivered, FLOOR)
        self.congested_at = now
        if now > self.resting_until:
            self.resting_until = now + self.rest
            self.rest = min(RESTS[1], self.rest * 2)

    def take_loss(self) -> bool:
        """Whether so much is lost that the path must be full. What goes on being lost after we sent less is the
        path's own weather, and no reason to send still less."""
        total = self._seen + self._unseen
        if total < LOSS_SAMPLE:
            return False
        loss = self._unseen / total
        self._seen = self._unseen = 0
        if loss <= self._usual_loss + MUCH_LOSS:
            self._usual_loss += 0.3 * (loss - self._usual_loss)
            return False
        self._usual_loss += 0.5 * (loss - self._usual_loss)
        return True

    def grow(self, passed: float, now: float) -> None:
        near = NEAR[0] * self.limit < self.bitrate < NEAR[1] * self.limit and now - self.congested_at < LIMIT_LIFETIME
        grown = int(self.bitrate * (1 + (SLOW if near else FAST) * passed))
        # What was never carried is not known to be possible: the rate stays within half more of what is delivered.
        # After a while it may be double and a little, or a camera brought down to its smallest picture would remain.
        calm = now - self.congested_at > CALM
        bound = max(self.bitrate, 2 * self.delivered + 300_000 if calm else int(1.5 * self.delivered) + 50_000)
        self.bitrate = min(grown, bound, CEILING)

    def padding(self, wanted: int, now: float) -> int:
        """Bits per second to add to what is sent, so that a rate nobody sends yet is found out (0 = none)."""
        if self.bitrate >= wanted:
            self.rest = RESTS[0]
            return 0
        if now < self.resting_until or self.queue > CLEAR or not self.known:
            return 0
        return max(0, min(int(self.bitrate * 1.05), wanted) - self.delivered)
