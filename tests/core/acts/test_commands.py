"""What a client's body may be: a blank is no statement, and a date is one that a calendar may hold."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from visavis_core.acts.commands import ClientCommand

PATIENT = {
    "type": "identify_patient",
    "family_name": "Bouchard-Invente",
    "given_names": "Hector",
    "birth_date": "1948-03-12",
    "sex": "male",
    "method": "health_card",
}


def read(command: Mapping[str, object]) -> object:
    return msgspec.json.decode(msgspec.json.encode(command), type=ClientCommand)


@pytest.mark.parametrize(
    "command",
    [
        {"type": "give_advice", "text": " ", "justification": "Fibrine adhérente."},
        {"type": "give_advice", "text": "Débrider.", "justification": "\n"},
        {"type": "state_need", "need": "\t", "expectations": "Un avis.", "competence_confirmed": True},
        {"type": "name_follow_up", "name": " ", "contact": "418 555 0100"},
        {**PATIENT, "family_name": " "},
    ],
)
def test_a_blank_says_nothing(command: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(command)


@pytest.mark.parametrize("date", ["9999-99-99", "1948-13-01", "1948-03-32", "١٩٤٨-٠٣-١٢", "1948-03-12\n"])
def test_a_date_no_calendar_holds_is_refused(date: str) -> None:
    assert read(PATIENT)
    with pytest.raises(msgspec.ValidationError):
        read({**PATIENT, "birth_date": date})
