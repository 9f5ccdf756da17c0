"""How long packets stay inside: from the kernel's receive time to after the last copy was handed to the socket.

Knows: a few counters. Refuses to know: packets and links.
One packet in `EVERY` is measured, by its running number and so by no property of its own: the first of a wake-up would
have waited longest, the last behind all others. The kernel's receive time is asked after the packet was read
(SIOCGSTAMPNS, 0.4 µs, [M]); a control message on every packet would cost more than the whole measure. The packets that
are not measured pay one comparison.
Buckets as in LiveKit's `livekit_forward_latency_ns`, so that the two can be laid side by side.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from bisect import bisect_left
from time import time_ns

__all__ = ["BUCKETS", "EVERY", "ForwardLatency"]

BUCKETS = (0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.010, 0.020)  # seconds, upper bounds
EVERY = 16  # a power of two
SIOCGSTAMPNS = 0x8907  # linux/sockios.h
LONGEST = 10.0  # beyond this it was the wall clock that moved, not the packet that waited

_TIMESPEC = struct.Struct("qq")


class ForwardLatency:
    """`begin` before a measured packet is handled, `end` after. `take` once a second."""

    __slots__ = ("_buffer", "_counts", "_kernel", "_since", "_sum")

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0
        self._buffer = bytearray(_TIMESPEC.size)
        self._since = 0
        self._kernel = True

    def prepare(self, channel: socket.socket) -> None:
        """The first question makes the kernel stamp what comes afterwards."""
        try:
            fcntl.ioctl(channel, SIOCGSTAMPNS, self._buffer)
        except OSError as error:
            # ENOENT: nothing was received yet, as expected. Otherwise this system has no such stamps: then a packet's
            # time begins when it is read.
            self._kernel = self._kernel and isinstance(error, FileNotFoundError)

    def begin(self, channel: socket.socket) -> None:
        """The packet just read from `channel` is one to measure."""
        if self._kernel:
            try:
                fcntl.ioctl(channel, SIOCGSTAMPNS, self._buffer)
            except OSError:
                self._since = time_ns()
            else:
                seconds, nanoseconds = _TIMESPEC.unpack(self._buffer)
                self._since = seconds * 1_000_000_000 + nanoseconds
        else:
            self._since = time_ns()

    def end(self) -> None:
        spent = (time_ns() - self._since) * 1e-9
        if 0 <= spent < LONGEST:
            self._counts[bisect_left(BUCKETS, spent)] += 1
            self._sum += spent

    def take(self) -> tuple[tuple[int, ...], float]:
        """Counts per bucket (not cumulative, one more for what is beyond) and their sum in seconds, since last time."""
        taken = (tuple(self._counts), self._sum)
        self._counts = [0] * len(self._counts)
        self._sum = 0.0
        return taken
