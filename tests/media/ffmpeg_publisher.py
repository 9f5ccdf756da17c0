"""Publishes a moving picture and a tone through FFmpeg's WHIP muxer until its standard input closes.

A process of its own: PyAV holds the interpreter while the muxer waits for an answer, and the test is who answers.
`python -m tests.media.ffmpeg_publisher <address> <certificate> <key>`; prints the number of pictures it sent.
"""

from __future__ import annotations

import fractions
import select
import sys
import time

import av
import numpy as np

FRAMES_PER_SECOND = 15
AUDIO_FRAME = 960
LONGEST_SECONDS = 120


def publish(address: str, certificate: str, key: str) -> int:
    options = {"cert_file": certificate, "key_file": key, "handshake_timeout": "15000"}
    with av.open(address, "w", format="whip", options=options) as whip:
        video = whip.add_stream("libx264", rate=FRAMES_PER_SECOND)
        video.width, video.height, video.pix_fmt = 320, 240, "yuv420p"
        video.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": "15", "bf": "0"}
        audio = whip.add_stream("libopus", rate=48_000)
        audio.layout = "stereo"
        began, pictures, sounds = time.monotonic(), 0, 0
        while not select.select([sys.stdin], [], [], 1 / 50)[0]:
            now = time.monotonic() - began
            if now > LONGEST_SECONDS:
                break
            while sounds * AUDIO_FRAME < now * 48_000:
                whip.mux(audio.encode(tone(sounds)))
                sounds += 1
            if pictures < now * FRAMES_PER_SECOND:
                whip.mux(video.encode(picture(pictures)))
                pictures += 1
    return pictures


def picture(number: int) -> av.VideoFrame:
    pixels = np.full((240, 320, 3), 90, np.uint8)
    pixels[:, number * 8 % 300 :][:, :20] = 220
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    frame.pts, frame.time_base = number, fractions.Fraction(1, FRAMES_PER_SECOND)
    return frame


def tone(number: int) -> av.AudioFrame:
    moments = np.arange(number * AUDIO_FRAME, (number + 1) * AUDIO_FRAME) / 48_000
    samples = (np.sin(2 * np.pi * 440 * moments) * 8_000).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2).reshape(1, -1), format="s16", layout="stereo")
    frame.pts, frame.sample_rate, frame.time_base = number * AUDIO_FRAME, 48_000, fractions.Fraction(1, 48_000)
    return frame


if __name__ == "__main__":
    print(publish(*sys.argv[1:4]))  # noqa: T201 its one result, read by the test
