"""What a link sends through: a socket, or something that looks like one.

Knows: the one method the path calls. Refuses to know: which transport is behind it.
A name for `socket.sendto`, so that a UDP socket is used as it is, with no wrapper on the path, and a TCP connection
takes its place by having the same method.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Address", "Channel"]

Address = tuple[str, int]


class Channel(Protocol):
    def sendto(self, data: bytes | memoryview, address: Address, /) -> int:
        """Sends one packet now or raises OSError: a packet that cannot leave is lost, as packets are."""
        ...
