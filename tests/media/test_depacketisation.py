"""Frames survive the way into packets and out of them; what was damaged on the way never passes for a frame."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_media.depacketisation import UNPACKED, join_frame
from visavis_media.packetisation import LARGEST_PAYLOAD, split_frame
from visavis_media.reassembly import Frames

ENCODERS = {"vp8": "libvpx", "h264": "libx264"}
OPTIONS = {
    "vp8": {"deadline": "realtime"},
    "h264": {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"},
}


def encoded(codec: str, count: int = 4) -> list[bytes]:
    """Pictures of noise, so that every frame needs several packets."""
    encoder = av.CodecContext.create(ENCODERS[codec], "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuv420p"
    encoder.time_base, encoder.bit_rate, encoder.options = Fraction(1, 30), 4_000_000, OPTIONS[codec]
    noise = np.random.default_rng(7)
    frames = []
    for number in range(count):
        picture = av.VideoFrame.from_ndarray(noise.integers(0, 255, (240, 320, 3), dtype=np.uint8), "rgb24")
        picture.pts = number
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    return frames + [bytes(packet) for packet in encoder.encode(None)]


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_a_frame_comes_out_of_its_packets_as_a_decoder_takes_it(codec: str) -> None:
    decoder = av.CodecContext.create(codec, "r")
    seen = 0
    for number, frame in enumerate(encoded(codec)):
        payloads = split_frame(codec, frame)
        assert len(payloads) > 1
        assert max(map(len, payloads)) <= LARGEST_PAYLOAD
        joined = join_frame(codec, payloads)
        assert joined is not None
        assert joined.is_key == (number == 0)
        seen += len(decoder.decode(av.Packet(joined.data)))
    assert seen + len(decoder.decode(None)) == 4


def test_a_frame_without_its_beginning_is_none() -> None:
    for codec in ("vp8", "h264"):
        payloads = split_frame(codec, encoded(codec, 2)[1])
        assert join_frame(codec, payloads[1:]) is None


def test_vp9_descriptors_are_skipped_whatever_they_hold() -> None:
    """RFC 9628 §4.2: picture id of two bytes, layers, and a scalability structure with one picture of one reference."""
    start = bytes([0x80 | 0x20 | 0x08 | 0x02, 0x81, 0x23, 0x00, 0x07, 0x18, 0, 64, 0, 48, 1, 0x04, 1])
    joined = join_frame("vp9", [start + b"first", bytes([0x84, 0x81, 0x23]) + b"second"])
    assert joined is not None
    assert (joined.data, joined.is_key) == (b"firstsecond", True)


@given(st.sampled_from(sorted(UNPACKED)), st.lists(st.binary(max_size=40), max_size=6))
def test_no_bytes_make_it_raise(codec: str, payloads: list[bytes]) -> None:
    join_frame(codec, payloads)


def taken(frames: Frames, now: float) -> list[bytes]:
    return [b"".join(payloads) for _, payloads in frames.take(now)]


def test_packets_out_of_order_make_the_same_frame() -> None:
    frames = Frames()
    for sequence, payload in ((65_535, b"a"), (1, b"c"), (0, b"b")):
        frames.add(sequence, 90_000, sequence == 1, payload, 0.0)
    assert taken(frames, 0.0) == [b"abc"]


def test_a_lost_packet_costs_its_frame_and_is_not_waited_for_for_ever() -> None:
    frames = Frames()
    for sequence in (10, 11, 13, 14, 15):  # 12 is lost: the second packet of the second frame
        frames.add(sequence, 3_000 * (sequence // 2), sequence in (11, 13, 15), bytes([sequence]), sequence / 100)
    assert taken(frames, 0.2) == [bytes([10, 11])]
    assert taken(frames, 0.2) == []
    assert taken(frames, 0.7) == [bytes([14, 15])]
    assert frames.gaps == 1


def test_a_repair_that_comes_in_time_fills_its_gap() -> None:
    frames = Frames()
    for sequence in (1, 3):
        frames.add(sequence, 3_000, sequence == 3, bytes([sequence]), 0.0)
    assert taken(frames, 0.1) == []
    frames.add(2, 3_000, False, bytes([2]), 0.1)
    assert taken(frames, 0.1) == [bytes([1, 2, 3])]
    assert frames.gaps == 0


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 9), st.booleans()), max_size=300))
def test_any_order_of_numbers_is_borne(packets: list[tuple[int, int, bool]]) -> None:
    frames = Frames()
    for moment, (sequence, timestamp, marker) in enumerate(packets):
        frames.add(sequence, timestamp, marker, b"x", moment / 10)
        taken(frames, moment / 10)
