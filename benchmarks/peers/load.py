"""The load: rooms of one publisher and some viewers, sent on a fixed schedule, and what became of every packet.

Knows: when each packet is due, when it came back. Refuses to know: who forwards it. Open loop: a slow forwarder is
sent to just the same, and the time stamp is the moment of the actual send call, so waiting in our own loop is counted
as lateness of the load (and reported), not as the forwarder's latency.
It spins instead of sleeping: no system under test pays for waking it, and no latency contains its own wake-up.
"""

from __future__ import annotations

import asyncio
import heapq
import secrets
import select
import struct
from array import array
from collections.abc import Callable
from time import monotonic_ns

import msgspec
from visavis_media import rtcp
from visavis_media.rtp import payload_at

from benchmarks.peers.material import FRAME_RATE, TRAILER, Material
from benchmarks.peers.peer import OPUS, VP8, WORKSPACE, LoadPeer

__all__ = ["Load", "Window"]

SECOND = 1_000_000_000
STAMP = struct.Struct("!QII")  # send time (ns), whether it belongs to a key frame, and a mark
MARK = 0x76697361
# One-byte-form extensions as Chromium writes them: abs-send-time 2, transport-cc 3, mid 4.
FRONT = struct.Struct("!BBHIIHHB3sBHBBxxx")
FRONT_SIZE = 28
NTP = 2_208_988_800
GRACE = 0.3  # a packet later than this is lost


class Window(msgspec.Struct):
    """One measured stretch. `latencies` in ns, one per stamped packet received; `lateness` of our own sends, ns."""

    seconds: float = 0.0
    cpu: float = 0.0  # seconds of processor the system under test used
    sent: int = 0  # packets into the forwarder
    expected: int = 0  # copies it should have sent
    received: int = 0  # any media packet, while the window was open
    stamped: int = 0  # of those expected, the ones that came
    idle: float = 0.0  # share of our own turns with nothing to do: near 0 the load itself is the limit
    latencies: array[int] = msgspec.field(default_factory=lambda: array("q"))
    lateness: array[int] = msgspec.field(default_factory=lambda: array("q"))

    @property
    def loss(self) -> float | None:
        return 1 - self.stamped / self.expected if self.expected else None


class Viewer:
    def __init__(self, peer: LoadPeer, load: Load) -> None:
        self.peer = peer
        self.load = load
        self.joined = monotonic_ns()
        self.first_key = 0
        self.asked = False
        self.sources: dict[int, list[int]] = {}  # ssrc -> [highest sequence, count]
        peer.on_media = self.take

    def take(self, size: int) -> None:
        incoming = WORKSPACE.incoming
        load = self.load
        load.received += 1
        source = int.from_bytes(incoming[8:12])
        if source not in self.sources:
            self.sources[source] = [0, 0]
        self.sources[source][0] = incoming[2] << 8 | incoming[3]
        moment, key, mark = STAMP.unpack_from(incoming, size - TRAILER)
        if not self.asked and incoming[1] & 0x7F != OPUS:
            self.asked = True
            self.peer.send_control(rtcp.build_pli(1, source))  # as a browser does that begins in the middle
        if mark == MARK:
            if load.opened_at <= moment < load.closed_at:
                load.stamped += 1
                load.latencies.append(monotonic_ns() - moment)
            if key and not self.first_key:
                self.first_key = monotonic_ns()
        elif not self.first_key and is_key_frame(size):
            self.first_key = monotonic_ns()

    def report(self) -> None:
        """What a browser sends each second: how it hears, and what rate it could take."""
        blocks = [
            rtcp.Report(ssrc=ssrc, lost_fraction=0, lost=0, highest=seen[0], jitter=0, last_report=0, delay=0)
            for ssrc, seen in self.sources.items()
        ]
        if blocks and self.peer.connected:
            packet = rtcp.build_receiver_report(1, blocks[:8]) + rtcp.build_remb(1, 20_000_000, list(self.sources)[:8])
            self.peer.send_control(packet)


class Publisher:
    def __init__(self, peer: LoadPeer, material: Material, stamped: bool) -> None:
        self.peer = peer
        self.material = material
        self.stamped = stamped
        self.viewers = 0
        self.transport = secrets.randbits(14)
        self.sequences = {"audio": secrets.randbits(14), "video": secrets.randbits(14)}
        self.counts = {"audio": [0, 0], "video": [0, 0]}
        self.frame = self.sound = 0
        self.frames_sent = 0
        self.key_wanted = True
        peer.on_control = self.take_control

    def take_control(self, size: int) -> None:
        data = bytes(WORKSPACE.incoming[:size])
        for part in rtcp.walk(data):
            if part.kind == rtcp.PSFB and rtcp.read_keyframe_request(data, part) is not None:
                self.key_wanted = True

    def send_frame(self) -> int:
        if self.key_wanted or self.frame >= len(self.material.frames):
            self.key_wanted = False
            self.frame = 0
        frame = self.material.frames[self.frame]
        last = len(frame.payloads) - 1
        timestamp = self.frames_sent * 90_000 // FRAME_RATE + 1_000
        for index, payload in enumerate(frame.payloads):
            self.send("video", VP8, index == last, timestamp, payload, frame.key)
        self.frame += 1
        self.frames_sent += 1
        return last + 1

    def send_sound(self) -> int:
        payload = self.material.audio[self.sound % len(self.material.audio)]
        self.send("audio", OPUS, False, self.sound * 960 + 1_000, payload, False)
        self.sound += 1
        return 1

    def send(self, kind: str, number: int, marker: bool, timestamp: int, payload: bytes, key: bool) -> None:
        out = WORKSPACE.outgoing
        peer = self.peer
        sequence = self.sequences[kind] = (self.sequences[kind] + 1) & 0xFFFF
        self.transport = (self.transport + 1) & 0xFFFF
        moment = monotonic_ns()
        FRONT.pack_into(
            out, 0, 0x90, number | marker << 7, sequence, timestamp & 0xFFFFFFFF, peer.ssrcs[kind], 0xBEDE, 3,
            0x22, ((moment >> 12) & 0xFFFFFF).to_bytes(3), 0x31, self.transport, 0x40,
            0x31 if kind == "video" else 0x30,
        )  # fmt: skip
        end = FRONT_SIZE + len(payload)
        out[FRONT_SIZE:end] = payload
        if self.stamped:
            STAMP.pack_into(out, end, moment, key, MARK)
            end += TRAILER
        size = peer.seal(end)
        try:
            peer.channel.send(WORKSPACE.outgoing_view[:size])
        except OSError:
            return
        count = self.counts[kind]
        count[0] += 1
        count[1] += end - FRONT_SIZE

    def report(self) -> None:
        now = monotonic_ns()
        ntp = (NTP << 32) + (now << 32) // SECOND
        for kind, clock, frames in (("video", 3_000, self.frames_sent), ("audio", 960, self.sound)):
            count = self.counts[kind]
            if count[0]:
                self.peer.send_control(
                    rtcp.build_sender_report(
                        self.peer.ssrcs[kind], ntp, (frames * clock + 1_000) & 0xFFFFFFFF, count[0], count[1]
                    )
                )


class Load:
    """`peers` join through `connect`; `spin` runs the schedule; between, `until` lets asyncio run too."""

    def __init__(self, material: Material, stamped: bool = True) -> None:
        self.material = material
        self.stamped_load = stamped
        self.publishers: list[Publisher] = []
        self.viewers: list[Viewer] = []
        self._peers: dict[int, LoadPeer] = {}
        self._poll = select.epoll()
        self._due: list[tuple[int, int, int, Publisher]] = []
        self._order = 0
        self._reports = monotonic_ns() + SECOND
        self.received = self.stamped = self.sent = self.expected = 0
        self.latencies: array[int] = array("q")
        self.lateness: array[int] = array("q")
        self.opened_at = self.closed_at = 1 << 62

    def add_peer(self, peer: LoadPeer) -> None:
        self._peers[peer.channel.fileno()] = peer
        self._poll.register(peer.channel, select.EPOLLIN)

    def publish(self, peer: LoadPeer) -> Publisher:
        """Starts sending; its frames begin at a moment of their own, as cameras do."""
        publisher = Publisher(peer, self.material, self.stamped_load)
        self.publishers.append(publisher)
        now = monotonic_ns()
        for kind, interval in ((0, SECOND // FRAME_RATE), (1, SECOND // 50)):
            self._order += 1
            heapq.heappush(self._due, (now + secrets.randbelow(interval), self._order, kind, publisher))
        return publisher

    def view(self, peer: LoadPeer, publisher: Publisher) -> Viewer:
        viewer = Viewer(peer, self)
        publisher.viewers += 1
        self.viewers.append(viewer)
        return viewer

    def step(self) -> bool:
        """One turn; False when there was nothing to do."""
        busy = False
        now = monotonic_ns()
        while self._due and self._due[0][0] <= now:
            moment, order, kind, publisher = heapq.heappop(self._due)
            count = publisher.send_sound() if kind else publisher.send_frame()
            interval = SECOND // 50 if kind else SECOND // FRAME_RATE
            heapq.heappush(self._due, (moment + interval, order, kind, publisher))
            if self.opened_at <= now < self.closed_at:
                self.sent += count
                self.expected += count * publisher.viewers
                self.lateness.append(now - moment)
            busy = True
            break  # what came back is read between two frames, so that our own queue stays short
        for descriptor, _ in self._poll.poll(0, 256):
            self._peers[descriptor].drain()
            busy = True
        if now >= self._reports:
            self._reports += SECOND
            for publisher in self.publishers:
                publisher.report()
                publisher.peer.check()
            for viewer in self.viewers:
                viewer.report()
                viewer.peer.check()
        return busy

    async def until(self, found: Callable[[], object], seconds: float = 15.0) -> None:
        """Runs until `found()`; raises TimeoutError."""
        end = monotonic_ns() + int(seconds * SECOND)
        while not found():
            if monotonic_ns() > end:
                raise TimeoutError
            for _ in range(20):
                self.step()
            await asyncio.sleep(0)

    async def connect(self, peer: LoadPeer, seconds: float = 15.0) -> None:
        """ICE and DTLS, the load going on meanwhile."""
        next_check = 0

        def done() -> bool:
            nonlocal next_check
            if peer.failure:
                raise ConnectionError(peer.failure)
            now = monotonic_ns()
            if not peer.checked and now >= next_check:
                next_check = now + SECOND // 20
                peer.check()
            return peer.connected

        await self.until(done, seconds)

    def spin(self, seconds: float) -> float:
        """Nothing but the schedule for `seconds`; returns the share of turns with nothing to do."""
        end = monotonic_ns() + int(seconds * SECOND)
        turns = idle = 0
        while monotonic_ns() < end:
            turns += 1
            if not self.step():
                idle += 1
        return idle / max(turns, 1)

    def measure(self, seconds: float, read_cpu: Callable[[], float]) -> Window:
        """A measured stretch; what was sent in it is waited for a little longer, the load going on meanwhile."""
        self.sent = self.expected = self.received = self.stamped = 0
        self.latencies, self.lateness = array("q"), array("q")
        cpu = read_cpu()
        self.opened_at = start = monotonic_ns()
        idle = self.spin(seconds)
        self.closed_at = monotonic_ns()
        window = Window(cpu=read_cpu() - cpu, received=self.received, seconds=(self.closed_at - start) / SECOND)
        self.spin(GRACE)
        window.sent, window.expected, window.stamped = self.sent, self.expected, self.stamped
        window.latencies, window.lateness, window.idle = self.latencies, self.lateness, idle
        self.opened_at = self.closed_at = 1 << 62
        return window

    async def close(self) -> None:
        self._due.clear()
        for viewer in self.viewers:
            await viewer.peer.close()
        for publisher in self.publishers:
            await publisher.peer.close()
        self._poll.close()


def is_key_frame(size: int) -> bool:
    """Of a VP8 packet that carries no stamp: the first of a frame whose frame header says key (RFC 7741 §4.3)."""
    incoming = WORKSPACE.incoming
    at = payload_at(incoming, size)
    if at < 0 or incoming[1] & 0x7F != VP8 or not incoming[at] & 0x10:
        return False
    first = incoming[at]
    at += 1
    if first & 0x80:
        more = incoming[at]
        at += 1
        if more & 0x80:
            at += 2 if incoming[at] & 0x80 else 1
        at += (more >> 6 & 1) + bool(more & 0x30)
    return at < size and not incoming[at] & 1
