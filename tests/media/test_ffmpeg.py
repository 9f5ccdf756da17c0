"""FFmpeg's own WHIP muxer publishes, and a browser decodes what it sent.

FFmpeg asks to be the DTLS server. In PyAV's wheel its TLS (GnuTLS) makes itself a certificate on P-224, a curve that
OpenSSL 4 no longer has, and every handshake with it ends in an alert; with a certificate on P-256 it goes through.
docs/clients.md says so to whoever uses it.
"""

from __future__ import annotations

import asyncio
import fractions
import pathlib
import threading
import time

import av
import numpy as np
import pytest
from visavis_media.testing import eventually

from tests.media.conftest import Stage
from tests.media.relay import make_certificate
from tests.media.test_browser_path import until

FRAMES_PER_SECOND = 15
AUDIO_FRAME = 960


def publish(address: str, certificate: pathlib.Path, key: pathlib.Path, stop: threading.Event) -> int:
    """Publishes a moving picture and a tone until `stop`; the number of pictures sent."""
    options = {"cert_file": str(certificate), "key_file": str(key), "handshake_timeout": "15000"}
    with av.open(address, "w", format="whip", options=options) as whip:
        video = whip.add_stream("libx264", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "15", "bf": "0"}
        audio = whip.add_stream("libopus", rate=48_000)
        audio.layout = "stereo"
        began, pictures, sounds = time.monotonic(), 0, 0
        while not stop.wait(1 / 50):
            now = time.monotonic() - began
            while sounds * AUDIO_FRAME < now * 48_000:
                whip.mux(audio.encode(tone(sounds)))
                sounds += 1
            if pictures < now * FRAMES_PER_SECOND:
                whip.mux(video.encode(picture(pictures)))
                pictures += 1
    return pictures


def picture(number: int) -> av.VideoFrame:
    pixels = np.full((240, 320, 3), 90, np.uint8)
    pixels[:, number * 8 % 320 :][:, :20] = 220
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts, frame.time_base = number, fractions.Fraction(1, FRAMES_PER_SECOND)
    return frame


def tone(number: int) -> av.AudioFrame:
    moments = np.arange(number * AUDIO_FRAME, (number + 1) * AUDIO_FRAME) / 48_000
    samples = (np.sin(2 * np.pi * 440 * moments) * 8_000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2).reshape(1, -1), format="s16", layout="stereo")
    frame.pts, frame.sample_rate, frame.time_base = number * AUDIO_FRAME, 48_000, fractions.Fraction(1, 48_000)
    return frame


@pytest.mark.skipif(
    "whip" not in av.formats_available or "libx264" not in av.codecs_available,
    reason="this PyAV was built without FFmpeg's WHIP muxer or without x264",
)
async def test_a_browser_sees_and_hears_what_ffmpeg_publishes(stage: Stage, tmp_path: pathlib.Path) -> None:
    certificate, key = make_certificate(tmp_path, "127.0.0.1")
    stop = threading.Event()
    publishing = asyncio.create_task(
        asyncio.to_thread(publish, f"{stage.address}/whip/encoder", certificate, key, stop)
    )
    try:
        await eventually(lambda: publishing.done() or any(stats.links for stats in stage.control.latest.values()), 30)
        if publishing.done():
            publishing.result()
        physician = await stage.page()
        await physician.evaluate("window.subscribe('viewer', 'encoder')")
        seen = await until(physician, "viewer", "video", "framesDecoded", 20, 30)
        heard = await until(physician, "viewer", "audio", "packetsReceived", 50, 30)
        assert (seen["frameWidth"], seen["frameHeight"]) == (320, 240)
        assert heard["totalAudioEnergy"] > 0
    finally:
        stop.set()
    assert await publishing > 20
