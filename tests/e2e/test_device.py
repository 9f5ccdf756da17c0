"""A scope without a browser joins by a token from a page, is seen and photographed, and comes back after the server."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pathlib
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.harness.browser import Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import events_of, poll
from tests.e2e.meeting import come_in, meet

pytestmark = pytest.mark.e2e

FILMS = pathlib.Path(__file__).parents[1] / "media" / "moving_pictures.py"
SHOWS_THE_SCOPE = """() => [...document.querySelectorAll("[data-tiles] li[data-state=connected]")].some((row) =>
  row.innerText.includes("otoscope") && row.querySelector("video").videoWidth === 320)"""


def film(path: pathlib.Path) -> pathlib.Path:
    spec = importlib.util.spec_from_file_location("moving_pictures", FILMS)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: pathlib.Path = module.film(path)
    return made


@contextlib.asynccontextmanager
async def publishing(base: str, token: str, source: pathlib.Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "visavis_core.cli", "device", "publish", f"file:{source}"),
        *("--server", base, "--profile", "smooth"),
        env={**os.environ, "VISAVIS_DEVICE_TOKEN": token},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def let_in(page: Page, base: str, act: str, name: str) -> str:
    await page.goto(f"{base}/acts/{act}/devices")
    await page.fill("[name=name]", name)
    await page.click("main form button.primary")
    return await page.locator("#token").input_value()


async def test_a_scope_joins_by_a_token_is_photographed_and_comes_back(
    demo_server: Server,
    stage: Stage,
    cameras: Cameras,
    voices: dict[int, pathlib.Path],
    tmp_path: pathlib.Path,
) -> None:
    nurse, expert = await come_in(stage, cameras, voices)
    meeting = await meet(demo_server, cameras, nurse, expert)
    base, act = meeting.base, meeting.act
    token = await let_in(await nurse.context.new_page(), base, act, "otoscope")

    async with publishing(base, token, film(tmp_path / "scope.mkv")) as device:
        await expert.page.wait_for_function(SHOWS_THE_SCOPE, timeout=60_000)
        await nurse.page.wait_for_function(SHOWS_THE_SCOPE, timeout=60_000)  # it is not this page's own camera
        await expert.page.locator("[data-tiles] li button").filter(has_text="otoscope").click()
        await expect(expert.page.locator("[data-stage=sight]")).to_contain_text("trop petite", timeout=60_000)
        await stage.keep(expert, "device")
        await expert.page.keyboard.press("c")
        await expert.page.locator("[data-stills] li img").first.wait_for(timeout=60_000)
        events = await events_of(expert.page, base, act)
        kinds = [event["body"]["type"] for event in events]
        assert "session.device_authorised" in kinds
        [still] = [event["body"] for event in events if event["body"]["type"] == "still.captured"]
        assert (still["source"], still["method"], still["width"]) == ("device.otoscope", "stream", 320)
        assert token not in str(events)

        demo_server.kill()
        await demo_server.start()
        await expert.page.wait_for_function(SHOWS_THE_SCOPE, timeout=60_000)
        assert device.returncode is None

    async def scope_is_gone() -> bool:
        return not await expert.page.evaluate(SHOWS_THE_SCOPE)

    await poll("the scope leaves the room", scope_is_gone, seconds=40)
