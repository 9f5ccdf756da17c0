"""Loss repair: what is missing upstream, and what is kept for those who miss it downstream.

Knows: sequence numbers and moments in seconds given to it. Refuses to know: sockets, RTCP bytes, clocks.
Upstream: a gap waits out a reordering guard, is asked for, asked again once per round trip, and given up after
`MAX_TRIES`. Downstream: a ring of the last packets of a track, one copy for all its subscribers.
"""

from __future__ import annotations

from visavis_media.rtp import ahead

__all__ = ["MissingPackets", "PacketRing", "ReceptionCount"]

REORDER_GUARD = 0.010
MAX_TRIES = 10
MAX_MISSING = 512
FIRST_ROUND_TRIP = 0.060
NEVER = float("inf")
MIN_ROUND_TRIP, MAX_ROUND_TRIP = 0.020, 0.600


class MissingPackets:
    """Sequence numbers not seen yet. `gave_up` turns true when a packet is lost for good: time for a key frame."""

    __slots__ = ("asked", "gave_up", "missing", "repaired", "round_trip")

    def __init__(self) -> None:
        self.missing: dict[int, list[float]] = {}  # sequence -> [noticed, last asked (0 = never), tries]
        self.round_trip = FIRST_ROUND_TRIP
        self.gave_up = False
        self.asked = 0
        self.repaired = 0

    def add_gap(self, first: int, count: int, now: float) -> None:
        """`count` packets from `first` did not come. A gap too wide to repair is given up at once."""
        if count + len(self.missing) > MAX_MISSING:
            self.missing.clear()
            self.gave_up = True
            return
        for step in range(count):
            self.missing[(first + step) & 0xFFFF] = [now, 0.0, 0.0]

    def remove(self, sequence: int, now: float) -> None:
        state = self.missing.pop(sequence, None)
        if state is None or not state[2]:
            return
        self.repaired += 1
        if state[2] == 1.0:  # only an answer to a single question says how long the way is (Karn)
            sample = min(max(now - state[1], MIN_ROUND_TRIP), MAX_ROUND_TRIP)
            self.round_trip += 0.125 * (sample - self.round_trip)

    def due(self, now: float) -> list[int]:
        """What to ask for now, in order of notice. Called once per tick."""
        wanted: list[int] = []
        lost: list[int] = []
        for sequence, state in self.missing.items():
            if now - state[0] < REORDER_GUARD or (state[1] and now - state[1] < self.round_trip):
                continue
            if state[2] >= MAX_TRIES:
                lost.append(sequence)
                continue
            state[1] = now
            state[2] += 1.0
            wanted.append(sequence)
        for sequence in lost:
            del self.missing[sequence]
            self.gave_up = True
        self.asked += len(wanted)
        return wanted


class PacketRing:
    """The last `size` (a power of two) payloads of a track by sequence number.

    Four parallel lists rather than a list of records: storing a packet then makes no object but its own bytes.
    """

    __slots__ = ("flags", "mask", "payloads", "sequences", "timestamps")

    def __init__(self, size: int) -> None:
        self.mask = size - 1
        self.sequences = [-1] * size
        self.payloads = [b""] * size
        self.timestamps = [0] * size
        self.flags = [0] * size

    def clear(self) -> None:
        self.__init__(self.mask + 1)  # type: ignore[misc] # same size, empty again; the object is shared with egresses


class ReceptionCount:
    """Loss and jitter of one incoming stream, as a receiver report wants them (RFC 3550 §6.4.1, appendix A)."""

    __slots__ = (
        "base",
        "clock",
        "highest",
        "jitter",
        "last_expected",
        "last_received",
        "quickest",
        "received",
        "transit",
    )

    def __init__(self, clock: int) -> None:
        self.clock = clock
        self.base = -1
        self.highest = -1  # extended
        self.received = 0
        self.last_expected = 0
        self.last_received = 0
        self.jitter = 0.0
        self.transit = 0.0
        self.quickest = NEVER  # the shortest transit since it was last taken, in timestamp units

    def add(self, sequence: int, timestamp: int, now: float) -> int:
        """Counts one packet; returns how far it is after the highest seen (1 = in order, ≤ 0 = late)."""
        if self.base < 0:
            self.base = self.highest = sequence
            self.received = 1
            self.transit = now * self.clock - timestamp
            return 1
        step = ahead(sequence, self.highest & 0xFFFF)
        self.received += 1
        if step > 0:
            self.highest += step
            transit = now * self.clock - timestamp
            change = abs(transit - self.transit)
            self.transit = transit
            if transit < self.quickest:
                self.quickest = transit
            if change < self.clock:  # the timestamp wrapped or jumped: no jitter in that
                self.jitter += (change - self.jitter) / 16
        return step

    def add_next(self, timestamp: int, now: float) -> None:
        """As `add`, for the packet after the highest seen."""
        self.received += 1
        self.highest += 1
        transit = now * self.clock - timestamp
        change = transit - self.transit
        self.transit = transit
        if transit < self.quickest:
            self.quickest = transit
        if change < 0.0:
            change = -change
        if change < self.clock:
            self.jitter += (change - self.jitter) / 16

    def restart(self, sequence: int) -> None:
        self.base = self.highest = sequence
        self.received = 1
        self.last_expected = self.last_received = 0

    def take_quickest(self) -> float | None:
        """The shortest transit since the last call in seconds, on no clock in particular; None if nothing came."""
        quickest, self.quickest = self.quickest, NEVER
        return None if quickest == NEVER else quickest / self.clock

    @property
    def lost(self) -> int:
        return self.highest - self.base + 1 - self.received if self.base >= 0 else 0

    def take_fraction(self) -> int:
        """Lost since the last call, in 1/256 of what was expected (0..255)."""
        expected = self.highest - self.base + 1 if self.base >= 0 else 0
        interval, got = expected - self.last_expected, self.received - self.last_received
        self.last_expected, self.last_received = expected, self.received
        lost = interval - got
        return 0 if interval <= 0 or lost <= 0 else min(255, (lost << 8) // interval)
