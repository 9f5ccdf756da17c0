"""One WebRTC connection: proven addresses, the handshake, then its media.

Knows: which state it is in and what may happen in it. Refuses to know: other links, the control process, SDP.
A datagram reaches it only from an address that passed a check with its credentials, except checks themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis_media import ice_lite
from visavis_media.aiortc_seam import RTCCertificate
from visavis_media.channel import Address, Channel
from visavis_media.downlink import Downlink
from visavis_media.dtls import Handshake
from visavis_media.ice_lite import Check
from visavis_media.plan import LinkPlan
from visavis_media.rtp import is_rtcp
from visavis_media.settings import Limits
from visavis_media.srtp import Keys, Workspace
from visavis_media.uplink import Uplink

__all__ = ["Link"]

REMEMBERED_CHECKS = 512
TICKS_PER_SECOND = 50


class Link:
    __slots__ = (
        "_answered",
        "_certificate",
        "_limits",
        "_on_closed",
        "_on_connected",
        "_workspace",
        "addresses",
        "budget",
        "channel",
        "closed",
        "credentials",
        "handshake",
        "heard",
        "keys",
        "media",
        "nominated",
        "opened",
        "plan",
        "rejected",
        "selected",
        "silent",
    )

    def __init__(
        self,
        plan: LinkPlan,
        limits: Limits,
        workspace: Workspace,
        certificate: RTCCertificate,
        source: Uplink | None,
        now: float,
        on_connected: Callable[[Link], None],
        on_closed: Callable[[Link, str], None],
    ) -> None:
        self.plan = plan
        self._limits = limits
        self._workspace = workspace
        self._on_connected = on_connected
        self._on_closed = on_closed
        self.credentials = {plan.local.ufrag: (plan.remote_ufrag, plan.local.password.encode())}
        self.addresses: list[Address] = []
        self.channel: Channel | None = None
        self.selected: Address = ("", 0)
        self.nominated = False
        self.handshake = Handshake(certificate, plan.dtls_role, plan.fingerprints, self.send)
        self.keys: Keys | None = None
        self.media: Uplink | Downlink = (
            Uplink(plan, limits, workspace, self.send_control)
            if source is None
            else Downlink(plan, workspace, source, self.send_control)
        )
        self.opened = now
        self.heard = now
        self.silent = False
        self.closed = False
        self.rejected = 0
        self.budget = limits.packets_per_second_per_link
        self._answered: dict[bytes, Address] = {}

    # --- addresses -----------------------------------------------------------------------------------------------

    def take_check(self, data: bytes, check: Check, channel: Channel, address: Address, now: float) -> bool:
        """Answers an authentic check and learns its address; False (and nothing else) for any other."""
        agreed = self.credentials.get(check.local_ufrag)
        if agreed is None or check.remote_ufrag != agreed[0] or not ice_lite.is_authentic(data, check, agreed[1]):
            return False
        password = agreed[1]
        # A check says nothing signed about where it came from, so a recorded one could be sent again from elsewhere.
        known = self._answered.get(check.transaction)
        if known is not None and known != address:
            self.rejected += 1
            return False
        if known is None:
            if len(self._answered) >= REMEMBERED_CHECKS:
                del self._answered[next(iter(self._answered))]
            self._answered[check.transaction] = address
        if check.conflicting:
            self.send_to(channel, address, ice_lite.answer_role_conflict(check, password))
            return True
        self.heard = now
        self.send_to(channel, address, ice_lite.answer_check(check, address[0], address[1], password))
        if self.channel is None or (check.nominates and (address != self.selected or channel is not self.channel)):
            self.select(channel, address)
        self.nominated = self.nominated or check.nominates
        if not self.handshake.started:
            self.handshake.start(self._limits.handshake_seconds, self.handshake_ended)
        return True

    def select(self, channel: Channel, address: Address) -> None:
        self.channel, self.selected = channel, address
        if isinstance(self.media, Downlink):
            self.media.aim(channel, address)

    def restart(self, plan: LinkPlan) -> None:
        """New ICE credentials (an ICE restart); the old ones stay good until the next restart, media goes on."""
        previous = self.plan.local.ufrag
        self.credentials = {
            previous: self.credentials[previous],
            plan.local.ufrag: (plan.remote_ufrag, plan.local.password.encode()),
        }
        self.plan = plan

    # --- datagrams ------------------------------------------------------------------------------------------------

    def receive(self, size: int, now: float) -> None:
        """`size` bytes from a proven address lie in the incoming buffer, and are not STUN."""
        if self.budget <= 0:
            self.rejected += 1
            return
        self.budget -= 1
        buffer = self._workspace.incoming
        first = buffer[0]
        keys = self.keys
        if 127 < first < 192:
            if keys is None or size < 12:
                self.rejected += 1
            elif is_rtcp(buffer[1]):
                opened = keys.open_control(size)
                if opened <= 0:
                    self.rejected += 1
                    return
                self.heard = now
                self.media.control(self._workspace.incoming_view[:opened], now)
            else:
                opened = keys.open(size)
                if opened <= 0:
                    self.rejected += 1
                    return
                self.heard = now
                if isinstance(self.media, Uplink):
                    self.media.receive(opened, now)
        elif 19 < first < 64:
            if not self.handshake.accept(bytes(buffer[:size])):
                self.rejected += 1
        else:
            self.rejected += 1

    def send(self, data: bytes) -> None:
        if self.channel is not None:
            self.send_to(self.channel, self.selected, data)

    def send_control(self, packet: bytes) -> None:
        if self.keys is not None and self.channel is not None:
            sealed = self.keys.seal_control(packet)
            if sealed:
                self.send_to(self.channel, self.selected, sealed)

    def send_to(self, channel: Channel, address: Address, data: bytes) -> None:
        try:
            channel.sendto(data, address)
        except OSError:  # full buffer or lost network: the peer asks again, as after any loss
            self.rejected += 1

    # --- life -----------------------------------------------------------------------------------------------------

    def handshake_ended(self, reason: str) -> None:
        if self.closed:
            return
        if reason:
            self._on_closed(self, reason)
            return
        self.keys = Keys(self.handshake, self._workspace)
        if isinstance(self.media, Downlink):
            self.media.connect(self.keys)
            if self.channel is not None:
                self.media.aim(self.channel, self.selected)
        self._on_connected(self)

    def tick(self, now: float, count: int) -> None:
        self.budget = min(
            self._limits.packets_per_second_per_link,
            self.budget + self._limits.packets_per_second_per_link // TICKS_PER_SECOND,
        )
        if self.keys is not None:
            self.media.tick(now, count)

    @property
    def is_watched(self) -> bool:
        """Whether what it sends goes on to anybody."""
        return isinstance(self.media, Uplink) and any(track.egresses for track in self.media.tracks)

    def quiet_seconds(self, now: float) -> float:
        return now - self.heard

    def stop_media(self) -> None:
        """From this moment on nothing of this link is forwarded, in or out."""
        self.closed = True
        self.keys = None
        if isinstance(self.media, Uplink):
            self.media.silence()
        else:
            self.media.close()
