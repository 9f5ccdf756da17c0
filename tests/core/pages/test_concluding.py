"""After the session: the form, the two notes, what is owed, closing, and what is taken away."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import Any

import pytest
from visavis_core.acts import commands as c
from visavis_core.trace.export import export_act
from visavis_core.web.pages import papers
from visavis_core.web.pages.frame import frame_of
from visavis_sdk.vocabulary import ActPhase, Outcome

from .harness import NURSE, PHYSICIAN, reader
from .story import Story, cause_in, errors_in, text_of, values_of

FORM = "wound_care.wound"


@pytest.fixture
async def concluding(story: Story) -> Story:
    await story.open()
    await story.prepare()
    await story.hold_session()
    return story


def wound(page: str, **answers: Any) -> dict[str, Any]:
    return {"kind": values_of(page, "kind")[0], "site": values_of(page, "site")[0], "_cause": cause_in(page), **answers}


async def test_a_form_tells_every_slip_at_once_and_keeps_the_words(story: Story) -> None:
    await story.open()
    address = f"{story.act}/forms/{FORM}"
    answer = await story.nurse.post(address, data={"length": "trois", "pain": "11", "cause": "Chaussure trop étroite"})
    assert answer.status_code == 422
    assert "Écrivez un nombre, par exemple 3,2." in errors_in(answer.text)
    assert len(errors_in(answer.text)) == 4  # kind, site, length, pain
    assert 'value="trois"' in answer.text
    assert "Chaussure trop étroite" in answer.text
    assert (await story.house.practice.read(NURSE, story.id)).forms == {}


@pytest.mark.parametrize(("language", "said"), [("fr", "pas de champ « zz_unknown »"), ("en", "no field “zz_unknown”")])
async def test_a_field_that_the_form_does_not_have_is_refused_by_name(
    story: Story, house: Any, language: str, said: str
) -> None:
    await story.open()
    address = f"{story.act}/forms/{FORM}"
    async with reader(house, "nurse", language) as nurse:
        filled = wound((await nurse.get(address)).text, length="3", width="2", cause="Chaussure trop étroite")
        refused = await nurse.post(address, data={**filled, "zz_unknown": "1"})
        assert refused.status_code == 422
        assert said in text_of(refused.text)
        assert "Chaussure trop étroite" in refused.text, "what was typed comes back"
        assert (await house.practice.read(NURSE, story.id)).forms == {}
        assert (await nurse.post(address, data=filled)).status_code == 303


async def test_a_saved_form_computes_and_is_reviewed(story: Story) -> None:
    await story.open()
    address = f"{story.act}/forms/{FORM}"
    page = (await story.nurse.get(address)).text
    exudate = values_of(page, "exudate")[1]
    filled = wound(page, length="3,2", width="2,1", exudate=exudate, necrosis="0", slough="60", granulation="30")
    filled |= {"epithelium": "0", "depth.absent": "not_measurable"}
    saved = await story.nurse.post(address, data=filled)
    assert saved.status_code == 303, errors_in(saved.text)
    shown = (await story.nurse.get(saved.headers["location"])).text
    assert "Score PUSH" in text_of(shown)
    assert "Les tissus font 90 %" in text_of(shown)
    assert 'value="3,2"' in shown  # written as the language writes numbers
    act = await story.house.practice.read(NURSE, story.id)
    (kept,) = act.forms.values()
    assert kept.answers["length"] == "3.2"  # and stored exactly
    assert kept.answers["depth"] == {"absent": "not_measurable"}


async def test_the_value_before_stands_beside_the_field(story: Story) -> None:
    await story.open()
    address = f"{story.act}/forms/{FORM}"
    page = (await story.nurse.get(address)).text
    first = await story.nurse.post(address, data=wound(page, length="3,2"))
    page = (await story.nurse.get(first.headers["location"])).text
    instance = values_of(page, "_instance")[0]
    second = await story.nurse.post(address, data=wound(page, length="2,9", _instance=instance))
    shown = text_of((await story.nurse.get(second.headers["location"])).text)
    assert "Avant : 3,2 cm" in shown
    assert len((await story.house.practice.read(NURSE, story.id)).forms) == 1


async def test_a_draft_is_checked_without_being_kept(story: Story) -> None:
    await story.open()
    before = (await story.house.practice.read(NURSE, story.id)).n
    answer = await story.nurse.post(f"{story.act}/forms/{FORM}/check", data={"length": "beaucoup"})
    assert answer.json()["errors"] == {"length": "Écrivez un nombre, par exemple 3,2."}
    assert (await story.house.practice.read(NURSE, story.id)).n == before


async def test_a_note_is_prefilled_drafted_read_again_and_signed(concluding: Story) -> None:
    address = f"{concluding.act}/notes/assisting"
    page = (await concluding.physician.get(address)).text
    assert "Débrider la fibrine" in page
    own = {"s.approach": "Avis donné en direct."}
    draft = await concluding.physician.post(address, data={"_cause": "d", "do": "draft", **own})
    assert draft.status_code == 303
    signed = await concluding.sign(concluding.physician, "assisting", own)
    assert signed.status_code == 303, text_of(signed.text)
    page = text_of((await concluding.physician.get(address)).text)
    assert "Signée par Dre Hélène Lavoie" in page
    act = await concluding.house.practice.read(PHYSICIAN, concluding.id)
    assert act.note_signed("assisting")


async def test_nobody_writes_the_other_ones_note(concluding: Story) -> None:
    page = (await concluding.nurse.get(f"{concluding.act}/notes/assisting")).text
    assert "<textarea" not in page
    refused = await concluding.nurse.post(
        f"{concluding.act}/notes/assisting", data={"_cause": "x", "do": "sign", "s.approach": "à sa place"}
    )
    assert refused.status_code == 422
    assert "Chacun rédige et signe sa propre note" in text_of(refused.text)


async def test_closing_names_what_stands_in_the_way_then_closes(concluding: Story) -> None:
    page = (await concluding.nurse.get(f"{concluding.act}/close")).text
    assert "Note du médecin assistant signée" in text_of(page)
    assert f'href="{concluding.act}/notes/assisting"' in page
    refused = await concluding.nurse.post(f"{concluding.act}/close", data={"_cause": "c0"})
    assert refused.status_code == 422
    await concluding.sign(concluding.physician, "assisting", {"s.approach": "Avis donné en direct."})
    await concluding.sign(concluding.nurse, "on_site", {"s.care": "Débridement, pansement."})
    named = await concluding.physician.post(
        f"{concluding.act}/follow-up", data={"_cause": "f", "name": "Dre Hélène Lavoie", "contact": "418 555-0177"}
    )
    assert named.status_code == 303
    closed = await concluding.nurse.post(f"{concluding.act}/close", data={"_cause": "c1"})
    assert closed.status_code == 303, text_of(closed.text)
    act = await concluding.house.practice.read(NURSE, concluding.id)
    assert (act.phase, act.outcome) == (ActPhase.CLOSED, Outcome.COMPLETED)
    page = text_of((await concluding.nurse.get(concluding.act)).text)
    assert "Acte clos, mené à terme" in page


async def test_what_leaves_the_act_is_a_real_pdf_and_a_whole_export(concluding: Story) -> None:
    await concluding.sign(concluding.physician, "assisting", {"s.approach": "Avis donné en direct."})
    paper = await concluding.physician.get(f"{concluding.act}/notes/assisting.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    export = await concluding.physician.get(f"{concluding.act}/export.zip")
    archive = zipfile.ZipFile(io.BytesIO(export.content))
    names = archive.namelist()
    assert sum(archive.read(name).count(b"access.act_exported") for name in names if name.endswith("events.jsonl")), (
        "who took it out is in what was taken out"
    )
    assert any(name.endswith("documents/note_assisting.pdf") for name in names)
    assert any(name.endswith("verify.py") for name in names)


async def test_exports_are_built_one_at_a_time(concluding: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    building, most = 0, 0

    async def export_counted(*terms: Any, **more: Any) -> Any:
        nonlocal building, most
        building += 1
        most = max(most, building)
        try:
            return await export_act(*terms, **more)
        finally:
            building -= 1

    monkeypatch.setattr(papers, "export_act", export_counted)
    asked = (concluding.physician.get(f"{concluding.act}/export.zip") for _ in range(3))
    exports = await asyncio.gather(*asked)
    assert most == 1, "each holds an act's pictures in memory"
    for export in exports:
        assert int(export.headers["content-length"]) == len(export.content)
        assert zipfile.ZipFile(io.BytesIO(export.content)).testzip() is None


async def test_the_proof_tells_what_happened_and_that_the_chain_holds(concluding: Story) -> None:
    page = text_of((await concluding.nurse.get(f"{concluding.act}/proof")).text)
    assert "chaîne intacte" in page
    assert "Conseil donné" in page
    assert "Dossier consulté" not in page  # technical, one press away
    everything = text_of((await concluding.nurse.get(f"{concluding.act}/proof?all=1")).text)
    assert "Dossier consulté" in everything


async def test_withdrawing_is_one_click_from_any_page_then_a_confirmation(story: Story) -> None:
    await story.open()
    await story.prepare()
    await story.nurse.post(f"{story.act}/session", data={"_cause": "s"})
    page = (await story.nurse.get(story.act)).text
    assert f'href="{story.act}/consent/withdraw"' in page
    asked = (await story.nurse.get(f"{story.act}/consent/withdraw")).text
    done = await story.nurse.post(f"{story.act}/consent/withdraw", data={"_cause": cause_in(asked), "by": "patient"})
    assert done.status_code == 303
    act = await story.house.practice.read(NURSE, story.id)
    assert (act.session, act.phase) == ("", ActPhase.CONCLUDING)
    assert "Le patient a retiré son consentement" in text_of((await story.nurse.get(story.act)).text)


async def test_an_emergency_closes_only_once_each_formality_is_met_or_justified(story: Story) -> None:
    opening = (await story.nurse.get("/acts/open?emergency=1")).text
    answer = await story.nurse.post(
        "/acts", data={"_cause": cause_in(opening), "emergency": "1", "specialty": "wound_care"}
    )
    story.act = answer.headers["location"].removesuffix("/room")
    await story.house.practice.perform(NURSE, story.id, c.EndLive())
    page = (await story.nurse.get(f"{story.act}/close")).text
    duties = values_of(page, "duty")
    assert "quebec.E7" in duties
    silent = await story.nurse.post(f"{story.act}/justifications", data={"duty": "quebec.E7", "reason": ""})
    assert silent.status_code == 422
    why = "Arrêt cardiaque : aucune minute pour l’écrire."
    said = await story.nurse.post(
        f"{story.act}/justifications", data={"_cause": "j", "duty": "quebec.E7", "reason": why}
    )
    assert said.status_code == 303
    page = (await story.nurse.get(f"{story.act}/close")).text
    assert "quebec.E7" not in values_of(page, "duty")
    assert why in text_of(page)  # on the rail, with the duties settled
    forged = await story.nurse.post(f"{story.act}/justifications", data={"duty": "quebec.Z9", "reason": why})
    assert forged.status_code == 400


async def test_reorienting_ends_the_act_as_reoriented(concluding: Story) -> None:
    answer = await concluding.physician.post(
        f"{concluding.act}/reorient",
        data={"_cause": "r", "towards": "Urgences de l’hôpital", "reason": "Ischémie suspectée"},
    )
    assert answer.status_code == 303
    page = text_of((await concluding.physician.get(f"{concluding.act}/close")).text)
    assert "Réorienté" in page


@pytest.mark.parametrize("who", ["nurse", "physician"])
async def test_every_page_stands_in_english_too(concluding: Story, house: Any, who: str) -> None:
    notes = ("/notes/assisting", "/notes/on_site")
    gestures = ("/reorient", "/follow-up", "/quality", "/consent/withdraw", "/invitations", "/devices")
    async with reader(house, who, "en") as client:
        for path in ("", "/close", "/proof?all=1", f"/forms/{FORM}", *notes, *gestures):
            answer = await client.get(f"{concluding.act}{path}")
            assert answer.status_code == 200, path
            assert answer.text.count("<h1") == 1, path


async def test_what_lies_ahead_is_not_called_missing(story: Story) -> None:
    await story.open()
    act = await story.house.practice.read(NURSE, story.id)
    frame = frame_of(act, story.house.practice.sheet(act), NURSE, story.house.clock())
    states = {line.id: line.state for line in frame.rail.lines}
    assert states["G1"] == "to-come"
    assert states["E7"] == "missing"
    assert frame.rail.to_do == sum(state in ("missing", "owed") for state in states.values())
