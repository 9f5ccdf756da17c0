"""Inviting by a link: shown once; and whoever came in by one can be named fully, up to the closing."""

from __future__ import annotations

from typing import Any

import pytest
from visavis_core.acts import commands as c
from visavis_core.identity.subject import Subject
from visavis_sdk.obligations import Met
from visavis_sdk.vocabulary import Outcome, Role, Side

from .harness import NURSE, reader
from .story import Story, cause_in, text_of, values_of

RELATIVE = {"name": "Line Gagnon", "role": "relative", "quality": "fille"}


@pytest.mark.parametrize(
    ("language", "said"), [("fr", "Ce lien a déjà été créé"), ("en", "This link was already made")]
)
async def test_an_invitation_sent_twice_says_the_link_was_made_and_offers_a_new_one(
    story: Story, house: Any, language: str, said: str
) -> None:
    await story.open()
    address = f"{story.act}/invitations"
    async with reader(house, "nurse", language) as nurse:
        sent = {"_cause": cause_in((await nurse.get(address)).text), **RELATIVE}
        assert "/join/" in (await nurse.post(address, data=sent)).text
        again = await nurse.post(address, data=sent)
        assert again.status_code == 422
        assert said in text_of(again.text)
        assert "/join/" not in again.text
        assert "Line Gagnon" in values_of(again.text, "name"), "what was typed comes back"
        assert len((await house.practice.read(NURSE, story.id)).invitations) == 1
        other = await nurse.post(address, data={**sent, "_cause": cause_in(again.text)})
    assert "/join/" in other.text
    assert len((await house.practice.read(NURSE, story.id)).invitations) == 2


@pytest.mark.parametrize(("language", "asked"), [("fr", "Lien avec le patient"), ("en", "Relation to the patient")])
async def test_the_relation_to_the_patient_is_asked(story: Story, house: Any, language: str, asked: str) -> None:
    await story.open()
    async with reader(house, "nurse", language) as nurse:
        refused = await nurse.post(f"{story.act}/invitations", data={**RELATIVE, "quality": " ", "_cause": "i"})
    assert refused.status_code == 422
    assert asked in text_of(refused.text)
    assert 'href="#quality"' in refused.text
    assert (await house.practice.read(NURSE, story.id)).invitations == {}


async def join(story: Story, house: Any) -> str:
    """The guest opens the session by the link; the id they have in the act."""
    act = await house.practice.read(NURSE, story.id)
    [invited] = act.invitations
    guest = Subject(kind="guest", id=invited, act=story.id, participant=invited)
    await house.practice.perform(guest, story.id, c.JoinSession())
    return invited


async def finish(story: Story) -> None:
    await story.sign(story.physician, "assisting", {"s.approach": "Plaie propre."})
    await story.sign(story.nurse, "on_site", {"s.care": "Pansement refait."})
    done = await story.nurse.post(f"{story.act}/close", data={"_cause": "c", "outcome": "completed"})
    assert done.status_code == 303, text_of(done.text)[:3000]


async def test_an_act_that_an_invited_relative_joined_closes(story: Story, house: Any) -> None:
    await story.open()
    await story.prepare()
    made = await story.nurse.post(f"{story.act}/invitations", data={"_cause": "i", **RELATIVE})
    assert "/join/" in made.text
    await story.nurse.post(f"{story.act}/session", data={"_cause": "first"})
    invited = await join(story, house)
    await house.practice.perform(NURSE, story.id, c.EndLive())
    await story.hold_session()
    act = await house.practice.read(NURSE, story.id)
    assert act.participants[invited].quality == "fille"
    await finish(story)
    assert (await house.practice.read(NURSE, story.id)).outcome is Outcome.COMPLETED


async def test_a_person_whose_quality_is_missing_is_corrected_where_the_duty_leads(story: Story, house: Any) -> None:
    """As for an act begun before the invitation asked for it."""
    await story.open()
    await story.prepare()
    await house.invitations.issue(NURSE, story.id, role=Role.RELATIVE, side=Side.REMOTE, display_name="Line Gagnon")
    await story.nurse.post(f"{story.act}/session", data={"_cause": "first"})
    invited = await join(story, house)
    await house.practice.perform(NURSE, story.id, c.EndLive())
    rail = (await story.nurse.get(f"{story.act}/close")).text
    way = f"{story.act}?step=person&amp;person=lacking#person"
    assert way in rail
    page = (await story.nurse.get(f"{story.act}?step=person&person=lacking")).text
    assert "Line Gagnon" in values_of(page, "family_name")
    assert f'<option value="{invited}" selected>' in page
    assert f"person={invited}#person" in page, "each listed person can be corrected"
    kept = {"participant": invited, "role": "relative", "family_name": "Gagnon", "given_names": "Line"}
    await story.done("person", {**kept, "quality": "fille"})
    act = await house.practice.read(NURSE, story.id)
    person = act.participants[invited]
    assert (person.family_name, person.quality, person.side) == ("Gagnon", "fille", Side.REMOTE)
    assert [p.family_name for p in act.participants.values()].count("Gagnon") == 1, "corrected, not added"
    line = next(line for line in house.practice.sheet(act).lines if line.obligation.id == "B3")
    assert isinstance(line.status, Met)
    await story.hold_session()
    await finish(story)


async def test_somebody_with_an_account_is_not_corrected_by_another(story: Story, house: Any) -> None:
    await story.open()
    await story.prepare()
    act = await house.practice.read(NURSE, story.id)
    physician = act.participant_of("acc_physician")
    page = (await story.nurse.get(f"{story.act}?step=person&person={physician}")).text
    assert f'value="{physician}" selected' not in page
    assert f"person={physician}#person" not in page
