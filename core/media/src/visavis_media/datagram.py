"""The worker's UDP port: a bounded drain per wake-up, and who a datagram belongs to.

Knows: sockets, first bytes, the table of proven addresses. Refuses to know: what links do with what they get.
One socket per local address of the machine, all on one port number, so that an answer always leaves from the address
that was asked. Whatever comes from an address no check has proven is counted and dropped before anything reads it:
a stranger can neither reach DTLS nor disturb a set-up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from functools import partial
from time import monotonic

from visavis_media.aiortc_seam import host_addresses
from visavis_media.channel import Address, Channel
from visavis_media.ice_lite import read_check
from visavis_media.latency import EVERY, ForwardLatency
from visavis_media.link import Link
from visavis_media.rtp import is_rtcp
from visavis_media.srtp import Workspace

__all__ = ["DatagramPort", "bind_sockets"]

DRAIN_BUDGET = 64  # datagrams per socket and wake-up, so that timers and other sockets get their turn
KERNEL_BUFFER = 4 * 1024 * 1024
MAX_ADDRESSES = 16
BIND_TRIES = 20
UNMEASURED = EVERY - 1


class DatagramPort:
    """`addresses` maps a proven address to its link; `credentials` maps our ICE ufrags to links."""

    def __init__(self, sockets: list[socket.socket], workspace: Workspace, addresses_per_link: int) -> None:
        self.sockets = sockets
        self.addresses: dict[Address, Link] = {}
        self.credentials: dict[str, Link] = {}
        self.received = self.foreign = self.malformed = 0
        self.latency = ForwardLatency()
        self._workspace = workspace
        self._outbox = workspace.outbox
        self._measured = False
        self.tick_due = 0.0  # when the worker's tick would like to ride on a wake-up; 0 = never
        self.on_tick: Callable[[], None] = lambda: None
        self._addresses_per_link = addresses_per_link

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for channel in self.sockets:
            self.latency.prepare(channel)
            loop.add_reader(channel, partial(self.drain, channel))

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        for channel in self.sockets:
            loop.remove_reader(channel)
            channel.close()

    def drain(self, channel: socket.socket) -> None:
        """Reads what is there. What goes out because of it may leave in runs, all of them before this returns."""
        outbox = self._outbox
        outbox.is_open = True
        try:
            self._read(channel)
        finally:
            outbox.is_open = False
            if outbox.begun:
                outbox.flush()
            if self._measured:
                self._measured = False
                self.latency.end()
        if self.tick_due and monotonic() >= self.tick_due:
            self.on_tick()

    def _read(self, channel: socket.socket) -> None:
        receive: Callable[[memoryview], tuple[int, Address]] = channel.recvfrom_into
        view = self._workspace.incoming_view
        addresses = self.addresses
        for _ in range(DRAIN_BUDGET):
            try:
                size, address = receive(view)
            except BlockingIOError:
                return
            except OSError:  # an ICMP answer to something we sent; the link will notice by silence
                self.malformed += 1
                continue
            self.received += 1
            if size and view[0] > 3:
                link = addresses.get(address)
                if link is None:
                    self.foreign += 1
                elif self.received & UNMEASURED:
                    link.receive(size, monotonic())
                else:
                    self.receive_measured(channel, link, size)
            else:
                self.take_check(bytes(view[:size]), channel, address)

    def receive_measured(self, channel: socket.socket, link: Link, size: int) -> None:
        """One packet in `EVERY`, from its arrival in the kernel to its last copy; only what is forwarded counts.

        A copy may join a run, so the measure ends when all of this wake-up's runs are out: later than the copy itself
        at times, never earlier.
        """
        first, second = self._workspace.incoming[:2]
        if 127 < first < 192 and not is_rtcp(second) and link.is_watched:
            if self._measured:
                self._outbox.flush()
                self.latency.end()
            self._measured = True
            self.latency.begin(channel)
        link.receive(size, monotonic())

    def take_check(self, data: bytes, channel: socket.socket, address: Address) -> None:
        link = self.judge(data, channel, address)
        if link is not None and self.addresses.get(address) is not link:
            self.prove(address, link)

    def judge(self, data: bytes, channel: Channel, address: Address) -> Link | None:
        """The link that a check proves, which has answered it by then; None for any other bytes."""
        check = read_check(data)
        if check is None:
            self.malformed += 1
            return None
        link = self.credentials.get(check.local_ufrag)
        if link is None or not link.take_check(data, check, channel, address, monotonic()):
            self.foreign += 1
            return None
        return link

    def prove(self, address: Address, link: Link) -> None:
        previous = self.addresses.get(address)
        if previous is not None:
            previous.addresses.remove(address)  # a new connection reuses the port of an old one
        if len(link.addresses) >= self._addresses_per_link:
            oldest = next(known for known in link.addresses if known != link.selected)
            link.addresses.remove(oldest)
            del self.addresses[oldest]
        link.addresses.append(address)
        self.addresses[address] = link

    def forget(self, link: Link) -> None:
        for address in link.addresses:
            del self.addresses[address]
        link.addresses.clear()
        for ufrag in link.credentials:
            self.credentials.pop(ufrag, None)


def bind_sockets(
    host: str, port: int, loopback: bool, beside: Callable[[list[socket.socket]], list[socket.socket]]
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Sockets on one port number, IPv4 first. `host` "0.0.0.0" or "::" means every address of the machine.

    `beside(sockets)` binds what must have the same port number; what it returns comes second.
    """
    wanted = [host]
    if ipaddress.ip_address(host).is_unspecified:
        wanted = host_addresses()[:MAX_ADDRESSES]
        if loopback or not wanted:
            wanted.append("127.0.0.1")
    for attempt in range(BIND_TRIES):
        bound: list[socket.socket] = []
        number = port
        try:
            for address in wanted:
                bound.append(bind(address, number))
                number = number or bound[0].getsockname()[1]
            others = beside(bound)
        except OSError:
            for channel in bound:
                channel.close()
            if port or attempt == BIND_TRIES - 1:
                raise
        else:
            return bound, others
    raise OSError("no free port")


def bind(address: str, port: int) -> socket.socket:
    channel = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        channel.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            channel.setsockopt(socket.SOL_SOCKET, option, KERNEL_BUFFER)
        channel.bind((address, port))
    except OSError:
        channel.close()
        raise
    return channel
