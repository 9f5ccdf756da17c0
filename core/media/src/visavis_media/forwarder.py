"""One published track and its copies: header in, header out, payload bytes as they came.

Knows: RTP numbers of a track, its ring of kept packets, who gets it. Refuses to know: codecs, SDP, addresses.
Egress numbers: SSRC and payload type are the subscriber's; the timestamp is the publisher's, so that a frame has one
name for every viewer (a drawing made on it can be found again); the sequence number differs by a constant.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis_media.channel import Channel
from visavis_media.congestion import SENT_MASK, SentPackets
from visavis_media.keyframes import begins_keyframe
from visavis_media.outbox import Run
from visavis_media.plan import TrackPlan
from visavis_media.retransmission import MissingPackets, PacketRing, ReceptionCount
from visavis_media.rtcp import SenderReport, build_sender_report
from visavis_media.rtp import EXTENDED_HEADER, HEADER, ahead
from visavis_media.srtp import MAX_SEALED, Workspace

__all__ = ["Egress", "Ingress"]

MARKER, PADDED = 0x80, 0x20  # the two header bits that belong to the payload, at their own places
JUMP = 1_000  # beyond libsrtp's window of 1,024 a sequence number cannot be followed, only restarted
RESEND_GUARD = 0.010
MAX_RESENT = 4_096
MAX_REPORTS = 16


class Egress:
    """A track on its way to one subscriber."""

    is_copy = False  # a copy for somebody beside the path says nothing about what a network can carry
    __slots__ = (
        "address",
        "bumped",
        "extension",
        "former",
        "forwarded",
        "kept",
        "kind",
        "last_sequence",
        "last_timestamp",
        "marker_type",
        "nacks",
        "octets",
        "offset",
        "outbox",
        "outgoing",
        "plan",
        "resent",
        "resent_at",
        "round_trip",
        "rtx_marker_type",
        "rtx_sequence",
        "run",
        "seal",
        "send_control",
        "sender_reports",
        "sendto",
        "sent",
        "settling",
        "shift",
        "since",
        "source",
        "ssrc",
        "unsent",
        "view",
    )

    def __init__(
        self,
        plan: TrackPlan,
        seal: Callable[[int], int],
        workspace: Workspace,
        send_control: Callable[[bytes], None],
        sent: SentPackets | None = None,
    ) -> None:
        """`sent` is shared by all egresses of a link: its numbers are one series over the whole path."""
        self.send_control = send_control
        self.plan = plan
        self.kind = plan.kind
        self.ssrc = plan.ssrc
        self.marker_type = plan.codec.payload_type
        self.rtx_marker_type = plan.codec.rtx
        self.sent = sent if plan.extensions.transport else None
        self.extension = plan.extensions.send_time << 28 | 2 << 24 if plan.extensions.send_time else 0
        if self.sent is not None:
            self.extension = plan.extensions.transport << 28 | 1 << 24
        self.seal = seal
        self.outgoing = workspace.outgoing
        self.view = workspace.outgoing_view
        self.outbox = workspace.outbox
        self.run: Run | None = None
        self.sendto: Callable[[memoryview, tuple[str, int]], int] = drop
        self.address: tuple[str, int] = ("", 0)
        self.kept: PacketRing | None = None
        self.offset = -1
        self.last_sequence = 0
        self.rtx_sequence = 0
        self.forwarded = self.octets = self.unsent = 0
        self.nacks = self.resent = 0
        self.resent_at: dict[int, float] = {}
        self.sender_reports: dict[int, float] = {}  # middle 32 bits of NTP -> when we passed it on
        self.round_trip = 0.0
        # A picture that is published in several sizes: whence it comes now, and what was sent before the last change.
        self.source: Ingress | None = None
        self.shift = 0  # added to the source's timestamps
        self.since = 0  # the first of our sequence numbers that is from `source`
        self.former: tuple[PacketRing, int, int] | None = None  # ring, offset and shift of what was before `since`
        self.settling = False
        self.last_timestamp = -1  # ours, while settling
        self.bumped: dict[int, int] = {}  # source timestamp -> shift, of frames that had to wait for their turn

    def aim(self, channel: Channel, address: tuple[str, int]) -> None:
        self.sendto = channel.sendto
        self.address = address
        # Sound does not come in bursts, and waits for nothing.
        self.run = Run.over(self.outbox, channel, address, self.lose) if self.kind == "video" else None

    def lose(self, packets: int) -> None:
        """They had been counted as forwarded when they joined a run."""
        self.unsent += packets

    def follow(self, sequence: int) -> None:
        """The source restarted its numbers; ours go on from where they were (libsrtp refuses to go back)."""
        self.offset = (self.last_sequence + 1 - sequence) & 0xFFFF
        self.former = None

    def change(self, source: Ingress, sequence: int) -> None:
        """From now on it comes from `source`, beginning with `sequence`; our own numbers go on."""
        kept = self.kept
        if kept is not None and self.offset >= 0:
            self.former = (kept, self.offset, self.shift)
            last = kept.timestamps[self.last_sequence - self.offset & kept.mask]
            self.last_timestamp = last + self.bumped.get(last, self.shift) & 0xFFFFFFFF
            self.since = self.last_sequence + 1 & 0xFFFF
            self.offset = self.since - sequence & 0xFFFF
        self.source, self.kept = source, source.kept
        self.bumped = {}
        self.settling = True

    def settle(self, timestamp: int, shift: int) -> bool:
        """True once the source's clock can be ours. Two sizes of one frame have one timestamp, and it was sent already:
        until the new size is past what was shown of the old one, its frames come one tick behind the last."""
        if timestamp in self.bumped:
            return False
        late = (self.last_timestamp - timestamp - shift) & 0xFFFFFFFF
        if self.last_timestamp < 0 or late >= 0x80000000:
            self.shift, self.settling = shift, False
            return True
        self.last_timestamp = self.last_timestamp + 1 & 0xFFFFFFFF
        self.shift = self.bumped[timestamp] = self.last_timestamp - timestamp & 0xFFFFFFFF
        return False

    def forward(self, payload: bytes, flags: int, sequence: int, timestamp: int, now: float) -> None:
        if self.offset < 0:
            self.offset = 0
            self.last_sequence = sequence
        numbered = (sequence + self.offset) & 0xFFFF
        if (numbered - self.last_sequence) & 0xFFFF < 0x8000:
            self.last_sequence = numbered
        named = timestamp + self.shift & 0xFFFFFFFF if self.shift else timestamp
        if self.write(payload, flags, self.marker_type, numbered, named, self.ssrc, now):
            self.forwarded += 1
            self.octets += len(payload)

    def write(
        self, payload: bytes, flags: int, payload_type: int, sequence: int, timestamp: int, ssrc: int, now: float
    ) -> bool:
        out = self.outgoing
        second = payload_type | flags & MARKER
        if self.extension:
            sent = self.sent
            if sent is None:
                word = self.extension | int(now * 262_144) & 0xFFFFFF  # 6.18 fixed point seconds
            else:
                number = sent.count = sent.count + 1 & 0xFFFF
                sent.moments[number & SENT_MASK] = now
                sent.sizes[number & SENT_MASK] = len(payload)
                word = self.extension | number << 8
            EXTENDED_HEADER.pack_into(out, 0, 0x90 | flags & PADDED, second, sequence, timestamp, ssrc, 0xBEDE, 1, word)
            start = 20
        else:
            HEADER.pack_into(out, 0, 0x80 | flags & PADDED, second, sequence, timestamp, ssrc)
            start = 12
        end = start + len(payload)
        if end > MAX_SEALED:
            self.unsent += 1
            return False
        out[start:end] = payload
        size = self.seal(end)
        if size <= 0:
            self.unsent += 1
            return False
        run = self.run
        if run is not None and self.outbox.is_open:
            run.add(self.view[:size], flags & MARKER != 0)
            return True
        try:
            self.sendto(self.view[:size], self.address)
        except OSError:  # the socket's buffer is full, or the network is gone: this packet is lost, as packets are
            self.unsent += 1
            return False
        return True

    def pass_report(self, report: SenderReport, now: float) -> None:
        """The publisher's clock for our SSRC: lips stay in sync because both kinds keep the publisher's NTP time."""
        middle = report.ntp >> 16 & 0xFFFFFFFF
        if len(self.sender_reports) >= MAX_REPORTS:
            del self.sender_reports[next(iter(self.sender_reports))]
        self.sender_reports[middle] = now
        named = report.timestamp + self.shift & 0xFFFFFFFF
        self.send_control(build_sender_report(self.ssrc, report.ntp, named, self.forwarded, self.octets))

    def resend(self, asked: list[int], now: float) -> None:
        """Answers a NACK from what is kept, each packet at most once per guard time."""
        kept = self.kept
        self.nacks += 1
        if kept is None or self.offset < 0:
            return
        if len(self.resent_at) > MAX_RESENT:
            self.resent_at.clear()
        guard = max(RESEND_GUARD, self.round_trip * 0.5)
        for numbered in asked:
            kept, offset, shift = self.kept_for(numbered, kept)
            sequence = (numbered - offset) & 0xFFFF
            place = sequence & kept.mask
            if kept.sequences[place] != sequence or now - self.resent_at.get(numbered, -1.0) < guard:
                continue
            self.resent_at[numbered] = now
            payload, flags = kept.payloads[place], kept.flags[place]
            timestamp = kept.timestamps[place]
            timestamp = timestamp + self.bumped.get(timestamp, shift) & 0xFFFFFFFF
            if self.rtx_marker_type >= 0:
                repair = numbered.to_bytes(2) + payload  # RFC 4588 §4: original sequence number first
                self.rtx_sequence = (self.rtx_sequence + 1) & 0xFFFF
                self.write(repair, flags, self.rtx_marker_type, self.rtx_sequence, timestamp, self.plan.rtx_ssrc, now)
            else:
                self.write(payload, flags, self.marker_type, numbered, timestamp, self.ssrc, now)
            self.resent += 1

    def kept_for(self, numbered: int, kept: PacketRing) -> tuple[PacketRing, int, int]:
        """Where the packet is that had our number: what was sent before a change of size is in the other ring."""
        if self.former is not None and ahead(numbered, self.since) < 0:
            return self.former
        return kept, self.offset, self.shift

    def pad(self, now: float) -> int:
        """Sends the last packet once more, to find out whether the path would carry more. Bytes sent, 0 = none."""
        kept = self.kept
        if kept is None or self.offset < 0 or self.rtx_marker_type < 0:
            return 0
        place = self.last_sequence - self.offset & kept.mask
        payload, flags = kept.payloads[place], kept.flags[place]
        timestamp = kept.timestamps[place] + self.shift & 0xFFFFFFFF
        self.rtx_sequence = (self.rtx_sequence + 1) & 0xFFFF
        repair = self.last_sequence.to_bytes(2) + payload
        self.write(repair, flags, self.rtx_marker_type, self.rtx_sequence, timestamp, self.plan.rtx_ssrc, now)
        return len(repair)


class Ingress:
    """A track as its publisher sends it."""

    __slots__ = (
        "admits",
        "clock",
        "count",
        "egresses",
        "gathers",
        "is_aligned",
        "kept",
        "keyframe_asked",
        "keyframe_requests",
        "keyframe_wanted",
        "kind",
        "last_report",
        "last_report_at",
        "missing",
        "octets",
        "packets",
        "plan",
        "rid",
        "rtx_ssrc",
        "shift",
        "ssrc",
        "view",
        "waiting",
    )

    def __init__(self, plan: TrackPlan, keep: int, workspace: Workspace, rid: str = "") -> None:
        """`rid` names the size, when the picture is published in several."""
        self.plan = plan
        self.rid = rid
        self.waiting: list[Egress] = []  # for a key frame of this size
        self.admits: Callable[[Ingress, bool, int, int], None] = nobody
        self.shift = 0  # from this size's clock to the one all sizes are put on
        self.is_aligned = False
        self.clock: SenderReport | None = None
        self.kind = plan.kind
        self.view = workspace.incoming_view
        self.ssrc = self.rtx_ssrc = 0
        self.egresses: list[Egress] = []
        self.count = ReceptionCount(plan.codec.clock)
        self.kept = PacketRing(keep)
        self.missing = MissingPackets()
        self.gathers = "nack" in plan.codec.feedback
        self.packets = self.octets = 0
        self.last_report = 0
        self.last_report_at = 0.0
        self.keyframe_wanted = False
        self.keyframe_asked = -1.0
        self.keyframe_requests = 0

    @property
    def newest_timestamp(self) -> int:
        return self.kept.timestamps[self.count.highest & self.kept.mask]

    def adopt(self, ssrc: int) -> None:
        """The publisher's source for this track, or its new one (a camera was changed under the same section)."""
        if self.ssrc and self.count.base >= 0:
            self.restart(-1)
        self.ssrc = ssrc

    def restart(self, sequence: int) -> None:
        self.missing.missing.clear()
        self.kept.clear()
        self.is_aligned, self.clock = False, None
        self.keyframe_wanted = True
        if sequence >= 0:
            self.count.restart(sequence)
            for egress in self.egresses:
                egress.follow(sequence)
        else:
            self.count = ReceptionCount(self.plan.codec.clock)

    def receive(self, start: int, size: int, flags: int, sequence: int, timestamp: int, now: float) -> None:
        """One packet, its payload at `start:size` of the incoming buffer. `flags`: marker and padding bits."""
        count = self.count
        if sequence == count.highest + 1 & 0xFFFF and count.base >= 0:  # in order, as nearly always
            count.add_next(timestamp, now)
            self.deliver(start, size, flags, sequence, timestamp, 1, now)
            return
        if count.base < 0 and self.packets:
            for egress in self.egresses:
                egress.follow(sequence)
        elif count.base >= 0 and not -JUMP < ahead(sequence, count.highest & 0xFFFF) < JUMP:
            self.restart(sequence)
        step = count.add(sequence, timestamp, now)
        if self.gathers and step > 1:
            self.missing.add_gap((sequence - step + 1) & 0xFFFF, step - 1, now)
        self.deliver(start, size, flags, sequence, timestamp, step, now)

    def receive_repair(self, start: int, size: int, flags: int, timestamp: int, now: float) -> None:
        """A packet of the retransmission stream (RFC 4588): the original sequence number, then its payload."""
        if size - start < 3 or self.count.base < 0 or (flags & PADDED and size - start - self.view[size - 1] < 2):
            return  # probing padding carries nothing
        sequence = self.view[start] << 8 | self.view[start + 1]
        step = ahead(sequence, self.count.highest & 0xFFFF)
        if sequence not in self.missing.missing or not -JUMP < step <= 0:
            return
        self.count.received += 1
        self.deliver(start + 2, size, flags, sequence, timestamp, step, now)

    def deliver(self, start: int, size: int, flags: int, sequence: int, timestamp: int, step: int, now: float) -> None:
        kept = self.kept
        place = sequence & kept.mask
        if step <= 0:
            if kept.sequences[place] == sequence:
                self.count.received -= 1  # a duplicate must not hide a loss
                return
            self.missing.remove(sequence, now)
        payload = self.view[start:size].tobytes()
        kept.sequences[place] = sequence
        kept.payloads[place] = payload
        kept.timestamps[place] = timestamp
        kept.flags[place] = flags
        if self.waiting:
            self.admits(self, step > 0 and begins_keyframe(self.plan.codec.name, payload), sequence, timestamp)
        self.packets += 1
        self.octets += size - start
        for egress in self.egresses:
            egress.forward(payload, flags, sequence, timestamp, now)


def nobody(_source: Ingress, _is_key: bool, _sequence: int, _timestamp: int) -> None:
    """Who is admitted to a track of one size: nobody waits there."""


def drop(_data: memoryview, _address: tuple[str, int]) -> int:
    """Where packets go before the subscriber's address is known."""
    return 0
