"""ICE-TCP: the passive candidates of a worker (RFC 6544), for clients whose network lets no UDP through.

Knows: listeners, connections, how much may wait in each, when one is given up.
Refuses to know: STUN, DTLS and RTP; frames go where datagrams go.
A connection is worth nothing until a check on it has been proven; until then it may send checks and nothing else, and
only for a moment. TCP turns loss into delay, so what waits is bounded twice: pictures are dropped early, and whoever
takes nothing for seconds is hung up on.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from time import monotonic

from visavis_media.channel import Address, Channel
from visavis_media.framing import FrameBuffer, FramingError, frame
from visavis_media.link import Link
from visavis_media.settings import Limits
from visavis_media.srtp import Workspace

__all__ = ["StreamConnection", "StreamPort", "bind_listeners"]

PENDING = 64
ACCEPTS_PER_WAKE = 16
KERNEL_BUFFER = 128 * 1024  # asked for, per direction: seconds of picture must not hide in the kernel
VIDEO_BACKLOG = 64 * 1024
WHOLE_BACKLOG = 192 * 1024
CONNECTIONS_PER_LINK = 4
PARTING_SECONDS = 1.0  # for the goodbye of a link that ends
USER_TIMEOUT_MS = 10_000


class VideoLane:
    """The same connection for pictures: full much earlier, so that voices and answers still get through."""

    __slots__ = ("_connection",)

    def __init__(self, connection: StreamConnection) -> None:
        self._connection = connection

    def sendto(self, data: bytes | memoryview, _address: Address, /) -> int:
        return self._connection.write(data, VIDEO_BACKLOG)


class StreamConnection:
    """One accepted connection. `link` is None until a check proved whose it is."""

    __slots__ = (
        "_loop",
        "_on_closed",
        "_socket",
        "address",
        "backlog",
        "closed",
        "dropped",
        "frames",
        "heard",
        "leaving",
        "link",
        "opened",
        "progressed",
        "video",
    )

    def __init__(
        self,
        channel: socket.socket,
        address: Address,
        loop: asyncio.AbstractEventLoop,
        now: float,
        on_closed: Callable[[StreamConnection], None],
    ) -> None:
        self._socket = channel
        self._loop = loop
        self._on_closed = on_closed
        self.address = address
        self.link: Link | None = None
        self.frames = FrameBuffer()
        self.backlog = bytearray()
        self.video = VideoLane(self)
        self.opened = self.heard = self.progressed = now
        self.leaving = 0.0
        self.dropped = 0
        self.closed = False

    def receive(self) -> int:
        return self._socket.recv_into(self.frames.room())

    def sendto(self, data: bytes | memoryview, _address: Address, /) -> int:
        return self.write(data, WHOLE_BACKLOG)

    def write(self, data: bytes | memoryview, most: int) -> int:
        if self.closed:
            raise ConnectionError("hung up")
        framed = frame(data)
        if self.backlog:
            if len(self.backlog) + len(framed) > most:
                self.dropped += 1
                raise BlockingIOError("the client takes it too slowly")
            self.backlog += framed
            return len(data)
        try:
            sent = self._socket.send(framed)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            raise
        if sent < len(framed):
            # The rest must follow whatever happens: half a frame would ruin all that come behind it.
            self.backlog += framed[sent:]
            self.progressed = monotonic()
            self._loop.add_writer(self._socket, self.flush)
        return len(data)

    def flush(self) -> None:
        try:
            sent = self._socket.send(self.backlog)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        del self.backlog[:sent]
        self.progressed = monotonic()
        if not self.backlog:
            self._loop.remove_writer(self._socket)

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self.backlog = bytearray()
        self._on_closed(self)


class StreamPort:
    """`judge` takes a check's bytes and says which link it proves, as for a datagram."""

    def __init__(
        self,
        listeners: list[socket.socket],
        workspace: Workspace,
        limits: Limits,
        judge: Callable[[bytes, Channel, Address], Link | None],
    ) -> None:
        self._listeners = listeners
        self._workspace = workspace
        self._limits = limits
        self._judge = judge
        self._paused = False
        self.connections: dict[StreamConnection, None] = {}  # in order of arrival
        self.received = self.foreign = self.malformed = self.refused = 0

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        for listener in self._listeners:
            loop.add_reader(listener, partial(self.accept, listener))

    def close(self) -> None:
        for listener in self._listeners:
            self._loop.remove_reader(listener)
            listener.close()
        for connection in list(self.connections):
            connection.close()

    def accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_WAKE):
            try:
                channel, address = listener.accept()
            except BlockingIOError:
                return
            except OSError:
                # No descriptor left: asked again at once the loop would only spin. The sweep listens again.
                self._paused = True
                for each in self._listeners:
                    self._loop.remove_reader(each)
                return
            self.take_in(channel, address[:2])

    def take_in(self, channel: socket.socket, address: Address) -> None:
        unproven = [each for each in self.connections if each.link is None]
        neighbours = sum(each.address[0] == address[0] for each in unproven)
        if len(self.connections) >= self._limits.connections or neighbours >= self._limits.unproven_per_address:
            self.refused += 1
            channel.close()
            return
        channel.setblocking(False)
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        connection = StreamConnection(channel, address, self._loop, monotonic(), self.drop)
        self.connections[connection] = None
        self._loop.add_reader(channel, partial(self.read, connection))

    def drop(self, connection: StreamConnection) -> None:
        self.connections.pop(connection, None)

    def read(self, connection: StreamConnection) -> None:
        """One receive per wake-up, so that a fast client leaves the others their turn."""
        try:
            size = connection.receive()
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            connection.close()
            return
        frames = connection.frames
        frames.fill(size)
        try:
            while not connection.closed and (packet := frames.take()) is not None:
                self.take(packet, connection)
        except FramingError:
            self.malformed += 1
            connection.close()

    def take(self, packet: memoryview, connection: StreamConnection) -> None:
        self.received += 1
        size = len(packet)
        now = monotonic()
        if size and packet[0] > 3:
            link = connection.link
            if link is None:
                self.foreign += 1
                connection.close()
                return
            connection.heard = now
            self._workspace.incoming[:size] = packet
            link.receive(size, now)
            return
        link = self._judge(bytes(packet), connection, connection.address)
        if link is not None:
            connection.heard = now
            self.prove(connection, link)
        elif connection.link is None:
            connection.close()

    def prove(self, connection: StreamConnection, link: Link) -> None:
        if connection.link is link:
            return
        connection.link = link
        held = [each for each in self.connections if each.link is link and each is not link.channel]
        for oldest in held[: max(0, len(held) - CONNECTIONS_PER_LINK)]:
            oldest.close()

    def forget(self, link: Link) -> None:
        """Nothing of the link is read any more; its goodbye may still leave."""
        for connection in self.connections:
            if connection.link is link:
                connection.link = None
                connection.leaving = monotonic()

    def sweep(self, now: float) -> None:
        """Once a second: gives up who never proved anything, fell silent, or takes nothing."""
        limits = self._limits
        for connection in list(self.connections):
            unproven = connection.link is None and now - connection.opened > limits.unproven_seconds
            parting = connection.leaving and now - connection.leaving > PARTING_SECONDS
            silent = now - connection.heard > limits.idle_connection_seconds
            stuck = connection.backlog and now - connection.progressed > limits.stalled_seconds
            if unproven or parting or silent or stuck:
                connection.close()
        if self._paused:
            self._paused = False
            self.listen(self._loop)


def bind_listeners(datagrams: list[socket.socket]) -> list[socket.socket]:
    """A listener beside each UDP socket, same address and port number. OSError if one is taken, with none left open."""
    listeners: list[socket.socket] = []
    try:
        for beside in datagrams:
            listener = socket.socket(beside.family, socket.SOCK_STREAM)
            listeners.append(listener)
            listener.setblocking(False)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Inherited by what is accepted; set before the handshake, or the window is chosen without them.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
            if beside.family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(beside.getsockname()[:2])
            listener.listen(PENDING)
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners
