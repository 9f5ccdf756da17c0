"""Emergency: pictures first, formalities owed; and nothing owed is forgotten at closing."""

from __future__ import annotations

import pathlib

import pytest
from playwright.async_api import Page, expect

from tests.e2e.gestures import EXPERT, NURSE, PLACE, act_of, answer, close_act, justify, sign_in, sign_note
from tests.e2e.harness.browser import Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import advise, clicks, count_clicks, events_of, poll, watch_picture
from tests.e2e.meeting import come_in

pytestmark = pytest.mark.e2e


async def test_three_clicks_to_both_pictures_and_every_skipped_formality_stays_owed(
    demo_server: Server, stage: Stage, cameras: Cameras, voices: dict[int, pathlib.Path]
) -> None:
    base = demo_server.address
    nurse, expert = await come_in(stage, cameras, voices)
    for person in (nurse, expert):
        await count_clicks(person.context)
    await sign_in(nurse.page, base, NURSE)
    await sign_in(expert.page, base, EXPERT)
    before = await clicks(nurse.page), await clicks(expert.page)

    await nurse.page.click(".main-actions .emergency")
    await nurse.page.click("button[name=specialty][value=wound_care]")
    await nurse.page.wait_for_url("**/room")
    act = act_of(nurse.page)
    # The request comes to the expert's queue by itself; one click takes it, into the room.
    await expert.page.click(f"form[action='/acts/{act}/accept'] button", timeout=20_000)
    await expert.page.wait_for_url(f"**/acts/{act}/room")
    await watch_picture(expert.page, cameras.on_site_light.source)
    await watch_picture(nurse.page, cameras.expert.source)
    assert await clicks(nurse.page) - before[0] <= 3
    assert await clicks(expert.page) - before[1] <= 1
    await stage.keep(nurse, "emergency_room")
    await stage.keep(expert, "emergency_room")

    # What was skipped is owed, by name, and the act cannot close before each is met or justified.
    await advise(expert.page, "Comprimer et surélever.", "Saignement actif à l’image.")
    await expect(nurse.page.locator("[data-advice=text]")).to_contain_text("Comprimer")
    await nurse.page.click("[data-do=heard]")
    await nurse.page.click("[data-do=end]")
    await nurse.page.click("dialog[open] [data-answer=end]")
    await poll("the live part over", lambda: _is_over(nurse.page, base, act))
    await nurse.page.goto(f"{base}/acts/{act}")
    owed = nurse.page.locator(".rail li:is(.missing, .owed)")
    assert await owed.count() >= 8
    await stage.keep(nurse, "emergency_owed")
    refused = await nurse.page.request.post(
        f"{base}/api/acts/{act}/commands",
        data={"type": "close_act", "outcome": "completed"},
        headers={"Origin": base},
    )
    assert refused.status == 422
    problem = await refused.json()
    assert set(problem["missing"]) >= {"B2", "D2", "E1", "E4", "E6", "E7"}

    await sign_note(expert.page, base, act, "assisting", {"approach": "Urgence hémorragique, compression efficace."})
    await sign_note(nurse.page, base, act, "on_site", {"care": "Compression, élévation, pansement."})
    # Who was there and where is never excused: it can always be said.
    await answer(nurse.page, base, act, "place", PLACE)
    await answer(nurse.page, base, act, "people", {"confidentiality": "true"})
    justified = await justify(nurse.page, base, act, "Saignement actif : le patient a été transféré aussitôt.")
    assert justified >= 6
    await close_act(nurse.page, base, act)
    events = await events_of(nurse.page, base, act)
    assert any(each["body"]["type"] == "act.closed" for each in events)
    assert sum(each["body"]["type"] == "obligation.derogated" for each in events) == justified


async def _is_over(page: Page, base: str, act: str) -> bool:
    return any(each["body"]["type"] == "act.live_ended" for each in await events_of(page, base, act))
