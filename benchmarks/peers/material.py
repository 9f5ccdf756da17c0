"""What is sent: real VP8 at 720p and real Opus, encoded once, cut into packets as libwebrtc cuts them.

Knows: bytes of payloads and their order. Refuses to know: sockets, time. Real frames, because one of the peers decodes.
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np

__all__ = ["FRAME_RATE", "TRAILER", "Frame", "Material", "load_material"]

FRAME_RATE = 30
BITRATE = 1_500_000
FRAMES = 90  # a loop of three seconds that begins with its only key frame
TRAILER = 16  # room for the time stamp at the end of each payload
MAX_PAYLOAD = 1_160


class Frame(msgspec.Struct, frozen=True):
    key: bool
    payloads: tuple[bytes, ...]


class Material(msgspec.Struct, frozen=True):
    frames: tuple[Frame, ...]
    audio: tuple[bytes, ...]


def load_material(folder: Path) -> Material:
    """From the cache in `folder`, or encoded now."""
    cache = folder / "material.msgpack"
    if cache.exists():
        return msgspec.msgpack.decode(cache.read_bytes(), type=Material)
    material = Material(encode_video(), encode_audio())
    cache.write_bytes(msgspec.msgpack.encode(material))
    return material


def encode_video() -> tuple[Frame, ...]:
    """A moving gradient with grain, so that every frame costs about its share of the bit rate."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 1280, 720, "yuv420p"
    encoder.bit_rate = BITRATE
    encoder.time_base = Fraction(1, FRAME_RATE)
    encoder.gop_size = FRAMES * 2
    encoder.options = {
        "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "minrate": str(BITRATE),
        "maxrate": str(BITRATE), "bufsize": str(BITRATE // 2), "undershoot-pct": "100", "overshoot-pct": "15",
    }  # fmt: skip
    chance = np.random.default_rng(20261128)
    grain = chance.integers(0, 24, (720 * 3 // 2 + 64, 1280 + 64), dtype=np.uint8)
    ramp = (np.arange(1280)[None, :] // 6 + np.arange(1080)[:, None] // 9).astype(np.uint8)
    packets = []
    for number in range(FRAMES):
        dy, dx = chance.integers(0, 64, 2)
        picture = (ramp + np.uint8(number)) // 2 + 60 + grain[dy : dy + 1080, dx : dx + 1280]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="yuv420p")
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(Frame(bool(packet.is_keyframe), split(bytes(packet), number)) for number, packet in enumerate(packets))


def split(data: bytes, number: int) -> tuple[bytes, ...]:
    """Nearly equal parts, the larger ones last, each behind its payload descriptor (RFC 7741 §4.2).

    This is libwebrtc's way (`RtpPacketizer::SplitAboutEqually`): packets of one frame differ by at most one byte.
    """
    count = math.ceil(len(data) / (MAX_PAYLOAD - TRAILER - 4))
    small, larger = divmod(len(data), count)
    parts, at = [], 0
    for index in range(count):
        size = small + (index >= count - larger)
        descriptor = bytes([0x80 | (0x10 if index == 0 else 0), 0x80]) + (0x8000 | number).to_bytes(2)
        parts.append(descriptor + data[at : at + size])
        at += size
    return tuple(parts)


def encode_audio() -> tuple[bytes, ...]:
    """Two seconds of a warbling tone in 20 ms packets, constant 32 kb/s."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.bit_rate = 32_000
    encoder.options = {"vbr": "off", "frame_duration": "20"}
    packets: list[bytes] = []
    for number in range(100):
        moment = (np.arange(960) + 960 * number) / 48_000
        wave = (8_000 * np.sin(2 * np.pi * (300 + 40 * np.sin(moment * 9)) * moment)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None, :], format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, 960 * number
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(packets)
