"""The ways an act ends before its term, and what each still asks for (C6, F2)."""

from __future__ import annotations

import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.decide import possible_outcomes
from visavis_sdk.events import SessionClosed
from visavis_sdk.vocabulary import ActPhase, Outcome

ENDINGS = {
    Outcome.REORIENTED: c.ReorientAct(reason="Nécrose étendue", towards="Bloc opératoire"),
    Outcome.INSUFFICIENT: c.DeclareInsufficiency(reason="Image floue"),
    Outcome.DECLINED: c.DeclineAssistance(reason="Hors de ma compétence"),
}


@pytest.mark.parametrize("outcome", ENDINGS)
def test_the_expert_ends_a_live_act_in_one_gesture_with_a_reason(story, outcome):
    story.prepares().goes_live()
    said, closed = story.does(story.physician, ENDINGS[outcome])
    assert said.reason
    assert isinstance(closed, SessionClosed)
    assert (story.act.phase, story.act.ending) == (ActPhase.CONCLUDING, outcome)
    assert story.may_not(story.nurse, c.StartSession()) == "act_is_ending"
    story.confirms_presence().signs_both()
    assert possible_outcomes(story.act) == (outcome,)
    story.does(story.nurse, c.CloseAct(outcome=outcome))
    assert story.act.outcome is outcome


@pytest.mark.parametrize("outcome", ENDINGS)
def test_an_act_that_ends_before_any_session_owes_no_note(story, outcome):
    story.opens().calls()
    story.does(story.physician, ENDINGS[outcome])
    story.does(story.nurse, c.CloseAct(outcome=outcome))
    assert story.act.outcome is outcome


def test_only_the_expert_finds_the_information_insufficient(story):
    story.prepares().goes_live()
    assert story.may_not(story.nurse, ENDINGS[Outcome.INSUFFICIENT]) == "role_forbids"
    assert story.may_not(story.nurse, ENDINGS[Outcome.DECLINED]) == "role_forbids"
    story.does(story.nurse, ENDINGS[Outcome.REORIENTED])


def test_an_act_that_stopped_is_owed_its_notes_and_not_a_consent_that_was_given(story):
    story.prepares().goes_live()
    story.does(story.nurse, c.EndLive(), c.RefuseConsent())
    assert story.due() == {"B5", "G1", "G2"}
    why = "Médecin injoignable depuis la coupure"

    def justify(obligation, reason=why):
        return c.DerogateObligation(obligation=obligation, jurisdiction="quebec", reason=reason)

    assert story.may_not(story.nurse, justify("G1")) == "note_never_derogated"
    assert story.may_not(story.nurse, justify("B5")) == "gate_must_be_met"
    assert story.may_not(story.nurse, justify("Z9", "x")) == "obligation_not_due"
    assert story.may_not(story.nurse, justify("D2")) == "obligation_not_due"


def test_an_act_opened_for_nothing_is_cancelled_and_no_other_is(story):
    story.opens()
    assert story.may_not(story.nurse, c.CloseAct()) == "no_session_held"
    story.does(story.nurse, c.CloseAct(outcome=Outcome.CANCELLED))
    assert story.act.outcome is Outcome.CANCELLED

    held = type(story)().prepares().goes_live()
    held.does(held.nurse, c.EndLive())
    assert held.may_not(held.nurse, c.CloseAct(outcome=Outcome.CANCELLED)) == "session_was_held"


def test_an_ending_once_said_is_not_said_otherwise(story):
    story.prepares().goes_live()
    story.does(story.physician, ENDINGS[Outcome.REORIENTED])
    assert story.may_not(story.physician, ENDINGS[Outcome.INSUFFICIENT]) == "phase_forbids"
    story.does(story.nurse, ENDINGS[Outcome.REORIENTED])
    assert story.act.ending is Outcome.REORIENTED


def test_whichever_ending_was_said_first_gives_the_outcome(story):
    story.prepares().goes_live()
    story.does(story.physician, ENDINGS[Outcome.INSUFFICIENT])
    story.does(story.nurse, ENDINGS[Outcome.REORIENTED])
    assert story.act.ending is Outcome.INSUFFICIENT
