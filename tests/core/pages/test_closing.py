"""Closing: one count of what is to do, what may be justified and how, and an act that never started."""

from __future__ import annotations

import re
from typing import Any

import pytest
from visavis_core.acts import commands as c
from visavis_core.documents.notes import note_document
from visavis_core.web.pages.frame import frame_of
from visavis_sdk.reports import Paragraph
from visavis_sdk.vocabulary import ActPhase, Outcome

from .harness import NURSE, PHYSICIAN, reader
from .story import Story, cause_in, text_of, values_of

COUNTS = {
    "fr": (r"(\d+) à faire", r"Avant de démarrer, (\d+) points à faire", r"(\d+) points à faire avant de clore"),
    "en": (r"(\d+) to do", r"Before starting, (\d+) things to do", r"(\d+) things to do before closing"),
}


def numbers(page: str, pattern: str) -> list[int]:
    return [int(found) for found in re.findall(pattern, text_of(page))]


async def emergency(story: Story) -> None:
    opening = (await story.nurse.get("/acts/open?emergency=1")).text
    press = {"_cause": cause_in(opening), "emergency": "1", "specialty": "wound_care"}
    answer = await story.nurse.post("/acts", data=press)
    story.act = answer.headers["location"].removesuffix("/room")


async def to_do(story: Story) -> int:
    return story.house.practice.sheet(await story.house.practice.read(NURSE, story.id)).counts.to_do


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_header_and_rail_count_the_same_and_the_list_stands_once(story: Story, house: Any, language: str) -> None:
    await story.open()
    chip, start, _ = COUNTS[language]
    async with reader(house, "nurse", language) as nurse:
        page = (await nurse.get(story.act)).text
    expected = await to_do(story)
    assert expected > 8
    assert numbers(page, chip) == [expected, expected], "in the header and on the rail"
    rail = page[page.index('id="rail"') :]
    assert rail.count('<li class="missing">') == expected
    assert numbers(page, start) == [], "while there is a step to do, the page says that step and not the list again"
    assert 'class="missing-list"' not in page


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_after_an_emergency_act_page_closing_page_and_annex_count_the_same(
    story: Story, house: Any, language: str
) -> None:
    await emergency(story)
    await story.house.practice.perform(NURSE, story.id, c.EndLive())
    expected = await to_do(story)
    chip, _, close = COUNTS[language]
    async with reader(house, "nurse", language) as nurse:
        act, closing = (await nurse.get(story.act)).text, (await nurse.get(f"{story.act}/close")).text
    assert numbers(act, close) == [expected]
    assert numbers(closing, close) == [expected]
    assert set(numbers(closing, chip)) == {expected}
    record = await story.house.practice.read(NURSE, story.id)
    document = note_document(record, story.house.practice.sheet(record), "on_site", "fr")
    [annex] = [block.text for block in document.blocks if isinstance(block, Paragraph) and "applicables" in block.text]
    assert f"À faire\u00a0: {expected}." in annex


async def test_nothing_to_do_is_shown_as_nothing_to_do(story: Story) -> None:
    """What is left to the professionals' judgement stands on the rail and colours nothing."""
    await story.open()
    await story.prepare()
    act = await story.house.practice.read(NURSE, story.id)
    rail = frame_of(act, story.house.practice.sheet(act), NURSE, story.house.clock()).rail
    assert (rail.to_do, rail.tone, rail.icon) == (0, "adequate", "met")


async def test_a_note_is_offered_no_justification_and_a_skipped_formality_is(story: Story) -> None:
    await emergency(story)
    await story.house.practice.perform(PHYSICIAN, story.id, c.JoinAsExpert())
    await story.house.practice.perform(PHYSICIAN, story.id, c.JoinSession())
    await story.house.practice.perform(NURSE, story.id, c.EndLive())
    page = (await story.nurse.get(f"{story.act}/close")).text
    offered = set(values_of(page, "duty"))
    assert {"quebec.E6", "quebec.E7", "quebec.D2"} <= offered
    assert offered.isdisjoint({"quebec.G1", "quebec.G2", "quebec.A13", "quebec.B5"})
    assert "au moins 10 lettres, dont 4 différentes" in text_of(page)
    forged = await story.nurse.post(
        f"{story.act}/justifications",
        data={"_cause": "g", "duty": "quebec.G2", "reason": "Nous n’avons pas eu le temps"},
    )
    assert forged.status_code == 422
    assert "Une note ne se justifie pas" in text_of(forged.text)


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "au moins 10 lettres, dont 4 différentes"), ("en", "at least 10 letters, 4 of them")]
)
async def test_a_reason_that_says_nothing_comes_back_with_what_is_expected(
    story: Story, house: Any, language: str, words: str
) -> None:
    await emergency(story)
    await story.house.practice.perform(NURSE, story.id, c.EndLive())
    async with reader(house, "nurse", language) as nurse:
        refused = await nurse.post(
            f"{story.act}/justifications", data={"_cause": "j", "duty": "quebec.E7", "reason": "aaaaaaaaaaaa"}
        )
    assert refused.status_code == 422
    summary = refused.text[refused.text.index("error-summary") :]
    assert words in text_of(summary)
    assert "aaaaaaaaaaaa" in refused.text, "what was typed comes back"
    act = await story.house.practice.read(NURSE, story.id)
    assert act.derogations == ()


@pytest.mark.parametrize(
    ("language", "asked"),
    [("fr", "L’acte sera clos sans soins à distance"), ("en", "The act will be closed without remote care")],
)
async def test_closing_an_act_that_never_started_is_asked_twice(
    story: Story, house: Any, language: str, asked: str
) -> None:
    await story.open()
    async with reader(house, "nurse", language) as nurse:
        page = (await nurse.get(f"{story.act}/close")).text
        assert asked not in text_of(page)
        main = page[page.index("<main") : page.index('id="rail"')]
        assert "<h2" not in main, "nothing will show as not established in an act without a session"
        first = await nurse.post(f"{story.act}/close", data={"_cause": "c", "outcome": "cancelled"})
        assert first.status_code == 200
        assert asked in text_of(first.text)
        assert (await story.house.practice.read(NURSE, story.id)).phase is ActPhase.PREPARING
        again = {"_cause": "c", "outcome": "cancelled", "confirmed": values_of(first.text, "confirmed")[0]}
        done = await nurse.post(f"{story.act}/close", data=again)
    assert done.status_code == 303
    assert (await story.house.practice.read(NURSE, story.id)).outcome is Outcome.CANCELLED


async def test_an_act_that_was_held_closes_at_once(story: Story) -> None:
    await story.open()
    await story.prepare()
    await story.hold_session()
    await story.sign(story.physician, "assisting", {"s.approach": "Plaie propre."})
    await story.sign(story.nurse, "on_site", {"s.care": "Pansement refait."})
    done = await story.nurse.post(f"{story.act}/close", data={"_cause": "c", "outcome": "completed"})
    assert done.status_code == 303
