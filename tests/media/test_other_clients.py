"""Not only Chromium: Firefox both ways, and a Python client that decodes what Chromium sends."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from tests.media.conftest import Stage
from tests.media.firefox import Firefox, firefox
from tests.media.test_browser_path import until

__all__ = ["firefox"]

CAMERA = {"audio": True, "video": {"width": 320, "height": 240, "frameRate": 15}}


async def decoded(fox: Firefox, name: str, kind: str, field: str, wanted: int) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            stats = await fox.evaluate(f"window.stats('{name}')")
            found = next((one for one in stats if one["type"] == "inbound-rtp" and one["kind"] == kind), {})
            if found.get(field, 0) >= wanted:
                return found
            await asyncio.sleep(0.2)


async def test_firefox_and_chromium_see_and_hear_each_other(stage: Stage, firefox: Firefox) -> None:
    await firefox.open(stage.address)
    await firefox.evaluate("window.publish('fox', {audio: true, video: {width: 320, height: 240}})")
    page = await stage.page()
    await page.evaluate("camera => window.publish('chrome', camera)", CAMERA)
    await page.evaluate("window.subscribe('to-chrome', 'fox')")
    await firefox.evaluate("window.subscribe('to-fox', 'chrome')")

    seen = await until(page, "to-chrome", "video", "framesDecoded", 20, 30)
    assert seen["frameWidth"] > 0
    await until(page, "to-chrome", "audio", "packetsReceived", 50, 30)
    await decoded(firefox, "to-fox", "video", "framesDecoded", 20)
    await decoded(firefox, "to-fox", "audio", "packetsReceived", 50)


async def test_a_python_client_decodes_what_chromium_sends(stage: Stage) -> None:
    page = await stage.page()
    await page.evaluate("camera => window.publish('camera', camera)", CAMERA)
    client = RTCPeerConnection()
    tracks: dict[str, MediaStreamTrack] = {}
    client.on("track", lambda track: tracks.update({track.kind: track}))
    for kind in ("audio", "video"):
        client.addTransceiver(kind, direction="recvonly")
    await client.setLocalDescription(await client.createOffer())
    async with httpx.AsyncClient(base_url=stage.address) as http:
        headers = {"Content-Type": "application/sdp"}
        answer = await http.post("/whep/camera/viewer", content=client.localDescription.sdp, headers=headers)
    assert answer.status_code == 201
    await client.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    try:
        async with asyncio.timeout(30):
            pictures = [await tracks["video"].recv() for _ in range(10)]
            sounds = [await tracks["audio"].recv() for _ in range(20)]
        assert {(picture.width, picture.height) for picture in pictures} == {(320, 240)}
        assert len({picture.pts for picture in pictures}) == 10
        assert {sound.sample_rate for sound in sounds} == {48_000}
    finally:
        await client.close()
