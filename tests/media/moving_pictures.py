"""Encoded pictures and sound for tests that need no browser: real encoders, a synthetic WebRTC client."""

from __future__ import annotations

import asyncio
import pathlib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from visavis_media import rtcp
from visavis_media.control import MediaControl
from visavis_media.packetisation import split_frame
from visavis_media.testing import OfferedTrack, SyntheticPeer, pack_rtp

FEEDBACK = ("nack", "nack pli", "ccm fir")
TRACKS = {
    "vp8": OfferedTrack(kind="video", codec="VP8/90000", payload_type=96, feedback=FEEDBACK),
    "h264": OfferedTrack(
        kind="video",
        codec="H264/90000",
        payload_type=97,
        parameters="packetization-mode=1;profile-level-id=42e01f",
        feedback=FEEDBACK,
    ),
    "opus": OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111),
}
ENCODERS = {
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8"}),
    "h264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
}
Drawing = Callable[[int], np.ndarray[Any, Any]]


def textured(width: int = 320, height: int = 240, seed: int = 5) -> Drawing:
    """A picture full of detail that moves one pixel a frame. RGB, height x width x 3."""
    base = np.random.default_rng(seed).integers(40, 200, (height // 4, width // 4, 3), dtype=np.uint8)
    large = base.repeat(4, 0).repeat(4, 1)
    return lambda number: np.roll(large, number, axis=1)


def film(path: pathlib.Path, seconds: int = 3, rate: int = 15) -> pathlib.Path:
    """A moving pattern with a tone of 40 Hz in stereo."""
    draw = textured()
    with av.open(str(path), "w") as file:
        picture_stream = file.add_stream("mpeg4", rate=rate)
        picture_stream.width, picture_stream.height, picture_stream.pix_fmt = 320, 240, "yuv420p"
        sound_stream = file.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        for number in range(seconds * rate):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(draw(number)), "rgb24")
            file.mux(picture_stream.encode(picture))
            time = (np.arange(48_000 // rate) + number * (48_000 // rate)) / 48_000
            tone = (0.25 * np.sin(2 * np.pi * 40 * time) * 32_767).astype(np.int16)
            block = av.AudioFrame.from_ndarray(tone.repeat(2)[None, :], "s16", "stereo")
            block.sample_rate, block.time_base = 48_000, Fraction(1, 48_000)
            block.pts = number * (48_000 // rate)
            file.mux(sound_stream.encode(block))
        file.mux(picture_stream.encode(None))
    return path


class Camera:
    """Publishes what `draw` draws, and makes a key frame at the start and whenever one is asked for.

    `obeys` false: a sender that ignores every request.
    """

    def __init__(self, peer: SyntheticPeer, codec: str, draw: Drawing, *, rate: float = 15.0) -> None:
        self.peer, self.codec, self.draw, self.rate = peer, codec, draw, rate
        self.obeys = True
        self.key_frames = self.sent = self.sequence = 0
        height, width = draw(0).shape[:2]
        name, options = ENCODERS[codec]
        self.encoder = av.CodecContext.create(name, "w")
        self.encoder.width, self.encoder.height, self.encoder.pix_fmt = width, height, "yuv420p"
        self.encoder.time_base, self.encoder.bit_rate = Fraction(1, 1000), 1_500_000
        self.encoder.framerate = Fraction(round(rate))  # without it x264 spends its bits for 1,000 frames a second
        self.encoder.gop_size, self.encoder.options = 10_000, options
        self.running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.running = asyncio.get_running_loop().create_task(self.run())

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait([self.running])

    async def run(self) -> None:
        number = 0
        while True:
            self.send_frame(number, number == 0 or (self.obeys and self.asked()))
            number += 1
            await asyncio.sleep(1 / self.rate)

    def asked(self) -> bool:
        wanted = False
        while self.peer.controls:
            packet = self.peer.controls.popleft()
            wanted = wanted or any(rtcp.read_keyframe_request(packet, part) is not None for part in rtcp.walk(packet))
        return wanted

    def send_frame(self, number: int, is_key: bool) -> None:
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(self.draw(number)), "rgb24")
        picture.pts = round(1000 * number / self.rate)
        picture.pict_type = av.video.frame.PictureType.I if is_key else av.video.frame.PictureType.NONE
        self.key_frames += is_key
        timestamp = round(90_000 * number / self.rate)
        for packet in self.encoder.encode(picture):
            payloads = split_frame(self.codec, bytes(packet))
            for index, payload in enumerate(payloads):
                self.sequence += 1
                last = index == len(payloads) - 1
                track = TRACKS[self.codec]
                self.peer.send(pack_rtp(track.payload_type, self.sequence, timestamp, 0xCAFE, payload, last))
        self.sent += 1


async def publish(control: MediaControl, host: str, link: str, *codecs: str) -> SyntheticPeer:
    peer = SyntheticPeer(host)
    answer = await control.publish("s", link, peer.offer("sendonly", [TRACKS[codec] for codec in codecs]))
    await peer.connect(answer.sdp)
    return peer
