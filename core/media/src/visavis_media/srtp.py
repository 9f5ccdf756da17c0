"""The buffers packets are opened and sealed in, and one link's keys working on them.

Knows: two buffers per worker and libsrtp's four operations on them. Refuses to know: what a packet means.
One worker is one thread, so one incoming and one outgoing buffer serve all links: a packet is received into, opened
in, patched in, sealed in and sent from them without being copied whole.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis_media import aiortc_seam
from visavis_media.dtls import Handshake
from visavis_media.outbox import Outbox

__all__ = ["MAX_DATAGRAM", "Keys", "Workspace"]

MAX_DATAGRAM = 2_048
TRAILER = 160  # libsrtp may write this much behind what it seals
MAX_SEALED = MAX_DATAGRAM - TRAILER


class Workspace:
    """`control` is apart: an RTCP answer may be built while a received packet still lies in `incoming`."""

    __slots__ = ("control", "incoming", "incoming_view", "outbox", "outgoing", "outgoing_view")

    def __init__(self) -> None:
        self.incoming = bytearray(MAX_DATAGRAM)
        self.outgoing = bytearray(MAX_DATAGRAM)
        self.control = bytearray(MAX_DATAGRAM)
        self.incoming_view = memoryview(self.incoming)
        self.outgoing_view = memoryview(self.outgoing)
        self.outbox = Outbox()


class Keys:
    """`open` and `open_control` work on `incoming`, `seal` on `outgoing`: size in, new size (or minus an error) out."""

    __slots__ = ("_seal_control", "_workspace", "open", "open_control", "seal")

    def __init__(self, handshake: Handshake, workspace: Workspace) -> None:
        receiving, sending = handshake.sessions()
        make = aiortc_seam.make_crypto
        self.open: Callable[[int], int] = make(receiving, "srtp_unprotect", workspace.incoming)
        self.open_control: Callable[[int], int] = make(receiving, "srtp_unprotect_rtcp", workspace.incoming)
        self.seal: Callable[[int], int] = make(sending, "srtp_protect", workspace.outgoing)
        self._seal_control = make(sending, "srtp_protect_rtcp", workspace.control)
        self._workspace = workspace

    def seal_control(self, packet: bytes) -> bytes:
        """A sealed RTCP packet, empty if it could not be sealed."""
        if len(packet) > MAX_SEALED:
            return b""
        area = self._workspace.control
        area[: len(packet)] = packet
        size = self._seal_control(len(packet))
        return bytes(area[:size]) if size > 0 else b""
