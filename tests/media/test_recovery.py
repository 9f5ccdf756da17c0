"""What gets lost on either side is asked for, found and delivered; key frames and clocks reach those who need them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from visavis_media import rtcp
from visavis_media.control import MediaControl
from visavis_media.rtp import HEADER, payload_at
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

SOURCE = 0xABCDEF01
REPAIR = 0xABCDEF02
TRANSPORT = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
VIDEO = OfferedTrack(
    kind="video", codec="VP8/90000", payload_type=96, rtx=97, feedback=("goog-remb", "nack", "nack pli", "ccm fir")
)
NUMBERED = msgspec.structs.replace(VIDEO, feedback=(*VIDEO.feedback, "transport-cc"), extensions=((5, TRANSPORT),))


class Pair:
    """A publisher and a viewer of the same track."""

    def __init__(self, publisher: SyntheticPeer, viewer: SyntheticPeer, answer: str) -> None:
        self.publisher = publisher
        self.viewer = viewer
        self.ssrc, self.rtx_ssrc = (int(n) for n in answer.partition("ssrc-group:FID ")[2].split()[:2])

    def send(self, number: int) -> None:
        self.publisher.send(pack_rtp(96, number, 3_000 * number, SOURCE, payload(number)))

    def asked_upstream(self) -> list[int]:
        return [n for kind, n in feedback(self.publisher) if kind == "nack"]


def payload(number: int) -> bytes:
    return f"payload {number}".encode() * 20


def feedback(peer: SyntheticPeer) -> list[tuple[str, int]]:
    """Everything a peer was asked, as (what, number)."""
    found: list[tuple[str, int]] = []
    for packet in peer.controls:
        for part in rtcp.walk(packet):
            nacked = rtcp.read_nack(packet, part)
            bitrate = rtcp.read_remb(packet, part)
            wanted = rtcp.read_keyframe_request(packet, part)
            found += [("nack", n) for n in nacked[1]] if nacked else []
            found += [("remb", bitrate)] if bitrate is not None else []
            found += [("keyframe", wanted)] if wanted is not None else []
            if (part.kind, part.form) == (rtcp.RTPFB, rtcp.TRANSPORT_FEEDBACK):
                found.append(("transport", int.from_bytes(packet[part.start + 8 : part.start + 10])))
    return found


async def connected(control: MediaControl, host: str, track: OfferedTrack) -> Pair:
    publisher, viewer = SyntheticPeer(host), SyntheticPeer(host)
    answer = await control.publish("s", "camera", publisher.offer("sendonly", [track]))
    await publisher.join(control, "camera", answer.sdp)
    answer = await control.subscribe("s", "camera", "viewer", viewer.offer("recvonly", [VIDEO]))
    await viewer.join(control, "viewer", answer.sdp)
    return Pair(publisher, viewer, answer.sdp)


@pytest.fixture
async def pair(control: MediaControl, host: str) -> AsyncIterator[Pair]:
    pair = await connected(control, host, VIDEO)
    yield pair
    await pair.publisher.close()
    await pair.viewer.close()


async def test_a_packet_lost_on_the_way_up_is_asked_for_and_delivered(pair: Pair) -> None:
    for number in (100, 101, 103, 104):
        pair.send(number)
    await eventually(lambda: pair.asked_upstream() == [102])

    repair = (102).to_bytes(2) + payload(102)
    pair.publisher.send(pack_rtp(97, 7, 3_000 * 102, REPAIR, repair))

    await eventually(lambda: len(pair.viewer.received) == 5)
    late = pair.viewer.received[-1]
    assert HEADER.unpack_from(late)[2:] == (102, 306_000, pair.ssrc)
    assert late[payload_at(late, len(late)) :] == payload(102)


async def test_a_question_is_repeated_and_given_up_for_a_key_frame(pair: Pair) -> None:
    pair.send(100)
    pair.send(102)
    await eventually(lambda: len(pair.asked_upstream()) == 10)
    pair.publisher.controls.clear()
    await eventually(lambda: ("keyframe", SOURCE) in feedback(pair.publisher))
    assert pair.asked_upstream() == []


async def test_a_packet_lost_on_the_way_down_comes_again_as_a_retransmission(pair: Pair) -> None:
    for number in range(200, 220):
        pair.send(number)
    await eventually(lambda: len(pair.viewer.received) == 20)

    pair.viewer.send_control(rtcp.build_nack(1, pair.ssrc, [205, 206, 219, 500]))
    await eventually(lambda: len(pair.viewer.received) == 23)

    for packet, number in zip(list(pair.viewer.received)[20:], (205, 206, 219), strict=True):
        _, kind, _, timestamp, source = HEADER.unpack_from(packet)
        assert (kind & 0x7F, timestamp, source) == (97, 3_000 * number, pair.rtx_ssrc)
        assert packet[payload_at(packet, len(packet)) :] == number.to_bytes(2) + payload(number)


async def test_many_wishes_for_a_key_frame_become_one(pair: Pair) -> None:
    pair.send(1)
    await eventually(lambda: ("keyframe", SOURCE) in feedback(pair.publisher))
    pair.publisher.controls.clear()

    for _ in range(30):
        pair.viewer.send_control(rtcp.build_pli(1, pair.ssrc))
    await eventually(lambda: ("keyframe", SOURCE) in feedback(pair.publisher))
    pair.viewer.send_control(rtcp.build_nack(1, pair.ssrc, [1]))
    await eventually(lambda: len(pair.viewer.received) == 2)

    assert feedback(pair.publisher).count(("keyframe", SOURCE)) == 1


async def test_the_publishers_clock_reaches_the_viewer_under_the_viewers_source(pair: Pair) -> None:
    pair.send(1)
    await eventually(lambda: len(pair.viewer.received) == 1)
    ntp = 0xE0E1E2E3_40414243
    pair.publisher.send_control(rtcp.build_sender_report(SOURCE, ntp, 123_456, 1, 100))

    await eventually(lambda: pair.viewer.controls)
    report = next(rtcp.read_sender_report(pair.viewer.controls[0], part) for part in rtcp.walk(pair.viewer.controls[0]))
    assert report == rtcp.SenderReport(pair.ssrc, ntp, 123_456)


async def test_a_publisher_is_told_what_arrived_and_how_fast_it_may_send(pair: Pair) -> None:
    for number in range(10):
        pair.send(number)
    await eventually(lambda: any(what == "remb" for what, _ in feedback(pair.publisher)))
    assert next(number for what, number in feedback(pair.publisher) if what == "remb") >= 1_500_000

    def reported() -> list[rtcp.Report]:
        return [
            report
            for packet in pair.publisher.controls
            for part in rtcp.walk(packet)
            if part.kind == rtcp.RR
            for report in rtcp.read_reports(packet, part)
        ]

    await eventually(reported)
    assert (reported()[0].ssrc, reported()[0].highest, reported()[0].lost) == (SOURCE, 9, 0)


async def test_a_narrow_viewer_lowers_the_publisher(pair: Pair) -> None:
    """While 2 Mb/s are forwarded, a viewer that says 600 kb/s puts that ceiling on the publisher."""
    number = 0
    async with asyncio.timeout(10):
        while ("remb", 600_000) not in [(what, round(n, -3)) for what, n in feedback(pair.publisher)]:
            for _ in range(10):
                number += 1
                pair.publisher.send(pack_rtp(96, number, 3_000 * number, SOURCE, bytes(1_100)))
            pair.viewer.send_control(rtcp.build_remb(1, 600_000, [pair.ssrc]))
            await asyncio.sleep(0.04)


async def test_transport_wide_feedback_reaches_the_publisher(control: MediaControl, host: str) -> None:
    pair = await connected(control, host, NUMBERED)
    for number in range(50):
        extension = b"\xbe\xde\x00\x01" + bytes([0x51]) + (1_000 + number).to_bytes(2) + b"\x00"
        packet = bytearray(pack_rtp(96, number, 3_000 * number, SOURCE, payload(number)))
        packet[0] |= 0x10
        packet[12:12] = extension
        pair.publisher.send(bytes(packet))
    await eventually(lambda: ("transport", 1_000) in feedback(pair.publisher))
    await pair.publisher.close()
    await pair.viewer.close()
