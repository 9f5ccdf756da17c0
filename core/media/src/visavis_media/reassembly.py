"""Packets of one track, in whatever order they came, to whole frames in order.

Knows: sequence numbers, timestamps, the marker bit, and how long a late packet is waited for.
Refuses to know: codecs, sockets, clocks (moments are given, in seconds).
"""

from __future__ import annotations

from collections.abc import Iterator

from visavis_media.rtp import ahead

__all__ = ["Frames"]

PATIENCE = 0.4  # a repair needs a round trip or two; what is later is no use to somebody who watches
MOST_WAITING = 1_024
MOST_IN_FRAME = 2_048
JUMP = 3_000  # farther than this, the sender began anew

Packet = tuple[bool, int, bytes, float]  # marker, timestamp, payload, when it came


class Frames:
    """`add` then `take`. `gaps` counts what was given up: after one, only a frame that stands alone helps."""

    __slots__ = ("_next", "_parts", "_skipping", "_timestamp", "_waiting", "gaps")

    def __init__(self) -> None:
        self.gaps = 0
        self._waiting: dict[int, Packet] = {}
        self._next = -1
        self._parts: list[bytes] = []
        self._timestamp = -1
        self._skipping = -1  # timestamp of a frame whose beginning is lost

    def add(self, sequence: int, timestamp: int, marker: bool, payload: bytes, now: float) -> None:
        if self._next < 0:
            self._next = sequence
            self._skipping = -1
        distance = ahead(sequence, self._next)
        if abs(distance) > JUMP:
            self.restart(sequence)
        elif distance < 0:
            return  # given up already, or a duplicate
        if len(self._waiting) < MOST_WAITING:
            self._waiting[sequence] = (marker, timestamp, payload, now)

    def restart(self, sequence: int) -> None:
        self.gaps += 1
        self._waiting.clear()
        self._parts = []
        self._timestamp = self._skipping = -1
        self._next = sequence

    def take(self, now: float) -> Iterator[tuple[int, list[bytes]]]:
        """(timestamp, payloads) of each frame that is whole by now."""
        while self._waiting:
            packet = self._waiting.pop(self._next, None)
            if packet is None:
                oldest = min(self._waiting, key=lambda sequence: ahead(sequence, self._next))
                if now - self._waiting[oldest][3] < PATIENCE and len(self._waiting) < MOST_WAITING // 2:
                    return
                # The frame in hand is lost, and so is the one whose middle we may now be in.
                self.gaps += 1
                self._skipping = self._waiting[oldest][1]
                self._parts = []
                self._next = oldest
                continue
            self._next = (self._next + 1) & 0xFFFF
            yield from self._place(packet)

    def _place(self, packet: Packet) -> Iterator[tuple[int, list[bytes]]]:
        marker, timestamp, payload, _ = packet
        if timestamp == self._skipping:
            return  # also a frame with its first packet there: whether it was the first, nobody can tell any more
        self._skipping = -1
        if timestamp != self._timestamp and self._parts:
            yield self._timestamp, self._parts  # no marker was set: a sender may do without
            self._parts = []
        self._timestamp = timestamp
        if payload and len(self._parts) < MOST_IN_FRAME:
            self._parts.append(payload)
        if marker and self._parts:
            yield timestamp, self._parts
            self._parts = []
