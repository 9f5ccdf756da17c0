"""Runs of packets to one receiver that leave by one system call (UDP generic segmentation offload).

Knows: sealed packets, their sizes, one socket option. Refuses to know: what is in a packet.
A frame comes as a burst of packets of nearly equal size, so what one wake-up delivered for one receiver can be handed
to the kernel at once: it walks the network stack once and cuts it into the same datagrams (linux/udp.h, UDP_SEGMENT).
A packet waits only for those that already lay in the socket beside it, never for time to pass, and a frame's last
packet takes its run along. Rejected: sendmmsg (saves the entry into the kernel, not the walk: no gain was measured).
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable

from visavis_media.channel import Address, Channel

__all__ = ["MOST_PACKETS", "Outbox", "Run"]

SOL_UDP, UDP_SEGMENT = 17, 103
MOST_PACKETS = 16  # the kernel takes 64; more would keep the first of them waiting
# This path, or this kernel, does not take runs: from then on packets go one by one.
REFUSALS = (errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.ENOPROTOOPT, errno.EOPNOTSUPP)


class Outbox:
    """One per worker. `is_open` while a wake-up's datagrams are read; whoever closes it flushes it."""

    __slots__ = ("begun", "is_open")

    def __init__(self) -> None:
        self.is_open = False
        self.begun: list[Run] = []

    def flush(self) -> None:
        for run in self.begun:
            run.send()
        self.begun.clear()


class Run:
    """Packets of one size, the last may be smaller, on their way to one address."""

    __slots__ = ("_address", "_channel", "_lose", "_outbox", "_packets", "_size")

    def __init__(self, outbox: Outbox, channel: socket.socket, address: Address, lose: Callable[[int], None]) -> None:
        """`lose(n)` is told when `n` packets could not be sent."""
        self._outbox = outbox
        self._channel = channel
        self._address = address
        self._lose = lose
        self._packets: list[bytes] = []
        self._size = 0

    @classmethod
    def over(cls, outbox: Outbox, channel: Channel, address: Address, lose: Callable[[int], None]) -> Run | None:
        """None where there are no runs: TCP, or another system."""
        if sys.platform != "linux" or not isinstance(channel, socket.socket):
            return None
        return cls(outbox, channel, address, lose)

    def add(self, packet: memoryview, ends: bool) -> None:
        """`packet` is copied. `ends`: nothing belonging to it comes behind it, so it and what waits leave now."""
        packets, size = self._packets, len(packet)
        if packets and size > self._size:
            self.send()
        if not packets:
            if ends or self._size < 0:
                self._send_one(packet)
                return
            self._size = size
            self._outbox.begun.append(self)
        packets.append(packet.tobytes())
        if ends or size < self._size or len(packets) >= MOST_PACKETS:
            self.send()

    def send(self) -> None:
        packets = self._packets
        if len(packets) > 1:
            option = (SOL_UDP, UDP_SEGMENT, self._size.to_bytes(2, sys.byteorder))
            try:
                self._channel.sendmsg(packets, (option,), 0, self._address)
            except OSError as error:
                if error.errno in REFUSALS:
                    self._size = -1
                    for packet in packets:
                        self._send_one(packet)
                else:
                    self._lose(len(packets))
        elif packets:
            self._send_one(packets[0])
        packets.clear()

    def _send_one(self, packet: bytes | memoryview) -> None:
        try:
            self._channel.sendto(packet, self._address)
        except OSError:  # the socket's buffer is full, or the network is gone: this packet is lost, as packets are
            self._lose(1)
