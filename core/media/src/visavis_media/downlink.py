"""The media side of a link that subscribes: its egresses, and what its receiver asks for.

Knows: RTCP of one subscriber. Refuses to know: addresses, handshakes, sessions, and the publisher's numbers.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis_media import rtcp
from visavis_media.bandwidth import SubscriberCeiling
from visavis_media.channel import Address, Channel
from visavis_media.congestion import PathEstimate, SentPackets
from visavis_media.forwarder import Egress
from visavis_media.messages import TrackStats
from visavis_media.plan import LinkPlan
from visavis_media.srtp import Keys, Workspace
from visavis_media.transport_feedback import read_feedback
from visavis_media.uplink import Uplink
from visavis_media.yielding import NO_CAP

__all__ = ["Downlink"]

TICKS_PER_SECOND = 50
FOR_SOUND = 64_000  # bits per second of the path that the picture leaves alone
WITH_ROOM = 1.2  # a larger size is tried for with this much above its rate
LONG_QUEUE = 0.200
MOST_PADDED = 12  # packets per tick


class Downlink:
    __slots__ = (
        "_bits",
        "_last",
        "_plan",
        "_workspace",
        "cap",
        "carried",
        "egresses",
        "key",
        "lost",
        "path",
        "send_control",
        "sent",
        "source",
        "told",
    )

    def __init__(
        self, plan: LinkPlan, workspace: Workspace, source: Uplink, send_control: Callable[[bytes], None]
    ) -> None:
        self._plan = plan
        self._workspace = workspace
        self.source = source
        self.send_control = send_control
        self.egresses: list[Egress] = []
        self.key = plan.tracks[0].ssrc  # names this subscriber among its publisher's
        self.lost: dict[int, tuple[int, int]] = {}
        self.sent = SentPackets()
        self.path = PathEstimate()
        self.told = SubscriberCeiling()  # of a browser that estimates its path itself
        self._last: list[tuple[int, int, int, int]] = []
        self._bits = 0
        self.cap = NO_CAP  # so that another link of the same end has room
        self.carried = 0  # bits in the last second

    def connect(self, keys: Keys) -> None:
        self.egresses = [
            Egress(track, keys.seal, self._workspace, self.send_control, self.sent) for track in self._plan.tracks
        ]
        self._last = [(0, 0, 0, 0)] * len(self.egresses)
        self.source.attach(self.egresses)

    def aim(self, channel: Channel, address: Address) -> None:
        # Over TCP pictures have a lane of their own, which is full first.
        pictures: Channel = getattr(channel, "video", channel)
        for egress in self.egresses:
            egress.aim(pictures if egress.kind == "video" else channel, address)

    def close(self) -> None:
        self.source.detach(self.egresses)
        self.source.ceiling.forget(self.key)

    def control(self, data: memoryview, now: float) -> None:
        for part in rtcp.walk(data):
            if part.kind in (rtcp.RR, rtcp.SR):
                self.note_reports(data, part, now)
            elif part.kind == rtcp.RTPFB and part.form == rtcp.TRANSPORT_FEEDBACK:
                self.note_arrivals(data, part, now)
            elif part.kind == rtcp.RTPFB:
                asked = rtcp.read_nack(data, part)
                if asked is not None:
                    for egress in self.egresses:
                        # Into a queue that long a repair of the picture would only push the sound further back; who
                        # misses it asks again.
                        if egress.ssrc == asked[0] and (egress.kind == "audio" or self.path.queue < LONG_QUEUE):
                            egress.resend(asked[1], now)
            elif part.kind == rtcp.PSFB:
                self.note_payload_feedback(data, part, now)

    def note_reports(self, data: memoryview, part: rtcp.Part, now: float) -> None:
        for report in rtcp.read_reports(data, part):
            for egress in self.egresses:
                if egress.ssrc != report.ssrc:
                    continue
                self.lost[egress.ssrc] = (report.lost, report.jitter)
                sent = egress.sender_reports.get(report.last_report)
                if sent is not None:
                    egress.round_trip = max(0.0, now - sent - report.delay / 65_536)

    def note_arrivals(self, data: memoryview, part: rtcp.Part, now: float) -> None:
        read = read_feedback(data, part.start, part.end)
        if read is not None:
            self.path.acknowledge(self.sent, *read, now)
            if self.path.known:
                self.source.ceiling.measure(self.key, min(self.path.bitrate, self.cap))

    def note_payload_feedback(self, data: memoryview, part: rtcp.Part, now: float) -> None:
        bitrate = rtcp.read_remb(data, part)
        if bitrate is not None:
            self.told.report(self.key, bitrate, now)
            self.source.ceiling.report(self.key, bitrate, now)
            return
        wanted = rtcp.read_keyframe_request(data, part)
        for egress in self.egresses:
            if egress.ssrc == wanted:
                self.source.want_keyframe(egress)

    def tick(self, now: float, count: int) -> None:
        """Every 20 ms: which size of the picture this path carries, and whether it would carry a larger one."""
        layers = self.source.layers
        picture = next((egress for egress in self.egresses if egress.kind == "video"), None)
        if layers is None or picture is None:
            return
        if not count % 5:
            layers.allow(picture, min(self.path.bitrate, self.told.ceiling, self.cap) - FOR_SOUND)
        larger = layers.larger_rate(picture)
        if larger:
            lacking = self.path.padding(int(larger * WITH_ROOM) + FOR_SOUND, now) // 8 // TICKS_PER_SECOND
            for _ in range(MOST_PADDED):
                if lacking <= 0 or not (sent := picture.pad(now)):
                    break
                lacking -= sent

    def second(self, now: float) -> tuple[TrackStats, ...]:
        stats = []
        bits = sum(egress.octets for egress in self.egresses) * 8
        self.carried, self._bits = bits - self._bits, bits
        self.told.update(self.carried, now)
        self.source.ceiling.measure(self.key, min(self.path.bitrate, self.cap))
        for index, egress in enumerate(self.egresses):
            totals = (egress.forwarded, egress.octets, egress.nacks, egress.resent)
            packets, octets, nacks, resent = (a - b for a, b in zip(totals, self._last[index], strict=True))
            self._last[index] = totals
            lost, jitter = self.lost.get(egress.ssrc, (0, 0))
            stats.append(
                TrackStats(
                    kind=egress.kind,
                    packets=packets,
                    bitrate=octets * 8,
                    lost=max(0, lost),
                    jitter=jitter / egress.plan.codec.clock,
                    round_trip=egress.round_trip,
                    repaired=resent,
                    nacks=nacks,
                    keyframe_requests=0,
                )
            )
        return tuple(stats)
