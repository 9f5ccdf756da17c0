"""The conformity sheet: what is in force, what is due before which passage, how lines add up."""

from __future__ import annotations

import msgspec
import pytest
from visavis_core.obligations.evaluate import evaluate
from visavis_core.obligations.sheet import Counts
from visavis_sdk import events as e
from visavis_sdk.evidence import DUTIES
from visavis_sdk.hosting import FailureKind
from visavis_sdk.obligations import (
    Derogated,
    Due,
    Enforcement,
    Met,
    Moment,
    NotApplicable,
    Obligation,
    Transition,
)
from visavis_sdk.testing import tell
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

WORDS = Text(fr="fr", en="en")
NEED = e.NeedStated(need="a", expectations="b")
SESSION = e.SessionOpened(session="s")
EMERGENCY = e.EmergencyDeclared(reason="a")
CANCELLED = e.ActClosed(by="par_nurse", outcome=Outcome.CANCELLED)


def opened(*packs, kind=ActKind.TELEASSISTANCE):
    return e.ActOpened(kind=kind, opened_by="par_nurse", jurisdictions=packs)


def duty(id="E1", *, check="need_stated", stops=Transition.START_SESSION, **changes):
    fields = {
        "jurisdiction": "quebec",
        "title": WORDS,
        "advice": WORDS,
        "enforcement": Enforcement.EVIDENCE if stops is None else Enforcement.GATE,
        "moment": Moment.BEFORE,
        "step": "need",
        "citation": "S0",
        "source": "S0",
        "effective_from": "2020-01-01",
        "stops": stops,
        "check": DUTIES[check] if isinstance(check, str) else check,
    }
    return Obligation(id=id, **{**fields, **changes})


def derogation(id="E1", jurisdiction="quebec"):
    return e.ObligationDerogated(obligation=id, jurisdiction=jurisdiction, reason="Urgence", by="par_nurse")


def status(act, *duties):
    return evaluate(act, duties).lines[0].status


def ids(lines):
    return [line.obligation.id for line in lines]


def test_a_gate_due_stops_its_passage_until_it_is_met():
    sheet = evaluate(tell(), (duty(),))
    assert ids(sheet.due(Transition.START_SESSION)) == ["E1"]
    assert sheet.due(Transition.CLOSE_ACT) == ()
    assert evaluate(tell(NEED), (duty(),)).due(Transition.START_SESSION) == ()


def test_an_emergency_lets_a_session_gate_pass_as_owed_and_never_a_closing_one():
    duties = (duty(), duty("G2", check="on_site_note_signed", stops=Transition.CLOSE_ACT))
    sheet = evaluate(tell(EMERGENCY), duties)
    assert sheet.due(Transition.START_SESSION) == ()
    assert ids(sheet.owed()) == ["E1"]
    held = evaluate(tell(EMERGENCY, SESSION), duties)
    assert ids(held.due(Transition.CLOSE_ACT)) == ["E1", "G2"]
    assert not evaluate(tell(EMERGENCY, NEED), duties).owed()


def test_once_a_session_was_held_closing_waits_for_every_gate_but_not_for_evidence():
    duties = (duty(), duty("B9", check="competence_confirmed", stops=None))
    sheet = evaluate(tell(SESSION), duties)
    assert ids(sheet.due(Transition.CLOSE_ACT)) == ["E1"]


def test_a_derogation_answers_what_is_due_and_nothing_else():
    assert status(tell(derogation()), duty()) == Derogated(reason="Urgence", event=1)
    assert isinstance(status(tell(NEED, derogation()), duty()), Met), "what is met is met"
    assert isinstance(status(tell(derogation(jurisdiction="france")), duty()), Due)
    assert isinstance(status(tell(derogation("E2")), duty()), Due)
    assert not evaluate(tell(EMERGENCY, derogation()), (duty(),)).owed()


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ({}, True),
        ({"effective_from": "2026-01-15"}, True),
        ({"effective_from": "2026-01-16"}, False),
        ({"effective_to": "2026-01-15"}, True),
        ({"effective_to": "2026-01-14"}, False),
        ({"kinds": (ActKind.TELEASSISTANCE,)}, True),
        ({"kinds": (ActKind.TELECONSULTATION,)}, False),
    ],
)
def test_the_duties_in_force_are_those_of_the_opening_day_and_of_the_kind(changes, there):
    assert bool(evaluate(tell(), (duty(**changes),)).lines) is there


def test_the_packs_of_the_act_are_those_it_was_opened_under():
    french = duty(jurisdiction="france")
    assert ids(evaluate(tell(opened("quebec")), (duty(), french)).lines) == ["E1"]
    assert len(evaluate(tell(opened("quebec", "france")), (duty(), french)).lines) == 2


def test_the_patients_place_governs_once_it_is_stated():
    duties = (duty(), duty(jurisdiction="france"), duty("J3", follows_patient=False))
    stated = e.JurisdictionStated(patient=" France ", professionals={})
    here, french, other_order = evaluate(tell(opened("quebec", "france"), stated), duties).lines
    assert isinstance(here.status, NotApplicable)
    assert isinstance(french.status, Due)
    assert isinstance(other_order.status, Due), "it binds by where the professionals are"
    unknown = e.JurisdictionStated(patient="Ontario", professionals={})
    assert isinstance(status(tell(opened("quebec", "france"), unknown), *duties), Due), (
        "no pack of that place: all stay"
    )


def test_a_check_that_raises_leaves_its_duty_due_and_the_rest_stands():
    def broken(_view):
        raise RuntimeError("Exemple Paul")

    failed = []
    sheet = evaluate(tell(NEED), (duty("X1", check=broken), duty()), lambda *told: failed.append(told))
    assert [(obligation.id, kind) for obligation, kind in failed] == [("X1", FailureKind.RAISED)]
    first, second = sheet.lines
    assert isinstance(first.status, Due)
    assert "Exemple" not in first.status.missing.fr + first.status.missing.en
    assert isinstance(second.status, Met)
    assert ids(sheet.due(Transition.START_SESSION)) == ["X1"], "a broken pack never opens a gate"


@pytest.mark.parametrize("answer", [None, True, "met", Met, ()])
def test_a_check_that_answers_no_status_opens_no_gate(answer):
    failed = []
    sheet = evaluate(tell(NEED), (duty("X1", check=lambda _view: answer),), lambda *told: failed.append(told))
    assert [(obligation.id, kind) for obligation, kind in failed] == [("X1", FailureKind.WRONG_TYPE)]
    assert ids(sheet.due(Transition.START_SESSION)) == ["X1"]


def test_an_act_closed_without_a_session_has_nothing_left_to_do():
    act = tell(CANCELLED)
    assert isinstance(status(act, duty()), NotApplicable)
    assert isinstance(status(tell(NEED, CANCELLED), duty()), Met)
    held = tell(SESSION, msgspec.structs.replace(CANCELLED, outcome=Outcome.COMPLETED))
    assert isinstance(status(held, duty("B9", check="competence_confirmed", stops=None)), Due), "a lack stays visible"


def test_lines_are_counted_by_where_they_stand_and_when():
    duties = (
        duty("E1"),
        duty("E2", check="briefing_sent"),
        duty("E4", check="place_known"),
        duty("B9", check="competence_confirmed", stops=None),
        duty("D4", check="substituted_consent_attempted"),
        duty("G2", check="on_site_note_signed", stops=Transition.CLOSE_ACT, moment=Moment.AFTER),
    )
    sheet = evaluate(tell(NEED, derogation("E4")), duties)
    assert sheet.counts == Counts(met=1, missing=1, to_come=1, lacking=1, derogated=1, not_applicable=1)
    assert sheet.counts.applicable == 5
    assert sheet.counts.to_do == 1, "evidence is a judgement, and the note lies ahead"
    assert sheet.counts_by_moment[Moment.AFTER] == Counts(to_come=1)
    assert sheet.counts_by_moment[Moment.DURING] == Counts()
    emergency = evaluate(tell(EMERGENCY, NEED), duties).counts
    assert (emergency.owed, emergency.missing, emergency.to_come) == (3, 0, 1)
    assert emergency.to_do == 3
    over = evaluate(tell(NEED, SESSION, e.LiveEnded(by="par_nurse")), duties)
    assert over.counts.to_do == len(over.due(Transition.CLOSE_ACT)) == 3, "what closing waits for is what is to do"


def test_every_line_stands_somewhere_in_every_phase():
    duties = (duty(), duty("B9", stops=None), duty("F2", enforcement=Enforcement.AID, stops=None))
    for phase in ActPhase:
        sheet = evaluate(msgspec.structs.replace(tell(), phase=phase), duties)
        assert [sheet.standing(line) for line in sheet.lines] == ["missing", "lacking", "advised"]
        assert sheet.counts.applicable == 3


def test_a_line_is_found_by_its_row():
    sheet = evaluate(tell(opened()), (duty(), duty(jurisdiction="france")))
    assert sheet.line("E1").obligation.jurisdiction == "quebec"
    assert sheet.line("E1", "france").obligation.jurisdiction == "france"
    assert sheet.line("Z9") is None
