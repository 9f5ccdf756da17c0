"""Packets in a byte stream: each behind its length in two bytes (RFC 4571 §2), as ICE-TCP wants it (RFC 6544 §3).

Knows: bytes in, whole frames out, and how many bytes may wait. Refuses to know: sockets, what a frame holds, time.
"""

from __future__ import annotations

__all__ = ["LARGEST_FRAME", "FrameBuffer", "FramingError", "frame"]

LARGEST_FRAME = 2_048  # what the worker's buffers hold; a path MTU is smaller
CAPACITY = 16_384


class FramingError(ValueError):
    """The stream announces a frame that nobody would send: it cannot be followed any further."""


class FrameBuffer:
    """Fill `room()` and say how much with `fill`, then call `take` until it gives None. Holds `CAPACITY` bytes."""

    __slots__ = ("_area", "_end", "_start", "_view")

    def __init__(self) -> None:
        self._area = bytearray(CAPACITY)
        self._view = memoryview(self._area)
        self._start = self._end = 0

    def room(self) -> memoryview:
        """Where to put what comes next. Never empty once `take` gave None."""
        if self._start:
            waiting = self._end - self._start
            self._area[:waiting] = self._area[self._start : self._end]
            self._start, self._end = 0, waiting
        return self._view[self._end :]

    def fill(self, size: int) -> None:
        self._end += size

    def take(self) -> memoryview | None:
        """The next whole frame, valid until `room` is called. FramingError when it would be too large."""
        start = self._start
        if self._end - start < 2:
            return None
        size = self._area[start] << 8 | self._area[start + 1]
        if size > LARGEST_FRAME:
            raise FramingError(size)
        end = start + 2 + size
        if end > self._end:
            return None
        self._start = end
        return self._view[start + 2 : end]


def frame(packet: bytes | bytearray | memoryview) -> bytes:
    """`packet` with its length before it. ValueError beyond 65,535 bytes."""
    if len(packet) > 65_535:
        raise ValueError("too large for a frame")
    return b"".join((len(packet).to_bytes(2), packet))
