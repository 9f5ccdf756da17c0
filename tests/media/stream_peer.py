"""A synthetic peer that reaches the forwarder over ICE-TCP, and can stop reading as a starved tablet does."""

from __future__ import annotations

import asyncio
import socket

from visavis_media.framing import FrameBuffer, frame
from visavis_media.testing import SyntheticPeer

__all__ = ["StreamPeer", "tcp_candidate"]


def tcp_candidate(answer: str, host: str) -> tuple[str, int]:
    """The passive candidate of `host`'s address family."""
    words = (line.split() for line in answer.splitlines() if line.startswith("a=candidate:"))
    return next(
        (w[4], int(w[5])) for w in words if w[2] == "tcp" and w[-1] == "passive" and (":" in w[4]) == (":" in host)
    )


class FramedLine:
    """Looks like a UDP socket to the peer."""

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream

    def sendto(self, data: bytes | memoryview, _address: tuple[str, int]) -> int:
        return self.stream.send(frame(data))

    def close(self) -> None:
        self.stream.close()


class StreamPeer(SyntheticPeer):
    """`hung_up` once the other side closed the connection."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.frames = FrameBuffer()
        self.hung_up = False

    async def connect(self, answer: str, seconds: float = 10.0) -> None:
        await self.reach_by_tcp(answer)
        await super().connect(answer, seconds)

    async def reach_by_tcp(self, answer: str) -> None:
        self._leave()
        stream = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_STREAM)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
        stream.setblocking(False)
        stream.bind((self.host, 0))
        await asyncio.get_running_loop().sock_connect(stream, tcp_candidate(answer, self.host))
        self.channel = FramedLine(stream)  # type: ignore[assignment] # the peer only calls what FramedLine has
        asyncio.get_running_loop().add_reader(stream, self._drain_stream)

    def starve(self) -> None:
        """Reads nothing any more, with the connection open."""
        asyncio.get_running_loop().remove_reader(self.channel.stream)

    def _drain_stream(self) -> None:
        try:
            size = self.channel.stream.recv_into(self.frames.room())
        except OSError:
            size = 0
        if not size:
            self.hung_up = True
            self.starve()
            return
        self.frames.fill(size)
        while (packet := self.frames.take()) is not None:
            self.workspace.incoming[: len(packet)] = packet
            self._take(len(packet))

    def _leave(self) -> None:
        if isinstance(self.channel, FramedLine):
            self.starve()
            self.channel.close()
        else:
            super()._leave()
