"""One téléassistance from its opening to its closing, as a nurse and a physician live it."""

from __future__ import annotations

from visavis_core.acts import commands as c
from visavis_core.acts.act import fold
from visavis_core.acts.events import hash_sections
from visavis_sdk.events import (
    ActClosed,
    ActOpened,
    AdviceAcknowledged,
    NoteSection,
    ParticipantIdentified,
    SessionClosed,
    SessionOpened,
)
from visavis_sdk.obligations import Due, Enforcement, Met, Moment, Transition
from visavis_sdk.vocabulary import ActPhase, Adequacy, Outcome, Role, Side


def test_opening_says_who_opened(story):
    story.opens()
    opened, nurse = (recorded.body for recorded in story.act.events)
    assert isinstance(opened, ActOpened)
    assert opened.jurisdictions == ("quebec",)
    assert isinstance(nurse, ParticipantIdentified)
    assert (nurse.participant, nurse.role, nurse.side) == (opened.opened_by, Role.ON_SITE, Side.ON_SITE)
    assert nurse.account == story.nurse.account
    assert story.act.phase is ActPhase.PREPARING


def test_a_session_waits_for_its_gates_and_names_each(story):
    story.opens().calls()
    refusal = story.refusal(story.nurse, c.StartSession())
    assert refusal.code == "gates_due"
    assert set(refusal.missing) == {"A2", "B2", "D1", "D2", "E1", "E2", "E4", "E6", "E7", "J1"}
    assert "Plan B écrit" in refusal.message.fr
    assert "Plan B written" in refusal.message.en


def test_the_whole_act(story):
    story.prepares()
    assert story.due(Transition.START_SESSION) == set()
    story.goes_live()
    assert story.act.phase is ActPhase.LIVE
    assert set(story.act.present) == {story.id_of(story.nurse), story.id_of(story.physician)}

    advice = story.advises(read_back_required=True)
    assert story.may_not(story.nurse, c.AcknowledgeAdvice(advice=advice)) == "read_back_missing"
    (heard,) = story.does(story.nurse, c.AcknowledgeAdvice(advice=advice, repeated=True))
    assert (heard.repeated, heard.read_back) == (True, ""), "a fact of the record, in nobody's words"
    (done,) = story.does(story.nurse, c.AcknowledgeAdvice(advice=advice, done=True))
    assert isinstance(done, AdviceAcknowledged)
    assert done.repeated, "what was read back is not asked twice"
    other = story.advises(read_back_required=True)
    (said,) = story.does(story.nurse, c.AcknowledgeAdvice(advice=other, read_back="Je refais le pansement"))
    assert (said.repeated, said.read_back) == (True, "Je refais le pansement")

    story.does(story.physician, c.DecideStep(step="Rinçage", validated=True))
    assert story.may_not(story.physician, c.DecideStep(step="Bandage", validated=False)) == "step_reason_missing"
    story.does(story.physician, c.DeclareAdequacy(subject="information", verdict=Adequacy.ADEQUATE))
    story.confirms_presence()

    closed, _ = story.does(story.nurse, c.EndLive())
    assert isinstance(closed, SessionClosed)
    assert story.act.phase is ActPhase.CONCLUDING
    assert story.due() == {"G1", "G2"}

    story.signs_both()
    story.does(story.physician, c.NameFollowUp(name="Dre Roy", contact="418 555-0103"))
    story.does(story.nurse, c.CloseAct())
    assert (story.act.phase, story.act.outcome) == (ActPhase.CLOSED, Outcome.COMPLETED)

    gates = [line for line in story.sheet.lines if line.obligation.enforcement is Enforcement.GATE]
    assert not [line.obligation.id for line in gates if isinstance(line.status, Due)]
    assert story.sheet.counts.to_do == 0
    assert {line.obligation.id for line in story.sheet.lines if isinstance(line.status, Due)} == set()
    assert fold(story.act.events) == story.act


def test_every_proof_on_the_sheet_is_an_event_of_the_act(story):
    story.prepares().goes_live()
    story.advises()
    numbers = {recorded.n for recorded in story.act.events}
    proofs = [line.status for line in story.sheet.lines if isinstance(line.status, Met)]
    assert all(proof.events and set(proof.events) <= numbers for proof in proofs)
    by_moment = story.sheet.counts_by_moment
    assert sum(counts.met for counts in by_moment.values()) == len(proofs)
    assert set(by_moment) == set(Moment)


def test_a_signature_covers_exactly_the_sections(story):
    story.prepares().goes_live()
    story.does(story.nurse, c.EndLive())
    command = story.note("on_site")
    (signed,) = story.does(story.nurse, command)
    assert signed.content_sha256 == hash_sections(command.sections)
    changed = (*command.sections[:-1], NoteSection(key="responsibility", text="Autre"))
    assert hash_sections(changed) != signed.content_sha256
    assert story.may_not(story.nurse, c.DraftNote(note="on_site", sections=changed)) == "note_already_signed"
    assert story.may_not(story.nurse, command) == "note_already_signed"


def test_each_signs_their_own_note_and_only_a_whole_one(story):
    story.prepares().goes_live()
    assert story.may_not(story.nurse, story.note("on_site")) == "phase_forbids"
    story.does(story.nurse, c.DraftNote(note="on_site", sections=(NoteSection(key="care", text="En cours"),)))
    story.does(story.nurse, c.EndLive())
    assert story.may_not(story.nurse, story.note("assisting")) == "not_your_note"
    assert story.may_not(story.physician, story.note("on_site")) == "not_your_note"
    blank = c.SignNote(note="on_site", sections=(NoteSection(key="care", text="  "),))
    assert story.may_not(story.nurse, blank) == "note_empty"
    refusal = story.refusal(story.physician, story.note("assisting", approach="", advice=" "))
    assert (refusal.code, refusal.missing) == ("note_incomplete", ("approach", "advice"))


def test_a_live_part_ended_by_mistake_is_taken_up_again_until_a_note_is_signed(story):
    story.prepares().goes_live()
    story.does(story.nurse, c.EndLive())
    (opened,) = story.does(story.nurse, c.StartSession())
    assert isinstance(opened, SessionOpened)
    assert len(story.act.sessions) == 2
    story.both_join()
    assert story.may_not(story.nurse, c.StartSession()) == "session_already_open"
    story.does(story.nurse, c.EndLive())
    story.does(story.nurse, story.note("on_site"))
    assert story.may_not(story.nurse, c.StartSession()) == "signed_notes_forbid_session"


def test_a_relative_who_comes_midway_must_be_qualified_before_closing(story):
    story.prepares().goes_live()
    relative = c.IdentifyParticipant(role=Role.RELATIVE, side=Side.ON_SITE, family_name="Exemple")
    (identified,) = story.does(story.nurse, relative)
    assert "B3" in story.due()
    story.does(
        story.nurse,
        c.IdentifyParticipant(
            participant=identified.participant,
            role=Role.RELATIVE,
            side=Side.ON_SITE,
            family_name="Exemple",
            quality="fille",
        ),
    )
    assert "B3" not in story.due()


def test_closing_names_what_is_missing_and_a_closed_act_never_changes(story):
    story.prepares().goes_live().confirms_presence()
    story.advises()
    assert story.may_not(story.nurse, c.CloseAct()) == "phase_forbids"
    story.does(story.physician, c.EndLive())
    refusal = story.refusal(story.nurse, c.CloseAct())
    assert (refusal.code, refusal.missing) == ("gates_due", ("G1", "G2"))
    story.signs_both()
    (closed,) = story.does(story.nurse, c.CloseAct())
    assert isinstance(closed, ActClosed)
    assert story.may_not(story.nurse, c.NameFollowUp(name="X", contact="1")) == "act_closed"
    story.does(story.nurse, c.OpenDossier(rule="participant.reads", basis=None))
    assert story.act.phase is ActPhase.CLOSED
