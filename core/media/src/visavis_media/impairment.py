"""A bad line between clients and the forwarder, for tests and benchmarks: loss, delay, a narrow rate, a new address.

Knows: datagrams and a seed. Refuses to know: RTP; it only tells media from checks and handshakes by the first byte.
In user space because `tc netem` is absent from many kernels, and because a seed then gives the same losses each time.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable
from functools import partial

import msgspec

__all__ = ["BadLine", "Impairment"]

Address = tuple[str, int]
MAX_DATAGRAM = 2_048
KERNEL_BUFFER = 4 * 1024 * 1024
MAX_WAITING = 20_000  # datagrams on their way, in both directions; more are lost, as in a router


class Impairment(msgspec.Struct, frozen=True, kw_only=True):
    """One direction. `loss` 0..1 of media only, so that a test is about media and not about patience; `delay` and
    `jitter` (uniform, order kept) in seconds; `rate` in bits per second (0 = unlimited) with a queue of `queue` seconds
    whose overflow is dropped."""

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    rate: float = 0.0
    queue: float = 0.3


class Way:
    """One direction of one client: its own bottleneck, its own luck."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 luck that repeats, not a secret
        self.free_at = 0.0
        self.last_due = 0.0

    def due(self, size: int, first_byte: int, bad: Impairment, now: float) -> float | None:
        """When the datagram comes out; None when it never does."""
        if bad.loss and 127 < first_byte < 192 and self.chance.random() < bad.loss:
            return None
        moment = now
        if bad.rate:
            moment = max(now, self.free_at)
            if moment - now > bad.queue:
                return None
            moment = self.free_at = moment + size * 8 / bad.rate
        moment += bad.delay + (self.chance.random() * bad.jitter if bad.jitter else 0.0)
        self.last_due = max(self.last_due, moment)  # a jittery line is slow, it does not overtake itself
        return self.last_due


class BadLine:
    """A UDP middlebox at `address`: each client gets a port of its own towards the forwarder, as behind a NAT.

    `up` and `down` may be replaced at any moment.
    """

    def __init__(self, host: str, server: Address, seed: int = 5) -> None:
        self.up = self.down = Impairment()
        self.lost = 0
        self._server = server
        self._host = host
        self._seed = seed
        self._loop = asyncio.get_running_loop()
        self._clients: dict[Address, tuple[socket.socket, Way, Way]] = {}
        self._waiting = 0
        self._closed = False
        self._front = self._open()
        self.address: Address = self._front.getsockname()
        self._loop.add_reader(self._front, self._take_from_clients)

    def change_addresses(self) -> None:
        """Every client appears from another port from now on."""
        for client, (back, up, down) in list(self._clients.items()):
            self._leave(back)
            self._clients[client] = (self._face_server(client, down), up, down)

    def close(self) -> None:
        self._closed = True
        for channel in (self._front, *(back for back, _, _ in self._clients.values())):
            self._leave(channel)

    def _open(self) -> socket.socket:
        channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        channel.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            channel.setsockopt(socket.SOL_SOCKET, option, KERNEL_BUFFER)
        channel.bind((self._host, 0))
        return channel

    def _face_server(self, client: Address, down: Way) -> socket.socket:
        back = self._open()
        self._loop.add_reader(back, partial(self._take_from_server, back, down, client))
        return back

    def _leave(self, channel: socket.socket) -> None:
        self._loop.remove_reader(channel)
        channel.close()

    def _take_from_clients(self) -> None:
        for data, client in drain(self._front):
            if client not in self._clients:
                number = self._seed + 2 * len(self._clients)
                up, down = Way(number), Way(number + 1)
                self._clients[client] = (self._face_server(client, down), up, down)
            back, up, _ = self._clients[client]
            self._carry(data, up, self.up, partial(send, back, data, self._server))

    def _take_from_server(self, back: socket.socket, down: Way, client: Address) -> None:
        for data, _ in drain(back):
            self._carry(data, down, self.down, partial(send, self._front, data, client))

    def _carry(self, data: bytes, way: Way, bad: Impairment, deliver: Callable[[], None]) -> None:
        now = self._loop.time()
        due = way.due(len(data), data[0] if data else 0, bad, now)
        if due is None or self._waiting >= MAX_WAITING:
            self.lost += 1
        elif due <= now:
            deliver()
        else:
            self._waiting += 1
            self._loop.call_at(due, self._arrive, deliver)

    def _arrive(self, deliver: Callable[[], None]) -> None:
        self._waiting -= 1
        if not self._closed:
            deliver()


def drain(channel: socket.socket) -> list[tuple[bytes, Address]]:
    taken: list[tuple[bytes, Address]] = []
    while len(taken) < 256:
        try:
            taken.append(channel.recvfrom(MAX_DATAGRAM))
        except OSError:
            break
    return taken


def send(channel: socket.socket, data: bytes, address: Address) -> None:
    try:
        channel.sendto(data, address)
    except OSError:  # full, closed or unreachable: lost, as on any line
        return
