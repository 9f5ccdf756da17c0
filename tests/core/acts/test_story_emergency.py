"""Emergency: the link opens at once, what was skipped is owed, and closing waits for it (A13)."""

from __future__ import annotations

from visavis_core.acts import commands as c
from visavis_sdk.events import ActOpened, AssistanceRequested, ParticipantIdentified, SessionOpened
from visavis_sdk.obligations import Derogated, Due, Met, Transition
from visavis_sdk.vocabulary import ActPhase, Outcome, SubstitutedConsentResult


def test_one_gesture_opens_and_calls_and_the_next_goes_live(story):
    story.opens(emergency=True)
    assert [type(recorded.body) for recorded in story.act.events] == [
        ActOpened,
        ParticipantIdentified,
        AssistanceRequested,
    ]
    assert story.due(Transition.START_SESSION) == set()
    (opened,) = story.does(story.nurse, c.StartSession())
    assert isinstance(opened, SessionOpened)
    assert story.act.phase is ActPhase.LIVE
    assert story.act.emergency_owed


def test_what_was_skipped_is_listed_as_owed_and_closing_is_refused_until_met_or_justified(story):
    story.opens(emergency=True)
    owed = {line.obligation.id for line in story.sheet.owed()}
    assert owed == {"A2", "B1", "B2", "B4", "D1", "D2", "D4", "E1", "E2", "E4", "E6", "E7", "J1"}
    assert story.sheet.counts.owed == len(owed)
    story.does(story.nurse, c.StartSession())
    story.does(story.physician, c.JoinAsExpert())
    story.both_join()
    story.advises()
    story.confirms_presence()
    story.does(story.physician, c.EndLive())

    refusal = story.refusal(story.nurse, c.CloseAct())
    assert {"B2", "D2", "E7", "A13", "G1", "G2"} <= set(refusal.missing)

    story.informs().says_everything_else()
    story.does(
        story.nurse,
        c.AttemptSubstitutedConsent(asked="Marie Exemple", quality="fille", result=SubstitutedConsentResult.NO_TIME),
    )
    assert isinstance(story.status("D4"), Met)
    assert story.sheet.line("D2").owed, "an attempt without an answer leaves consent owed"
    assert isinstance(story.status("A13"), Due)

    # a test and a plan B cannot be made after the fact: they are justified, not back-dated
    assert (
        story.may_not(story.nurse, c.DeclarePlanB(telephone="418 555-0199", procedure="Téléphone")) == "phase_forbids"
    )
    for obligation in ("E6", "E7"):
        derogation = c.DerogateObligation(
            obligation=obligation, jurisdiction="quebec", reason="Hémorragie : pas le temps"
        )
        story.does(story.nurse, derogation)
        assert isinstance(story.status(obligation), Derogated)
        assert story.status(obligation).reason == "Hémorragie : pas le temps"
        assert story.may_not(story.nurse, derogation) == "obligation_not_due"

    story.does(story.nurse, story.consent())
    assert isinstance(story.status("A13"), Met)
    story.signs_both()
    story.does(story.nurse, c.CloseAct())
    assert story.act.outcome is Outcome.COMPLETED
    assert story.sheet.counts.owed == 0


def test_nothing_is_justified_where_it_can_still_be_met(story):
    story.prepares().goes_live()
    story.does(story.nurse, c.EndLive())
    assert "B5" in story.due()
    derogation = c.DerogateObligation(obligation="B5", jurisdiction="quebec", reason="Pas le temps")
    assert story.may_not(story.nurse, derogation) == "derogation_not_open"


def test_an_emergency_nobody_answered_is_reoriented_with_its_reason(story):
    story.opens(emergency=True)
    story.does(story.nurse, c.StartSession(), c.JoinSession())
    story.does(story.nurse, c.ReorientAct(reason="Personne ne répond", towards="911"))
    assert story.act.phase is ActPhase.CONCLUDING
    for line in story.sheet.due(Transition.CLOSE_ACT):
        if line.obligation.id in {"A13", "B5", "E4", "G2"}:
            continue
        story.does(
            story.nurse,
            c.DerogateObligation(
                obligation=line.obligation.id, jurisdiction="quebec", reason="Transfert immédiat par ambulance"
            ),
        )
    where = c.StatePlace(address="Route 138, borne 41", call_back_number="418 555-0199")
    story.does(story.nurse, where)
    story.confirms_presence()
    story.does(story.nurse, story.note("on_site"))
    assert story.may_not(story.nurse, c.CloseAct()) == "outcome_mismatch"
    story.does(story.nurse, c.CloseAct(outcome=Outcome.REORIENTED))
    assert story.act.outcome is Outcome.REORIENTED


def test_an_emergency_declared_midway_frees_the_start(story):
    story.opens().calls()
    assert story.may_not(story.nurse, c.StartSession()) == "gates_due"
    story.does(story.physician, c.DeclareEmergency(reason="Choc"))
    story.does(story.nurse, c.StartSession())
    assert story.act.phase is ActPhase.LIVE
