"""The media side of a link that publishes: packets in to its tracks, feedback out to its sender.

Knows: SSRCs, payload types and RTCP of one publisher. Refuses to know: addresses, handshakes, sessions.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis_media import rtcp
from visavis_media.bandwidth import StandingQueue, SubscriberCeiling, UplinkEstimate
from visavis_media.forwarder import MARKER, PADDED, Egress, Ingress
from visavis_media.layers import Layers
from visavis_media.messages import TrackStats
from visavis_media.plan import LinkPlan
from visavis_media.rtcp import Report
from visavis_media.rtp import HEADER, find_extension, payload_at, read_extension_text
from visavis_media.settings import Limits
from visavis_media.srtp import Workspace
from visavis_media.transport_feedback import ArrivalRecord
from visavis_media.yielding import NO_CAP

__all__ = ["Uplink"]

KEYFRAME_INTERVAL = 0.5  # a burst of requests gives one key frame; several per second would ruin the picture for all
MUCH_LOSS = 26  # of 256
OUR_SSRC = 1  # we send no media upstream; feedback needs some sender


class Uplink:
    __slots__ = (
        "_bytes",
        "_last",
        "_limits",
        "_routes",
        "_types",
        "_workspace",
        "allowed_bitrate",
        "arrivals",
        "cap",
        "ceiling",
        "congested_at",
        "estimate",
        "groups",
        "layers",
        "queues",
        "received",
        "send_control",
        "tracks",
        "transport_id",
        "unknown",
    )

    def __init__(
        self, plan: LinkPlan, limits: Limits, workspace: Workspace, send_control: Callable[[bytes], None]
    ) -> None:
        self._workspace = workspace
        self._limits = limits
        self.send_control = send_control
        # One group per section: a track each, or the sizes of one picture.
        self.groups = [
            [Ingress(track, limits.kept_packets, workspace, rid) for rid in track.rids or ("",)]
            for track in plan.tracks
        ]
        self.tracks = [track for group in self.groups for track in group]
        self.layers = next((Layers(group) for group in self.groups if len(group) > 1), None)
        self._routes: dict[int, tuple[Ingress, bool]] = {}
        self._types: dict[int, tuple[Ingress, bool]] = {}
        for track in self.tracks:
            self._types[track.plan.codec.payload_type] = (track, False)
            if track.plan.codec.rtx >= 0:
                self._types[track.plan.codec.rtx] = (track, True)
        self.transport_id = next((t.extensions.transport for t in plan.tracks if t.extensions.transport), 0)
        self.arrivals = ArrivalRecord()
        self.estimate = UplinkEstimate()
        self.ceiling = SubscriberCeiling()
        self.allowed_bitrate = 0
        self.cap = NO_CAP  # so that another link of the same end has room
        self.received = 0  # bits in the last second
        self.queues = [StandingQueue() for _ in self.tracks]
        self.congested_at = -1.0
        self.unknown = 0
        self._bytes = [0] * len(self.tracks)
        self._last = [(0, 0, 0, 0, 0)] * len(self.tracks)

    def receive(self, size: int, now: float) -> None:
        """One opened RTP packet of `size` bytes in the incoming buffer."""
        buffer = self._workspace.incoming
        start = payload_at(buffer, size)
        if start < 0:
            self.unknown += 1
            return
        if self.transport_id:
            at = find_extension(buffer, size, self.transport_id)
            if at > 0:
                self.arrivals.add(buffer[at] << 8 | buffer[at + 1], now)
        first, second, sequence, timestamp, ssrc = HEADER.unpack_from(buffer)
        route = self._routes.get(ssrc)
        if route is None:
            route = self.learn(ssrc, second & 0x7F, size)
            if route is None:
                return
        flags = second & MARKER | first & PADDED
        if route[1]:
            route[0].receive_repair(start, size, flags, timestamp, now)
        elif second & 0x7F == route[0].plan.codec.payload_type:
            route[0].receive(start, size, flags, sequence, timestamp, now)
        else:
            self.unknown += 1

    def learn(self, ssrc: int, payload_type: int, size: int) -> tuple[Ingress, bool] | None:
        """Bundled sections have distinct payload types (RFC 9143 §10.1.1), so they name the track of a new source; the
        size it is, when there are several, stands in a header extension of its first packets (RFC 8852)."""
        route = self._types.get(payload_type)
        if route is not None and route[0].rid:
            route = self.learn_size(route, size)
        if route is None:
            self.unknown += 1
            return None
        if len(self._routes) >= self._limits.sources_per_link:
            self._routes.clear()
        self._routes[ssrc] = route
        if route[1]:
            route[0].rtx_ssrc = ssrc
        else:
            route[0].adopt(ssrc)
        return route

    def learn_size(self, route: tuple[Ingress, bool], size: int) -> tuple[Ingress, bool] | None:
        extensions = route[0].plan.extensions
        wanted = extensions.repaired_rid if route[1] else extensions.rid
        rid = read_extension_text(self._workspace.incoming, size, wanted)
        return next(((track, route[1]) for track in self.tracks if rid and track.rid == rid), None)

    def control(self, data: memoryview, now: float) -> None:
        for part in rtcp.walk(data):
            report = rtcp.read_sender_report(data, part)
            if report is None:
                continue
            for track in self.tracks:
                if track.ssrc != report.ssrc:
                    continue
                track.last_report = report.ntp >> 16 & 0xFFFFFFFF
                track.last_report_at = now
                track.clock = report
                for egress in track.egresses:
                    egress.pass_report(report, now)

    def tick(self, now: float, count: int) -> None:
        """Every 20 ms; `count` is the tick's number."""
        for track in self.tracks:
            if track.missing.missing:
                wanted = track.missing.due(now)
                if wanted:
                    self.send_control(rtcp.build_nack(OUR_SSRC, track.ssrc, wanted))
            if track.missing.gave_up:
                track.missing.gave_up = False
                track.keyframe_wanted = True
            if track.keyframe_wanted and track.ssrc and now - track.keyframe_asked >= KEYFRAME_INTERVAL:
                track.keyframe_wanted = False
                if track.kind == "video":
                    track.keyframe_asked = now
                    track.keyframe_requests += 1
                    self.send_control(rtcp.build_pli(OUR_SSRC, track.ssrc))
        # Feedback each 60 ms: within what GCC's own receivers choose (50 to 250), at about 1 % of the rate.
        if self.transport_id and not count % 3:
            packet = self.arrivals.take(OUR_SSRC, self.tracks[0].ssrc)
            if packet:
                self.send_control(packet)
        if not count % 5:
            for track, queue in zip(self.tracks, self.queues, strict=True):
                if queue.look(track.count.take_quickest(), now):
                    self.congested_at = now
            if self.layers is not None:
                self.layers.steer(now)
                if self.layers.ceiling() < 0.9 * self.allowed_bitrate:
                    self.tell_rate(self.layers.ceiling())
            elif self.ceiling.moved:
                self.ceiling.told = self.ceiling.limit()
                self.tell_rate(self.ceiling.told)

    def second(self, now: float) -> tuple[TrackStats, ...]:
        """Once a second: receiver reports, the rate allowed, and what happened since the last time."""
        reports: list[Report] = []
        measured: list[TrackStats] = []
        worst = 0
        received = 0
        forwarded = 0
        for index, track in enumerate(self.tracks):
            fraction = track.count.take_fraction()
            if track.ssrc:
                reports.append(report_of(track, fraction, now))
            bits = (track.octets - self._bytes[index]) * 8
            self._bytes[index] = track.octets
            received += bits
            if track.kind == "video":
                worst = max(worst, fraction)
                if fraction > MUCH_LOSS:
                    self.congested_at = now
                forwarded += bits
            measured.append(self.measure(index, track, bits))
        if reports:
            self.send_control(rtcp.build_receiver_report(OUR_SSRC, reports))
        limit = self.ceiling.update(forwarded, now)
        if self.layers is not None:
            self.layers.measure()
            limit = self.layers.ceiling()
        estimate = self.estimate.update(received, worst)
        self.received = received
        # With transport-wide feedback the browser estimates its own path; our loss estimate would only hold it back.
        self.tell_rate(limit if self.transport_id else min(limit, estimate))
        of_tracks = iter(measured)
        return tuple(sum_of([next(of_tracks) for _ in group]) for group in self.groups)

    def tell_rate(self, bitrate: int) -> None:
        bitrate = self.allowed_bitrate = min(bitrate, self.cap)
        video = [track.ssrc for track in self.tracks if track.kind == "video" and track.ssrc]
        if video and any("goog-remb" in track.plan.codec.feedback for track in self.tracks):
            self.send_control(rtcp.build_remb(OUR_SSRC, bitrate, video))

    def measure(self, index: int, track: Ingress, bits: int) -> TrackStats:
        totals = (track.packets, track.missing.repaired, track.missing.asked, track.keyframe_requests, 0)
        packets, repaired, asked, keyframes, _ = (a - b for a, b in zip(totals, self._last[index], strict=True))
        self._last[index] = totals
        return TrackStats(
            kind=track.kind,
            packets=packets,
            bitrate=bits,
            lost=max(0, track.count.lost),
            jitter=track.count.jitter / track.count.clock,
            round_trip=track.missing.round_trip,
            repaired=repaired,
            nacks=asked,
            keyframe_requests=keyframes,
        )

    def attach(self, egresses: list[Egress]) -> None:
        for track in self.tracks:
            for egress in egresses:
                if track.rid and self.layers is not None:
                    if egress.kind == track.kind and egress not in self.layers.viewers:
                        self.layers.enter(egress)
                elif egress.kind == track.kind and egress not in track.egresses:
                    egress.kept = track.kept
                    # A new list, because the old one may be in the middle of being walked.
                    track.egresses = [*track.egresses, egress]
                    track.keyframe_wanted = True

    def detach(self, egresses: list[Egress]) -> None:
        if self.layers is not None:
            for egress in egresses:
                self.layers.leave(egress)
        for track in self.tracks:
            track.egresses = [egress for egress in track.egresses if egress not in egresses]

    def silence(self) -> None:
        """Forwards nothing from now on."""
        for track in self.tracks:
            track.egresses, track.waiting = [], []

    def want_keyframe(self, egress: Egress | None = None) -> None:
        """For everybody, or for one of its subscribers."""
        if egress is not None and self.layers is not None:
            self.layers.want_keyframe(egress)
            return
        for track in self.tracks:
            track.keyframe_wanted = True

    def feeds(self, egress: Egress) -> bool:
        """Whether it gets, or waits for, anything of ours."""
        return any(egress in track.egresses or egress in track.waiting for track in self.tracks)


def sum_of(sizes: list[TrackStats]) -> TrackStats:
    """The sizes of one picture as one track."""
    if len(sizes) == 1:
        return sizes[0]
    return TrackStats(
        kind=sizes[0].kind,
        packets=sum(size.packets for size in sizes),
        bitrate=sum(size.bitrate for size in sizes),
        lost=sum(size.lost for size in sizes),
        jitter=max(size.jitter for size in sizes),
        round_trip=max(size.round_trip for size in sizes),
        repaired=sum(size.repaired for size in sizes),
        nacks=sum(size.nacks for size in sizes),
        keyframe_requests=sum(size.keyframe_requests for size in sizes),
    )


def report_of(track: Ingress, fraction: int, now: float) -> Report:
    since = int((now - track.last_report_at) * 65_536) if track.last_report else 0
    return Report(
        ssrc=track.ssrc,
        lost_fraction=fraction,
        lost=max(0, min(track.count.lost, 0x7FFFFF)),
        highest=track.count.highest & 0xFFFFFFFF,
        jitter=min(int(track.count.jitter), 0xFFFFFFFF),
        last_report=track.last_report,
        delay=min(since, 0xFFFFFFFF),
    )
