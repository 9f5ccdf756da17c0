"""The worker's side of the eye: a copy of a track's packets, sent where it cannot hold anybody up.

Knows: a socket that never blocks, and the head before each copied payload. Refuses to know: what is done with it.
A mirror is one more subscriber in its track's list, so the path does not know it and pays nothing while nobody looks.
SOCK_SEQPACKET, because a connected pair is bounded by bytes where a datagram socket holds ten (`max_dgram_qlen`).
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import NamedTuple

from visavis_media.forwarder import MARKER, Egress, Ingress
from visavis_media.messages import RequestRefused
from visavis_media.plan import TrackPlan
from visavis_media.rtcp import SenderReport
from visavis_media.srtp import Workspace
from visavis_media.uplink import Uplink

__all__ = ["COPY_HEAD", "LARGEST_COPY", "Copy", "Mirror", "Mirrors", "read_copy"]

COPY_HEAD = struct.Struct("!IIBHI")  # key, copies dropped so far, flags, sequence number, timestamp
BEGINS = 0x01  # beside the marker bit
LARGEST_COPY = COPY_HEAD.size + 2_048
LINE_BYTES = 2 * 1024 * 1024  # asked of the kernel; about two seconds of a clinical picture
MOST_MIRRORS = 64


class Mirror(Egress):
    """`forward` as any egress has it, but in the clear and to a local socket. A full socket costs this copy."""

    __slots__ = ("begins", "copied", "dropped", "key", "line")
    is_copy = True

    def __init__(self, plan: TrackPlan, key: int, line: socket.socket) -> None:
        super().__init__(plan, refuse, Workspace(), ignore)
        self.key = key
        self.line = line
        self.copied = self.dropped = 0
        self.begins = 0

    def forward(
        self,
        payload: bytes,
        flags: int,
        sequence: int,
        timestamp: int,
        now: float,  # noqa: ARG002 the shape of every egress; the eye has a clock of its own
    ) -> None:
        head = COPY_HEAD.pack(self.key, self.dropped & 0xFFFFFFFF, flags & MARKER | self.begins, sequence, timestamp)
        try:
            self.line.send(head + payload)
        except OSError:  # full, or the eye is gone: the control process finds that out and says what next
            self.dropped += 1
        else:
            self.copied += 1
            self.begins = 0

    def follow(self, sequence: int) -> None:  # noqa: ARG002 the eye reads it from the next copy
        """The numbers begin anew."""
        self.begins = BEGINS

    def change(self, source: Ingress, sequence: int) -> None:
        """Another size of the picture, under its own numbers, from its key frame on."""
        super().change(source, sequence)
        self.begins = BEGINS

    def pass_report(self, report: SenderReport, now: float) -> None:
        """A clock is of no use to who looks at single pictures."""


class Mirrors:
    """All mirrors of a worker, over one line to the eye that listens at a path."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._path = ""
        self._open: dict[int, tuple[Uplink, Mirror]] = {}

    def start(self, uplink: Uplink, kind: str, key: int, path: str) -> None:
        """Copies the track of `kind` from now on, and asks for a key frame. Raises `RequestRefused`."""
        track = next((track for track in uplink.tracks if track.kind == kind), None)
        if track is None:
            raise RequestRefused("unknown_track")
        self.prune()
        if len(self._open) >= MOST_MIRRORS and key not in self._open:
            raise RequestRefused("too_many_mirrors")
        self.stop(key)
        line = self.connect(path)
        mirror = Mirror(track.plan, key, line)
        self._open[key] = (uplink, mirror)
        uplink.attach([mirror])

    def stop(self, key: int) -> None:
        opened = self._open.pop(key, None)
        if opened is not None:
            opened[0].detach([opened[1]])

    def connect(self, path: str) -> socket.socket:
        if self._line is not None and path == self._path:
            return self._line
        self.close()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        line.setblocking(False)
        with contextlib.suppress(OSError):  # what the system grants will do
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LINE_BYTES)
        try:
            line.connect(path)
        except OSError:
            line.close()
            raise RequestRefused("eye_not_there") from None
        self._line, self._path = line, path
        return line

    def prune(self) -> None:
        """Forgets mirrors whose track is silent for ever: their link was closed."""
        for key, (uplink, mirror) in list(self._open.items()):
            if not uplink.feeds(mirror):
                del self._open[key]

    def close(self) -> None:
        for key in list(self._open):
            self.stop(key)
        if self._line is not None:
            self._line.close()
        self._line, self._path = None, ""


class Copy(NamedTuple):
    """`begins`: its numbers have nothing to do with those before."""

    key: int
    dropped: int
    marker: bool
    begins: bool
    sequence: int
    timestamp: int
    payload: bytes


def read_copy(copy: bytes) -> Copy | None:
    if len(copy) < COPY_HEAD.size:
        return None
    key, dropped, flags, sequence, timestamp = COPY_HEAD.unpack_from(copy)
    return Copy(key, dropped, bool(flags & MARKER), bool(flags & BEGINS), sequence, timestamp, copy[COPY_HEAD.size :])


def refuse(_size: int) -> int:
    """A mirror seals nothing."""
    return 0


def ignore(_packet: bytes) -> None:
    """A mirror sends no RTCP."""
