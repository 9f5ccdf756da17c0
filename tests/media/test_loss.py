"""Both ways lose packets at random, and what is seen and heard is whole all the same.

A publisher and a viewer of our own making, with real handshakes and keys, each behind a bad line of 40 ms round trip.
Each end repairs as a browser does: it keeps what it sent for those who ask, and asks for what it misses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from visavis_media import rtcp
from visavis_media.control import MediaControl
from visavis_media.impairment import BadLine, Impairment
from visavis_media.retransmission import MissingPackets, ReceptionCount
from visavis_media.rtp import HEADER, payload_at
from visavis_media.testing import OfferedTrack, SyntheticPeer, pack_rtp

VIDEO = OfferedTrack(
    kind="video", codec="VP8/90000", payload_type=96, rtx=97, feedback=("goog-remb", "nack", "nack pli", "ccm fir")
)
AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111, feedback=("nack",))
FRAMES_PER_SECOND, PACKETS_PER_FRAME = 30, 5
PICTURE, SOUND = 1_000, 2_000  # SSRCs
PACKET = 1_050  # bytes: 1.3 Mb/s


class Camera:
    """Sends even frames and even sound, and answers questions from what it sent."""

    def __init__(self, peer: SyntheticPeer) -> None:
        self.peer = peer
        self.sent: dict[tuple[int, int], bytes] = {}
        self.repairs = 0
        self.audio = self.video = 0

    def send(self, payload_type: int, ssrc: int, sequence: int, timestamp: int, payload: bytes, marker: bool) -> None:
        self.sent[ssrc, sequence] = pack_rtp(payload_type, sequence, timestamp, ssrc, payload, marker)
        self.peer.send(self.sent[ssrc, sequence])

    def send_sound(self) -> None:
        self.send(111, SOUND, self.audio, 960 * self.audio, self.audio.to_bytes(4) * 40, False)
        self.audio += 1

    def send_frame(self) -> None:
        frame = self.video // PACKETS_PER_FRAME
        for place in range(PACKETS_PER_FRAME):
            body = self.video.to_bytes(4) * (PACKET // 4)
            self.send(96, PICTURE, self.video, 3_000 * frame, body, place == PACKETS_PER_FRAME - 1)
            self.video += 1

    def answer(self) -> None:
        while self.peer.controls:
            packet = self.peer.controls.popleft()
            for part in rtcp.walk(packet):
                source, asked = rtcp.read_nack(packet, part) or (0, [])
                for sequence in asked:
                    known = self.sent.get((source, sequence))
                    if known is None:
                        continue
                    if source == PICTURE:
                        self.repairs += 1
                        timestamp = HEADER.unpack_from(known)[3]
                        known = pack_rtp(97, self.repairs, timestamp, PICTURE + 1, sequence.to_bytes(2) + known[12:])
                    self.peer.send(known)


class Viewer:
    """Notes what came and when, and asks for what is missing."""

    def __init__(self, peer: SyntheticPeer, answer: str) -> None:
        self.peer = peer
        self.picture, self.repair = (int(n) for n in answer.partition("ssrc-group:FID ")[2].split()[:2])
        self.came: dict[str, dict[int, float]] = {"audio": {}, "video": {}}
        self.wrong = 0
        self.missing = {"audio": MissingPackets(), "video": MissingPackets()}
        self.count = {"audio": ReceptionCount(48_000), "video": ReceptionCount(90_000)}
        self.sound = 0
        peer.on_packet = self.take

    def take(self, packet: bytes) -> None:
        now = asyncio.get_running_loop().time()
        _, kind, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
        payload = packet[payload_at(packet, len(packet)) :]
        what = "audio" if kind & 0x7F == 111 else "video"
        if what == "audio":
            self.sound = ssrc
        if kind & 0x7F == 97:
            sequence, payload = int.from_bytes(payload[:2]), payload[2:]
        else:
            step = self.count[what].add(sequence, timestamp, now)
            if step > 1:
                self.missing[what].add_gap((sequence - step + 1) & 0xFFFF, step - 1, now)
        self.missing[what].remove(sequence, now)
        number = int.from_bytes(payload[:4])
        self.wrong += payload != number.to_bytes(4) * (len(payload) // 4)
        self.came[what].setdefault(number, now)

    def ask(self) -> None:
        now = asyncio.get_running_loop().time()
        for what, ssrc in (("audio", self.sound), ("video", self.picture)):
            wanted = self.missing[what].due(now)
            if wanted:
                self.peer.send_control(rtcp.build_nack(1, ssrc, wanted))

    def share(self, what: str, sent: int) -> float:
        return len(self.came[what]) / sent

    def longest_freeze(self) -> float:
        """Between two frames that could be shown: a frame can, once it and all frames before it are whole."""
        came, moment, shown = self.came["video"], 0.0, []
        for frame in range(max(came) // PACKETS_PER_FRAME):
            packets = range(frame * PACKETS_PER_FRAME, (frame + 1) * PACKETS_PER_FRAME)
            if all(packet in came for packet in packets):
                moment = max(moment, *(came[packet] for packet in packets))
                shown.append(moment)
        return max(b - a for a, b in pairwise(shown))


class Scene:
    def __init__(self, camera: Camera, viewer: Viewer, line: BadLine) -> None:
        self.camera, self.viewer, self.line = camera, viewer, line

    async def play(self, seconds: float, loss: float) -> None:
        loop = asyncio.get_running_loop()
        self.line.up = self.line.down = Impairment(loss=loss, delay=0.020)
        start = loop.time()
        step = 0
        while step < seconds * 150:  # 6.7 ms: sound on every third step, a frame on every fifth
            step % 3 or self.camera.send_sound()
            step % 5 or self.camera.send_frame()
            self.camera.answer()
            self.viewer.ask()
            step += 1
            await asyncio.sleep(max(0.0, start + step / 150 - loop.time()))
        # The last words are not what this is about: they come without loss, and repairs have their time.
        self.line.up = self.line.down = Impairment(delay=0.020)
        self.camera.send_sound()
        self.camera.send_frame()
        for _ in range(100):
            self.camera.answer()
            self.viewer.ask()
            await asyncio.sleep(0.01)


@pytest.fixture
async def scene(control: MediaControl, host: str) -> AsyncIterator[Scene]:
    server = control.addresses[0]
    line = BadLine(host, server)

    def behind(answer: str) -> str:
        return answer.replace(f"{server[0]} {server[1]} typ", f"{line.address[0]} {line.address[1]} typ")

    publisher, watcher = SyntheticPeer(host), SyntheticPeer(host)
    answer = await control.publish("s", "camera", publisher.offer("sendonly", [AUDIO, VIDEO]))
    await publisher.join(control, "camera", behind(answer.sdp))
    answer = await control.subscribe("s", "camera", "viewer", watcher.offer("recvonly", [AUDIO, VIDEO]))
    await watcher.join(control, "viewer", behind(answer.sdp))
    yield Scene(Camera(publisher), Viewer(watcher, answer.sdp), line)
    await publisher.close()
    await watcher.close()
    line.close()


async def test_at_one_packet_in_twenty_the_picture_is_whole_and_does_not_freeze(scene: Scene) -> None:
    await scene.play(12, loss=0.05)
    assert scene.line.lost > 100
    assert scene.viewer.share("video", scene.camera.video) >= 0.999
    assert scene.viewer.longest_freeze() <= 0.400
    assert scene.viewer.wrong == 0


async def test_at_one_packet_in_five_the_voice_is_still_understood(scene: Scene) -> None:
    await scene.play(12, loss=0.20)
    assert scene.viewer.share("audio", scene.camera.audio) >= 0.95
    assert scene.viewer.wrong == 0


@pytest.mark.long
@pytest.mark.parametrize(("loss", "what", "wanted"), [(0.05, "video", 0.999), (0.20, "audio", 0.95)])
async def test_a_whole_minute_of_it(scene: Scene, loss: float, what: str, wanted: float) -> None:
    await scene.play(60, loss)
    sent = {"video": scene.camera.video, "audio": scene.camera.audio}[what]
    assert scene.viewer.share(what, sent) >= wanted
    if what == "video":
        assert scene.viewer.longest_freeze() <= 0.400
