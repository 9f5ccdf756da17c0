"""A real browser publishes over WHIP and another one sees and hears it over WHEP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page


async def inbound(page: Page, name: str, kind: str) -> dict[str, Any]:
    stats = await page.evaluate("name => window.stats(name)", name)
    return next((one for one in stats if one["type"] == "inbound-rtp" and one["kind"] == kind), {})


async def until(page: Page, name: str, kind: str, field: str, wanted: int, seconds: float = 15.0) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            found = await inbound(page, name, kind)
            if found.get(field, 0) >= wanted:
                return found
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264", "video/VP9", "video/AV1"])
async def test_one_browser_publishes_and_another_decodes_it(stage, codec: str) -> None:
    nurse, physician = await stage.page(), await stage.page()
    wanted = {"audio": True, "video": {"width": 640, "height": 480, "frameRate": 15}}

    await nurse.evaluate("([c, codec]) => window.publish('camera', c, codec)", [wanted, codec])
    await physician.evaluate("window.subscribe('viewer', 'camera')")

    picture = await until(physician, "viewer", "video", "framesDecoded", 20)
    voice = await until(physician, "viewer", "audio", "packetsReceived", 50)
    assert picture["frameWidth"] == 640
    assert picture["packetsLost"] == 0
    assert voice["packetsLost"] == 0
