"""The server dies in the middle of a live act, again and again: nothing acknowledged is lost, everyone comes back."""

from __future__ import annotations

import pathlib

import pytest
from playwright.async_api import Page
from visavis_core.trace.verify import verify_export

from tests.e2e.harness.browser import Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import advise, events_of, flow, poll, vkey_of
from tests.e2e.meeting import come_in, meet

pytestmark = [pytest.mark.e2e, pytest.mark.chaos]

KILLS = 20


async def test_twenty_kills_lose_nothing_and_both_browsers_come_back_by_themselves(
    demo_server: Server,
    stage: Stage,
    cameras: Cameras,
    voices: dict[int, pathlib.Path],
    tmp_path: pathlib.Path,
) -> None:
    nurse, expert = await come_in(stage, cameras, voices)
    meeting = await meet(demo_server, cameras, nurse, expert)
    base, act = meeting.base, meeting.act

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
    report = verify_export(export, await vkey_of(nurse.page, base, act))
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
