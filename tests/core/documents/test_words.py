"""Both languages say the same things, and every sentence a note needs is there."""

from __future__ import annotations

import re
import string

import pytest
from visavis_core.documents.notes import NOTES, heading_of, section_keys
from visavis_core.locale import words
from visavis_sdk.vocabulary import ActKind, Adequacy, ConsentChannel, ConsentGiver, Outcome, Role, Side
from visavis_sdk.vocabulary import SubstitutedConsentResult as Substituted

CHOICES = {
    "kind": ActKind,
    "adequacy": Adequacy,
    "channel": ConsentChannel,
    "giver": ConsentGiver,
    "outcome": Outcome,
    "role": Role,
    "side": Side,
    "substituted": Substituted,
}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_french_and_english_have_the_same_sentences_with_the_same_places() -> None:
    french, english = words("fr"), words("en")
    assert french.keys() == english.keys()
    different = {key for key in french.keys() if placeholders(french(key)) != placeholders(english(key))}  # noqa: SIM118 -- not a dict
    assert different == set()


@pytest.mark.parametrize(("area", "values"), CHOICES.items())
def test_every_value_of_the_vocabulary_has_a_word(area: str, values: type[ActKind]) -> None:
    assert [value for value in values if not words("fr").has(f"{area}.{value}")] == []


def test_every_section_has_a_heading() -> None:
    for note in NOTES:
        for key in section_keys(note):
            heading = heading_of(key)
            assert heading.fr != key
            assert heading.en != key


def test_a_section_that_is_not_ours_keeps_its_key() -> None:
    assert heading_of("local_protocol").fr == "local_protocol"


def test_french_words_carry_their_no_break_spaces() -> None:
    loose = [key for key in words("fr").keys() if re.search(r"\w [;!?»]|« \w", words("fr")(key))]  # noqa: SIM118 -- not a dict
    assert loose == []
