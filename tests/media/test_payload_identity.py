"""What leaves the forwarder is what came in: every payload byte, for every codec, at any size and padding."""

from __future__ import annotations

import random

import pytest
from visavis_media.control import MediaControl
from visavis_media.rtp import HEADER, payload_at
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

FEEDBACK = ("goog-remb", "nack", "nack pli")
SEND_TIME = ((3, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),)
CODECS = [
    ("video", "VP8/90000", ""),
    ("video", "VP9/90000", "profile-id=0"),
    ("video", "H264/90000", "packetization-mode=1;profile-level-id=42e01f"),
    ("video", "AV1/90000", "profile=0"),
    ("audio", "opus/48000/2", "minptime=10;useinbandfec=1"),
]


@pytest.mark.parametrize(("kind", "codec", "parameters"), CODECS)
async def test_payload_bytes_are_untouched(control: MediaControl, host: str, kind, codec, parameters) -> None:
    publisher, viewer = SyntheticPeer(host), SyntheticPeer(host)
    sent = OfferedTrack(kind=kind, codec=codec, payload_type=96, rtx=97, parameters=parameters, feedback=FEEDBACK)
    seen = OfferedTrack(
        kind=kind, codec=codec, payload_type=120, parameters=parameters, feedback=FEEDBACK, extensions=SEND_TIME
    )
    answer = await control.publish("s", "camera", publisher.offer("sendonly", [sent]))
    await publisher.join(control, "camera", answer.sdp)
    answer = await control.subscribe("s", "camera", "viewer", viewer.offer("recvonly", [seen]))
    await viewer.join(control, "viewer", answer.sdp)
    ssrc = int(answer.sdp.partition("a=ssrc:")[2].split()[0])

    # The viewer knows that it is connected a moment before the worker does; what comes in that moment is not for it.
    first = 65_300
    while not viewer.received:
        first += 1
        publisher.send(pack_rtp(96, first, 0, 0xABCDEF01, b"are you there"))
        await eventually(lambda: viewer.received, 0.1, strict=False)
    viewer.received.clear()

    chance = random.Random(20261123)
    payloads = [chance.randbytes(chance.choice([1, 20, 160, 900, 1180])) for _ in range(400)]
    for number, payload in enumerate(payloads):
        publisher.send(pack_rtp(96, 65_400 + number, 3_000 * number, 0xABCDEF01, payload, marker=number % 3 == 0))
        if number % 20 == 19:
            await eventually(lambda n=number: len(viewer.received) == n + 1)

    for number, (packet, payload) in enumerate(zip(viewer.received, payloads, strict=True)):
        _, second, sequence, timestamp, source = HEADER.unpack_from(packet)
        assert packet[payload_at(packet, len(packet)) :] == payload
        assert (second & 0x7F, second >> 7) == (120, number % 3 == 0)
        assert (sequence, timestamp, source) == ((65_400 + number) & 0xFFFF, 3_000 * number, ssrc)
    await publisher.close()
    await viewer.close()
