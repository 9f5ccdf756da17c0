"""Consent withdrawn in the middle of a téléassistance: the media stops, the act closes as withdrawn, the notes say so.

The browsers here are stubborn on purpose: they refuse to close a link or to stop a camera. What ends the media is the
core, or nothing is.
"""

from __future__ import annotations

import datetime
import pathlib

import pytest
from playwright.async_api import Page, expect

from tests.e2e.gestures import close_act, sign_note
from tests.e2e.harness.browser import Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import advise, events_of, note_words, poll
from tests.e2e.meeting import come_in, meet
from tests.e2e.stubborn import received_after, refuse_to_stop, still_sends

pytestmark = pytest.mark.e2e

GRACE_SECONDS = 1.0


async def test_withdrawn_consent_stops_the_media_and_is_written_in_both_notes(
    demo_server: Server, stage: Stage, cameras: Cameras, voices: dict[int, pathlib.Path]
) -> None:
    nurse, expert = await come_in(stage, cameras, voices)
    for person in (nurse, expert):
        await refuse_to_stop(person.context)
    meeting = await meet(demo_server, cameras, nurse, expert)
    base, act = meeting.base, meeting.act
    await advise(expert.page, "Laver au sérum, ne pas frotter.", "Plaie souillée à l’image.")
    await expect(nurse.page.locator("[data-advice=text]")).to_contain_text("sérum")
    await nurse.page.click("[data-do=heard]")

    # Two gestures, none of them typing.
    await nurse.page.click(".bar [data-do=withdraw]")
    await nurse.page.click("dialog[open] [data-answer=patient]")
    await expect(nurse.page.locator("[data-when=ended]")).to_be_visible()
    await expect(expert.page.locator("[data-when=ended]")).to_be_visible()
    for person in (nurse, expert):
        await expect(person.page.locator(".act-header .consent .chip")).to_contain_text("retiré")
    await stage.keep(nurse, "withdrawn")
    await stage.keep(expert, "withdrawn")

    withdrawn = await poll("the withdrawal in the record", lambda: moment_of(expert.page, base, act))
    assert await still_sends(nurse.page), "the nurse's browser was to go on sending, so that the core is what stops it"
    for person in (nurse, expert):
        late = await received_after(person.page, withdrawn + GRACE_SECONDS, watched_seconds=4.0)
        assert late == 0, f"{late} media packets reached {person.name} later than 1 s after the withdrawal"

    # Nothing clinical can be added; notes and closing remain, and say what happened.
    refused = await expert.page.request.post(
        f"{base}/api/acts/{act}/commands",
        data={"type": "give_advice", "text": "Encore un conseil.", "justification": "Aucune."},
        headers={"Origin": base},
    )
    assert refused.status == 422
    await sign_note(expert.page, base, act, "assisting", {"approach": "Assistance interrompue par le patient."})
    await sign_note(nurse.page, base, act, "on_site", {"care": "Soin poursuivi sans assistance."})
    await close_act(nurse.page, base, act)
    events = await events_of(expert.page, base, act)
    closed = next(each for each in events if each["body"]["type"] == "act.closed")
    assert closed["body"]["outcome"] == "withdrawn"
    for note in ("assisting", "on_site"):
        words = await note_words(expert.page, base, act, note)
        assert "retiré" in words, f"the {note} note does not say that consent was withdrawn"


async def moment_of(page: Page, base: str, act: str) -> float:
    for event in await events_of(page, base, act):
        if event["body"]["type"] == "consent.withdrawn":
            return datetime.datetime.fromisoformat(event["at"]).timestamp()
    return 0.0
