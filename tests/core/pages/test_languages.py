"""What is kept in one language is read in it; what is kept in both is read in the reader's own."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from visavis_core.acts import commands as c
from visavis_sdk.events import NoteSection

from .harness import NURSE, PHYSICIAN, reader
from .story import Story, cause_in, text_of, values_of

FORM = "wound_care.wound"


@pytest.fixture
async def concluding(story: Story) -> Story:
    await story.open()
    await story.prepare()
    await story.hold_session()
    return story


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


async def test_a_signed_note_keeps_its_language_on_the_page_and_on_paper(concluding: Story, house: Any) -> None:
    await concluding.sign(concluding.nurse, "on_site", {"s.care": "Pansement refait."})
    act = await house.practice.read(NURSE, concluding.id)
    assert act.notes["on_site"].language == "fr"
    async with reader(house, "physician", "en") as english:
        page = (await english.get(f"{concluding.act}/notes/on_site")).text
        paper = words_of((await english.get(f"{concluding.act}/notes/on_site.pdf")).content)
    article = page[page.index("<article") :]
    assert article.startswith('<article class="card stack" lang="fr">')
    assert "<h2>Intervention</h2>" in article
    assert "<h2>Care given</h2>" not in article
    assert "Signed by" in text_of(page), "around the note the page speaks the reader's language"
    for french in (
        "Note du professionnel auprès du patient",
        "Responsabilité partagée",
        "Annexe",
        "Signé électroniquement",
    ):
        assert french in paper, french
    assert "Shared responsibility" not in paper


async def test_a_note_begun_in_one_language_is_signed_in_it_whatever_the_page_speaks(
    concluding: Story, house: Any
) -> None:
    async with reader(house, "physician", "en") as english:
        begun = (await english.get(f"{concluding.act}/notes/assisting")).text
        assert values_of(begun, "written_in") == ["en"]
        areas = {"s.approach": "Clean wound, well perfused."}
        sections = await concluding.write_note(english, "assisting", areas)
        kept = {"_cause": "d", "do": "draft", "written_in": "en", **sections}
        assert (await english.post(f"{concluding.act}/notes/assisting", data=kept)).status_code == 303
    review = (await concluding.physician.get(f"{concluding.act}/notes/assisting")).text
    assert values_of(review, "written_in") == ["en"]
    signed = {"_cause": "s", "do": "sign", **sections}
    assert (await concluding.physician.post(f"{concluding.act}/notes/assisting", data=signed)).status_code == 303
    act = await house.practice.read(PHYSICIAN, concluding.id)
    assert act.notes["assisting"].language == "en"
    paper = words_of((await concluding.physician.get(f"{concluding.act}/notes/assisting.pdf")).content)
    assert "Shared responsibility" in paper
    assert "Annex: conformity sheet" in paper


async def test_a_language_switched_between_reading_and_signing_does_not_rename_the_text(
    concluding: Story, house: Any
) -> None:
    """The form says in which language it was prefilled; the cookie may have changed in another window."""
    sections = await concluding.write_note(concluding.nurse, "on_site", {"s.care": "Pansement refait."})
    async with reader(house, "nurse", "en") as switched:
        posted = {"_cause": "s", "do": "sign", "written_in": "fr", **sections}
        assert (await switched.post(f"{concluding.act}/notes/on_site", data=posted)).status_code == 303
    assert (await house.practice.read(NURSE, concluding.id)).notes["on_site"].language == "fr"


async def test_a_note_of_before_is_read_in_the_readers_language_as_it_was(concluding: Story, house: Any) -> None:
    draft = c.DraftNote(note="on_site", sections=(NoteSection(key="care", text="Pansement refait."),))
    await house.practice.perform(NURSE, concluding.id, draft)
    async with reader(house, "physician", "en") as english:
        page = (await english.get(f"{concluding.act}/notes/on_site")).text
    assert '<article class="card stack" lang="en">' in page


async def test_what_a_plugin_flagged_is_read_in_the_readers_language(story: Story, house: Any) -> None:
    await story.open()
    address = f"{story.act}/forms/{FORM}"
    page = (await story.nurse.get(address)).text
    first = {name: values_of(page, name) for name in ("kind", "site", "exudate")}
    filled = {
        "_cause": cause_in(page), "kind": first["kind"][0], "site": first["site"][0], "exudate": first["exudate"][1],
        "length": "3,2", "width": "2,1", "necrosis": "0", "slough": "60", "granulation": "30", "epithelium": "0",
        "depth.absent": "not_measurable",
    }  # fmt: skip
    assert (await story.nurse.post(address, data=filled)).status_code == 303
    act = await house.practice.read(NURSE, story.id)
    [saved] = act.forms.values()
    assert "Les tissus font 90" in saved.told("fr")[0]
    assert "Les tissus" not in saved.told("en")[0]
    async with reader(house, "nurse", "en") as english:
        timeline = text_of((await english.get(f"{story.act}/proof")).text)
    assert saved.told("en")[0].split("%")[0] in timeline
    assert "Les tissus font" not in timeline
