"""One picture in two sizes: each viewer gets the one its path carries, and changes without a seam."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from visavis_media import rtcp
from visavis_media.control import MediaControl
from visavis_media.keyframes import begins_keyframe
from visavis_media.layers import choose
from visavis_media.negotiation import URIS
from visavis_media.rtp import HEADER, find_extension, payload_at
from visavis_media.sdp import OfferRefused, read_offer
from visavis_media.settings import Limits
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp
from visavis_media.transport_feedback import build_feedback

SMALL, LARGE = 0, 1
RATES = (150_000, 1_500_000)


@pytest.mark.parametrize(
    ("rates", "current", "allowed", "chosen"),
    [
        ((0, 0), -1, 8_000_000, -1),  # nothing comes yet
        (RATES, -1, 8_000_000, LARGE),
        (RATES, SMALL, 1_600_000, SMALL),  # it would fit, without room
        (RATES, SMALL, 1_800_000, LARGE),
        (RATES, LARGE, 1_400_000, LARGE),  # a little too large is no reason to change
        (RATES, LARGE, 1_000_000, SMALL),
        (RATES, SMALL, 50_000, SMALL),  # better a picture that stutters than none
        ((150_000, 0), LARGE, 8_000_000, SMALL),  # the publisher's own line became narrow
        ((1_500_000, 150_000), SMALL, 8_000_000, SMALL),  # their order says nothing
        ((500_000, 600_000), SMALL, 8_000_000, SMALL),  # no change for so little
    ],
)
def test_the_largest_size_that_fits_is_chosen(rates, current: int, allowed: int, chosen: int) -> None:
    assert choose(rates, current, allowed) == chosen


@pytest.mark.parametrize(
    ("codec", "payload", "found"),
    [
        ("vp8", bytes([0x10, 0x00, 1, 2]), True),
        ("vp8", bytes([0x90, 0xE0, 0x80, 0x01, 5, 0x20, 0x00]), True),  # with a long picture id, tl0 and tid
        ("vp8", bytes([0x10, 0x01, 1, 2]), False),  # predicted
        ("vp8", bytes([0x00, 0x00, 1, 2]), False),  # not the beginning
        ("h264", bytes([0x78, 0, 2, 0x67, 1]), True),  # parameter sets together
        ("h264", bytes([0x67, 1, 2]), True),
        ("h264", bytes([0x7C, 0x85, 1]), True),  # first fragment of an IDR
        ("h264", bytes([0x7C, 0x05, 1]), False),
        ("h264", bytes([0x41, 1]), False),
        ("vp9", bytes([0x88, 1]), True),
        ("vp9", bytes([0xC8, 1]), False),
        ("av1", bytes([0x18, 1]), True),
        ("av1", bytes([0x10, 1]), False),
        ("vp8", b"", False),
        ("vp8", bytes([0x90]), False),  # cut short
        ("unknown", bytes(4), False),
    ],
)
def test_the_beginning_of_a_key_frame_is_recognized(codec: str, payload: bytes, found: bool) -> None:
    assert begins_keyframe(codec, payload) is found


RID = URIS["rid"]
REPAIRED = URIS["repaired_rid"]
TRANSPORT = URIS["transport"]
FEEDBACK = ("transport-cc", "goog-remb", "nack", "nack pli", "ccm fir")
SIZES = ("rid:s send", "rid:l send", "simulcast:send s;l")
CAMERA = OfferedTrack(
    kind="video",
    codec="VP8/90000",
    payload_type=96,
    rtx=97,
    feedback=FEEDBACK,
    extensions=((10, RID), (11, REPAIRED)),
    attributes=SIZES,
)
SCREEN = OfferedTrack(
    kind="video", codec="VP8/90000", payload_type=96, rtx=97, feedback=FEEDBACK, extensions=((5, TRANSPORT),)
)
SSRC = (0x51, 0x52)
CLOCK = (1_000_000, 77_000_000)  # each size counts from its own beginning
NAME = ("s", "l")
WIDE = 20  # packets of a frame of the large size, to one of the small


def test_an_answer_takes_the_sizes_that_were_offered(host_less_offer: str) -> None:
    offer = read_offer(host_less_offer, Limits())
    assert offer.sections[0].rids == ("s", "l")


@pytest.mark.parametrize(
    ("attributes", "rids"),
    [
        (("rid:s send", "simulcast:send s"), ()),  # one size is no simulcast
        (("rid:s send", "rid:l send", "simulcast:recv s;l"), ()),
        (("rid:s recv", "rid:l send", "simulcast:send s;l"), ()),
        (("rid:a send", "rid:b send", "rid:c send", "simulcast:send ~a,b;c"), ("a", "c")),
        (("rid:a send", "rid:b send", "simulcast:"), ()),
        (("rid:a send", "rid:b send", "simulcast:send"), ()),
        (("rid:", "rid:é send", "simulcast:send é;;;"), ()),
    ],
)
def test_sizes_are_read_from_an_offer_or_left_out(attributes, rids) -> None:
    text = offer_with(attributes)
    try:
        assert read_offer(text, Limits()).sections[0].rids == rids
    except OfferRefused:
        pytest.fail("an odd simulcast line is no reason to refuse the picture")


def offer_with(attributes: tuple[str, ...]) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", "a=sendonly"]
    lines += ["a=rtcp-mux", "a=ice-ufrag:abcd", "a=ice-pwd:" + "p" * 24, "a=fingerprint:sha-256 AA:BB"]
    lines += ["a=rtpmap:96 VP8/90000", f"a=extmap:10 {RID}", *(f"a={one}" for one in attributes)]
    return "\r\n".join(lines) + "\r\n"


@pytest.fixture
def host_less_offer() -> str:
    return offer_with(SIZES)


class Scene:
    """A camera in two sizes at 30 frames per second, and a viewer with transport-wide numbers."""

    def __init__(self, camera: SyntheticPeer, viewer: SyntheticPeer, answer: str) -> None:
        self.camera, self.viewer = camera, viewer
        self.ssrc = int(answer.partition("ssrc-group:FID ")[2].split()[0])
        self.sequences = [100, 40_000]
        self.frame = 0
        self.keys: set[int] = set()
        self.got: list[tuple[int, int, bytes]] = []  # (sequence, timestamp, payload) of the picture
        self.numbers: list[tuple[int, float]] = []
        self.queued = 0.0  # how late everything arrives, as the viewer says
        self.drops = 0.0
        self.resent = 0
        viewer.on_packet = self.take

    def take(self, packet: bytes) -> None:
        now = asyncio.get_running_loop().time()
        _, _, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
        at = find_extension(packet, len(packet), 5)
        self.numbers.append((packet[at] << 8 | packet[at + 1], now + self.queued))
        if ssrc == self.ssrc:
            self.got.append((sequence, timestamp, packet[payload_at(packet, len(packet)) :]))
        else:
            self.resent += 1

    def send_frame(self, sizes: tuple[int, ...] = (SMALL, LARGE)) -> None:
        for size in sizes:
            is_key = size in self.keys or self.frame == 0
            self.keys.discard(size)
            for place in range(WIDE if size == LARGE else 1):
                head = bytes([0x10 if place == 0 else 0x00, 0x00 if is_key else 0x01])
                body = head + NAME[size].encode() + self.frame.to_bytes(4) * 250
                timestamp = CLOCK[size] + 3_000 * self.frame
                packet = bytearray(pack_rtp(96, self.sequences[size], timestamp, SSRC[size], body))
                packet[0] |= 0x10
                packet[12:12] = b"\xbe\xde\x00\x01" + bytes([0xA0]) + NAME[size].encode() + b"\0\0"
                self.camera.send(bytes(packet))
                self.sequences[size] += 1
        self.frame += 1

    def send_clocks(self) -> None:
        ntp = 0xE0E1E2E3_00000000
        for size in (SMALL, LARGE):
            # The moment of the report is the same; each is half a millisecond wrong in its own direction.
            wrong = 45 if size else -45
            report = rtcp.build_sender_report(SSRC[size], ntp, CLOCK[size] + 3_000 * self.frame + wrong, 1, 1)
            self.camera.send_control(report)

    def answer(self) -> None:
        while self.camera.controls:
            packet = self.camera.controls.popleft()
            for part in rtcp.walk(packet):
                wanted = rtcp.read_keyframe_request(packet, part)
                if wanted in SSRC:
                    self.keys.add(SSRC.index(wanted))
        if self.numbers:
            self.numbers.sort()
            base = self.numbers[0][0]
            came = {number - base: moment for number, moment in self.numbers}
            self.viewer.send_control(build_feedback(1, self.ssrc, base, [came.get(n) for n in range(max(came) + 1)], 0))
            self.numbers.clear()

    async def play(self, frames: int, sizes: tuple[int, ...] = (SMALL, LARGE)) -> None:
        for number in range(frames):
            self.send_frame(sizes)
            if number % 3 == 2:
                self.answer()
            if number % 30 == 0:
                self.send_clocks()
            await asyncio.sleep(1 / 30)

    def shown(self) -> list[str]:
        """The sizes as they followed one another."""
        sizes = [payload[2:3].decode() for _, _, payload in self.got]
        return [size for at, size in enumerate(sizes) if at == 0 or sizes[at - 1] != size]


@pytest.fixture
async def scene(control: MediaControl, host: str) -> AsyncIterator[Scene]:
    camera, viewer = SyntheticPeer(host), SyntheticPeer(host)
    answer = await control.publish("s", "camera", camera.offer("sendonly", [CAMERA]))
    assert "a=simulcast:recv s;l" in answer.sdp
    await camera.connect(answer.sdp)
    answer = await control.subscribe("s", "camera", "viewer", viewer.offer("recvonly", [SCREEN]))
    assert "simulcast" not in answer.sdp
    await viewer.connect(answer.sdp)
    yield Scene(camera, viewer, answer.sdp)
    await camera.close()
    await viewer.close()


async def test_a_viewer_begins_with_what_comes_and_goes_on_to_the_large_size_without_a_seam(scene: Scene) -> None:
    await scene.play(15, (SMALL,))
    await eventually(lambda: scene.got)
    async with asyncio.timeout(20):
        while scene.shown()[-1:] != ["l"] or len(scene.got) < 300:
            await scene.play(6)

    assert scene.shown() == ["s", "l"]
    sequences = [sequence for sequence, _, _ in scene.got]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences))), "the numbers go on"
    change = next(at for at, (_, _, payload) in enumerate(scene.got) if payload[2:3] == b"l")
    assert scene.got[change][2][1] == 0, "it begins with a key frame"
    clock = CLOCK[SMALL]
    for sequence, timestamp, payload in scene.got:
        frame = int.from_bytes(payload[3:7])
        named = clock + 3_000 * frame
        # The frame of the change was shown in the small size already, so it comes one tick behind itself.
        assert timestamp in (named, named + 1) if sequence - sequences[0] < change + 3 * WIDE else timestamp == named


async def test_a_path_that_becomes_narrow_gets_the_small_size_and_later_the_large_one_again(scene: Scene) -> None:
    async with asyncio.timeout(20):
        while scene.shown()[-1:] != ["l"]:
            await scene.play(6)
        scene.queued = 0.0
        while scene.shown()[-1:] != ["s"]:
            scene.queued += 0.02  # a queue that grows and grows
            await scene.play(3)
    scene.queued = 0.0
    before = len(scene.got)
    await scene.play(30)
    assert {payload[2:3] for _, _, payload in scene.got[before:]} == {b"s"}, "it does not come back at once"

    async with asyncio.timeout(40):
        while scene.shown()[-1:] != ["l"]:
            await scene.play(6)
    assert scene.resent > 20, "the way up was tried with packets that cost nothing if they are lost"
    sequences = [sequence for sequence, _, _ in scene.got]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))


async def test_a_size_that_is_no_longer_sent_is_replaced_by_the_other(scene: Scene) -> None:
    async with asyncio.timeout(20):
        while scene.shown()[-1:] != ["l"]:
            await scene.play(6)
        while scene.shown()[-1:] != ["s"]:
            await scene.play(6, (SMALL,))


async def test_what_was_lost_before_a_change_is_found_after_it(scene: Scene) -> None:
    await scene.play(20, (SMALL,))
    small = list(scene.got)
    async with asyncio.timeout(20):
        while scene.shown()[-1:] != ["l"]:
            await scene.play(6)
    sequence, timestamp, payload = small[-1]
    seen: list[bytes] = []
    scene.viewer.on_packet = seen.append
    scene.viewer.send_control(rtcp.build_nack(1, scene.ssrc, [sequence]))
    await eventually(lambda: seen)
    assert HEADER.unpack_from(seen[0])[3] == timestamp
    assert seen[0][payload_at(seen[0], len(seen[0])) :] == sequence.to_bytes(2) + payload


async def test_a_picture_is_not_repaired_into_a_long_queue(scene: Scene) -> None:
    await scene.play(20)
    async with asyncio.timeout(20):
        while scene.queued < 0.4:
            scene.queued += 0.1
            await scene.play(3)
    repaired = scene.resent
    asked = scene.got[-1][0]
    scene.viewer.send_control(rtcp.build_nack(1, scene.ssrc, [asked]))
    await scene.play(6)
    assert scene.resent == repaired

    async with asyncio.timeout(20):
        while scene.resent == repaired:
            scene.queued = 0.0
            scene.viewer.send_control(rtcp.build_nack(1, scene.ssrc, [scene.got[-1][0]]))
            await scene.play(3)
