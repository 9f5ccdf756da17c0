"""FFmpeg's own WHIP muxer publishes, and a browser decodes what it sent.

FFmpeg asks to be the DTLS server. In PyAV's wheel its TLS (GnuTLS) makes itself a certificate on P-224, a curve that
OpenSSL 4 no longer has, and every handshake with it ends in an alert; with a certificate on P-256 it goes through.
docs/clients.md says so to whoever uses it.
"""

from __future__ import annotations

import asyncio
import pathlib
import sys

import av
import pytest
from visavis_media.testing import eventually

from tests.media.conftest import Stage
from tests.media.relay import make_certificate
from tests.media.test_browser_path import until

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.skipif(
    "whip" not in av.formats_available or "libx264" not in av.codecs_available,
    reason="this PyAV was built without FFmpeg's WHIP muxer or without x264",
)
async def test_a_browser_sees_and_hears_what_ffmpeg_publishes(stage: Stage, tmp_path: pathlib.Path) -> None:
    certificate, key = make_certificate(tmp_path, "127.0.0.1")
    encoder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.media.ffmpeg_publisher", f"{stage.address}/whip/encoder"),
        *(str(certificate), str(key)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await eventually(lambda: encoder.returncode is not None or publishes(stage, "encoder"), 30)
        physician = await stage.page()
        await physician.evaluate("window.subscribe('viewer', 'encoder')")
        seen = await until(physician, "viewer", "video", "framesDecoded", 20, 30)
        heard = await until(physician, "viewer", "audio", "packetsReceived", 50, 30)
        assert (seen["frameWidth"], seen["frameHeight"]) == (320, 240)
        assert heard["totalAudioEnergy"] > 0
        assert encoder.stdin is not None
        encoder.stdin.close()
        pictures, complaints = await asyncio.wait_for(encoder.communicate(), 20)
        assert encoder.returncode == 0, complaints.decode(errors="replace")[-2_000:]
        assert int(pictures) > 20
    finally:
        if encoder.returncode is None:
            encoder.kill()
            await encoder.wait()


def publishes(stage: Stage, link: str) -> bool:
    return any(stats.link == link for summary in stage.control.latest.values() for stats in summary.links)
