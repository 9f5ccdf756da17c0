"""A browser on a network that blocks UDP, changes its address or goes dark: its media comes back by itself.

One browser publishes and watches its own picture through the forwarder, so that one new frame has gone both ways.
Times are those of issue 3, "Shown by" 5.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright
from visavis_media.control import MediaControl
from visavis_media.settings import MediaSettings

from tests.media.conftest import CHROMIUM_ARGUMENTS, serving
from tests.media.door import door_app
from tests.media.far import FarNetwork, far

__all__ = ["far"]

CAMERA = {"audio": True, "video": {"width": 320, "height": 240, "frameRate": 15}}


@pytest.fixture
async def page(far: FarNetwork) -> AsyncIterator[Page]:
    control = await MediaControl.start(MediaSettings(host=far.near))
    await control.open_session("s")
    async with serving(door_app(control), far.near) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(far.browser),
            # A page over plain http gets no camera otherwise.
            args=[*CHROMIUM_ARGUMENTS, f"--unsafely-treat-insecure-origin-as-secure={address}"],
        )
        try:
            page = await browser.new_page()
            await page.goto(address)
            await page.wait_for_function("window.ready")
            yield page
        finally:
            await browser.close()
            await control.close()


async def meet(page: Page) -> None:
    await page.evaluate("async camera => window.watch(await window.publish(camera))", CAMERA)
    await picture_advances(page, 3, 20)


async def picture_advances(page: Page, frames: int, seconds: float) -> float:
    """Seconds until `frames` more were decoded. TimeoutError past `seconds`."""
    began = time.monotonic()
    start = await page.evaluate("window.decoded()")
    async with asyncio.timeout(seconds):
        while await page.evaluate("window.decoded()") < start + frames:  # noqa: ASYNC110 a browser is asked
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def protocols(page: Page) -> set[str]:
    return {(await page.evaluate(f"window.path({link})"))[1] for link in ("publisher", "subscriber")}


async def test_without_udp_media_goes_over_tcp(far: FarNetwork, page: Page) -> None:
    far.block("udp")
    began = time.monotonic()
    await meet(page)
    assert time.monotonic() - began < 5
    assert await protocols(page) == {"tcp"}


@pytest.mark.parametrize("blocked", ["", "udp"])
async def test_after_a_blackout_of_eight_seconds_the_picture_is_back_in_three(
    far: FarNetwork, page: Page, blocked: str
) -> None:
    if blocked:
        far.block(blocked)
    await meet(page)
    far.black_out()
    await asyncio.sleep(8)
    frozen = await page.evaluate("window.decoded()")
    assert ["subscriber", "lost"] in await page.evaluate("window.states"), "the page says that nothing arrives"
    far.light_up()
    assert await picture_advances(page, 2, 20) < 3
    assert await page.evaluate("window.decoded()") > frozen
    assert await protocols(page) == {"tcp" if blocked else "udp"}


async def test_another_address_is_taken_up(far: FarNetwork, page: Page) -> None:
    """The tablet changes networks. From a client's first check on the media is back at once (`test_links`); here the
    page must notice that nothing comes any more, and Chromium looks for new interfaces every two seconds only."""
    await meet(page)
    await asyncio.sleep(3)  # the page watches a flow once it is steady
    far.renumber()
    assert await picture_advances(page, 2, 20) < 5


async def test_an_ice_restart_interrupts_nothing(page: Page) -> None:
    await meet(page)
    ufrag = "window.subscriber.peer.localDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]"
    former, link = await page.evaluate(ufrag), await page.evaluate("window.subscriber.link")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.wait_for_function(f"{ufrag} !== '{former}' && window.subscriber.peer.signalingState === 'stable'")
    assert await picture_advances(page, 5, 20) < 1
    assert await page.evaluate("window.subscriber.link") == link, "the same link, under the same keys"
    assert ["subscriber", "lost"] not in await page.evaluate("window.states")
