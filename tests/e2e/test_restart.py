"""The server dies in the middle of a live act, again and again: nothing acknowledged is lost, everyone comes back."""

from __future__ import annotations

import pathlib

import pytest
from playwright.async_api import Page
from visavis_core.trace.verify import verify_export

from tests.e2e.gestures import (
    EXPERT,
    NURSE,
    accept_request,
    answer,
    open_act,
    prepare,
    sign_in,
    start_session,
)
from tests.e2e.harness.browser import LAPTOP, TABLET, Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import advise, events_of, flow, poll, vkey_of, watch_picture, witness

pytestmark = [pytest.mark.e2e, pytest.mark.chaos]

KILLS = 20


async def test_twenty_kills_lose_nothing_and_both_browsers_come_back_by_themselves(
    demo_server: Server,
    stage: Stage,
    cameras: Cameras,
    voices: dict[int, pathlib.Path],
    tmp_path: pathlib.Path,
) -> None:
    base = demo_server.address
    light = cameras.on_site_light
    nurse = await stage.enter("nurse", picture=light, sound=voices[light.source], screen=TABLET)
    expert = await stage.enter("expert", picture=cameras.expert, sound=voices[cameras.expert.source], screen=LAPTOP)
    for person in (nurse, expert):
        await witness(person.context)
    await sign_in(nurse.page, base, NURSE)
    await sign_in(expert.page, base, EXPERT)
    act = await open_act(nurse.page)
    await prepare(nurse.page, base, act)
    await accept_request(expert.page, base, act)
    await answer(nurse.page, base, act, "jurisdiction", {"basis": "same_jurisdiction"})
    await start_session(nurse.page, base, act)
    await expert.page.goto(f"{base}/acts/{act}/room")
    await watch_picture(expert.page, light.source)
    await watch_picture(nurse.page, cameras.expert.source)

    acknowledged: list[str] = []
    for kill in range(KILLS):
        text = f"Conseil {kill + 1} : continuer."
        await advise(expert.page, text, "Évolution visible à l’image.")
        # The thread shows what the server acknowledged, and nothing else.
        await poll("the advice acknowledged", lambda text=text: _shown(expert.page, text))
        acknowledged.append(text)
        demo_server.kill()
        await demo_server.start()
        await _see_both_pictures_again(nurse.page, expert.page)

    events = await events_of(expert.page, base, act)
    kept = [each["body"]["text"] for each in events if each["body"]["type"] == "advice.given"]
    assert [text for text in acknowledged if text not in kept] == []
    assert len(kept) == len(set(kept)), "an advice was noted twice"
    assert [each["n"] for each in events] == list(range(len(events)))
    assert sum(each["body"]["type"] == "session.opened" for each in events) == 1, "it was to be the same session"

    export = tmp_path / "act.zip"
    export.write_bytes(await (await nurse.page.request.get(f"{base}/acts/{act}/export.zip")).body())
    report = verify_export(export, vkey_of(export))
    assert report.ok, report


async def _shown(page: Page, text: str) -> bool:
    return text in (await page.locator("visavis-advice").inner_text())


async def _see_both_pictures_again(*pages: Page) -> None:
    """By the browsers' own count, on links opened after the kill: nobody reloads, nobody clicks."""
    before = [await flow(page) for page in pages]

    async def advanced() -> bool:
        now = [await flow(page) for page in pages]
        for index, (past, present) in enumerate(zip(before, now, strict=True)):
            if present.framesDecoded < past.framesDecoded:
                before[index] = present  # old links were dropped: count from the new ones
        return all(b.framesDecoded - a.framesDecoded >= 5 for a, b in zip(before, now, strict=True))

    await poll("both pictures back after the kill", advanced, seconds=40)
