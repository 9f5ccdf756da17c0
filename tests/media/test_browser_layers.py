"""A real browser publishes its picture in two sizes, and another one decodes through every change between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page
from visavis_media.impairment import BadLine, Impairment

SIZES = [{"rid": "s", "scaleResolutionDownBy": 4, "maxBitrate": 150_000}, {"rid": "l", "maxBitrate": 1_500_000}]
CAMERA = {"audio": True, "video": {"width": 640, "height": 480, "frameRate": 15}}
USE_LARGE = """use => {
  const sender = window.peers.camera.getSenders().find(one => one.track && one.track.kind === 'video');
  const parameters = sender.getParameters();
  parameters.encodings.find(one => one.rid === 'l').active = use;
  return sender.setParameters(parameters);
}"""


async def inbound(page: Page, kind: str = "video") -> dict[str, Any]:
    stats = await page.evaluate("window.stats('viewer')")
    return next((one for one in stats if one["type"] == "inbound-rtp" and one["kind"] == kind), {})


async def until_width(page: Page, width: int, seconds: float) -> dict[str, Any]:
    """Until pictures of `width` are decoded, ten of them."""
    since = -1
    async with asyncio.timeout(seconds):
        while True:
            found = await inbound(page)
            if found.get("frameWidth") != width:
                since = -1
            elif since < 0:
                since = found["framesDecoded"]
            elif found["framesDecoded"] >= since + 10:
                return found
            await asyncio.sleep(0.1)


async def watched(stage, codec: str) -> tuple[Page, Page]:
    nurse, physician = await stage.page(), await stage.page()
    await nurse.evaluate(
        "([camera, codec, sizes]) => window.publish('camera', camera, codec, sizes)", [CAMERA, codec, SIZES]
    )
    await physician.evaluate("window.subscribe('viewer', 'camera')")
    await until_width(physician, 640, 30)
    return nurse, physician


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264"])
async def test_a_browser_decodes_through_the_changes_between_two_sizes(stage, codec: str) -> None:
    nurse, physician = await watched(stage, codec)

    await nurse.evaluate(USE_LARGE, False)
    await until_width(physician, 160, 20)
    await nurse.evaluate(USE_LARGE, True)
    found = await until_width(physician, 640, 30)

    # Frames dropped say how busy the machine is; a seam would have asked for key frames, and for packets again.
    assert found["pliCount"] <= 3
    assert found.get("packetsLost", 0) == 0


@pytest.fixture
async def line(stage, host: str) -> AsyncIterator[BadLine]:
    (server, *_) = stage.control.addresses
    line = BadLine(host, server)
    line.up = line.down = Impairment(delay=0.020)
    stage.detour[f"{server[0]} {server[1]} typ host"] = f"{line.address[0]} {line.address[1]} typ host"
    yield line
    line.close()


@pytest.mark.long
async def test_a_narrow_way_down_gets_the_small_size_and_the_large_one_when_it_is_wide_again(stage, line) -> None:
    _, physician = await watched(stage, "video/VP8")

    line.down = Impairment(delay=0.020, rate=400_000)
    await until_width(physician, 160, 15)
    await asyncio.sleep(8)
    narrow = await inbound(physician)
    voice = await inbound(physician, "audio")
    line.down = Impairment(delay=0.020)
    await until_width(physician, 640, 60)

    assert narrow["frameWidth"] == 160
    assert voice["packetsLost"] <= 0.02 * voice["packetsReceived"]
