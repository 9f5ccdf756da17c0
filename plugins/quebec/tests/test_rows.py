"""Each row of the Québec pack is met by one act and lacked by another, and says what the interface needs."""

from __future__ import annotations

import msgspec
import pytest
from visavis_quebec.plugin import create_plugin, obligations
from visavis_sdk import events as e
from visavis_sdk.obligations import Due, Enforcement, Met, Moment, NotApplicable, Transition
from visavis_sdk.testing import tell
from visavis_sdk.testing.duties import EXAMPLES, EXPERT, NURSE, Example
from visavis_sdk.vocabulary import ActKind

STEPS = {
    *("patient", "people", "consent", "need", "place", "plan_b", "check", "jurisdiction", "session", "advice"),
    *("quality", "incident", "note_assisting", "note_on_site", "close"),
}
ROWS = {row.id: row for row in obligations()}


def places(patient="quebec", expert="quebec", basis="", nurse="quebec"):
    return e.JurisdictionStated(patient=patient, professionals={"par_nurse": nurse, "par_expert": expert}, basis=basis)


def placed(**where):
    return tell(NURSE, EXPERT, places(**where))


EMERGENCY = e.ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse", emergency=True)


def justified(*ids):
    return tuple(
        e.ObligationDerogated(obligation=id, jurisdiction="quebec", reason="Hémorragie", by="par_nurse") for id in ids
    )


def owed_at_first():
    starting = [row for row in obligations() if row.stops is Transition.START_SESSION]
    return [row.id for row in starting if isinstance(row.check(tell(EMERGENCY)), Due)]


OWN = {
    "places_stated": Example(meets=placed(), lacks=tell(NURSE, EXPERT, places(expert=" "))),
    "outside_physician_entitled": Example(
        meets=placed(expert="Ontario", basis="permit"), lacks=placed(expert="Ontario", basis="same_jurisdiction")
    ),
    "other_order_consulted": Example(
        meets=placed(patient="Ontario", basis="other_order_checked"), lacks=placed(patient="Ontario")
    ),
    "emergency_made_good": Example(
        meets=tell(EMERGENCY, *justified(*owed_at_first())), lacks=tell(EMERGENCY, *justified("E6"))
    ),
}


@pytest.mark.parametrize("row", obligations(), ids=lambda row: row.id)
def test_each_row_is_met_by_one_act_and_lacked_by_another(row):
    example = {**EXAMPLES, **OWN}[row.check.__name__]
    assert isinstance(row.check(example.meets), Met)
    assert isinstance(row.check(example.lacks), NotApplicable if example.never_due else Due)


@pytest.mark.parametrize("row", obligations(), ids=lambda row: row.id)
def test_each_row_says_what_to_do_where_and_on_what_ground(row):
    assert row.jurisdiction == "quebec"
    assert row.step in STEPS
    assert row.citation.startswith("S0")
    assert row.source == "S0"
    assert row.effective_from == row.reviewed == "2026-11-23", "S0 bears no date"
    for text in (row.advice, row.title):
        assert max(len(text.fr), len(text.en)) <= 100
        assert "\n" not in text.fr + text.en
    assert (row.stops is not None) is (row.enforcement is Enforcement.GATE)


def test_the_rows_of_this_release_are_all_there():
    """B11, B14 and F1-F3 as evidence, the rest of before and after as gates: requirements, one by one."""
    assert set(ROWS) == {
        *("A1", "A2", "A13", "B1", "B2", "B3", "B4", "B5", "B9", "B10", "B11", "B14"),
        *("D1", "D2", "D3", "D4", "D5", "D6", "D7", "E1", "E2", "E4", "E6", "E7"),
        *("F1", "F2", "F3", "F6", "F7", "F10", "G1", "G2", "G8", "J1", "J2", "J3"),
    }
    gates = {id for id, row in ROWS.items() if row.enforcement is Enforcement.GATE}
    assert gates == {
        *("A1", "A2", "A13", "B1", "B2", "B3", "B4", "B5", "D1", "D2", "D3", "D4", "D5", "D7"),
        *("E1", "E2", "E4", "E6", "E7", "F7", "G1", "G2", "J1", "J2", "J3"),
    }
    assert {ROWS[id].moment for id in ("E7", "F3", "G1")} == set(Moment)
    assert {id for id, row in ROWS.items() if not row.follows_patient} == {"J1", "J3"}


@pytest.mark.parametrize("basis", ["permit", "special_authorisation", "one_off_specialised_opinion"])
def test_a_physician_outside_quebec_assists_on_one_of_three_grounds(basis):
    check = ROWS["J2"].check
    assert isinstance(check(placed(expert="France", basis=basis)), Met)
    assert isinstance(check(placed(expert="Québec")), NotApplicable)
    assert isinstance(check(placed(patient="Ontario", expert="Ontario")), NotApplicable)
    assert isinstance(check(tell(NURSE, EXPERT)), NotApplicable)


def test_a_patient_elsewhere_calls_for_the_other_order_only_when_somebody_practises_from_here():
    check = ROWS["J3"].check
    assert isinstance(check(placed(patient="Ontario", expert="Ontario", nurse="Ontario")), NotApplicable)
    assert isinstance(check(placed()), NotApplicable)
    assert isinstance(check(tell(NURSE, EXPERT)), NotApplicable)


def test_another_packs_derogation_makes_nothing_good_here():
    elsewhere = tuple(msgspec.structs.replace(said, jurisdiction="france") for said in justified(*owed_at_first()))
    assert isinstance(ROWS["A13"].check(tell(EMERGENCY, *elsewhere)), Due)
    assert isinstance(ROWS["A13"].check(tell()), NotApplicable)


def test_a_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="colour"):
        create_plugin({"colour": "red"})
