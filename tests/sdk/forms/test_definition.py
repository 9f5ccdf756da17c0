"""What an author writes is checked when the plugin loads, and drawn the same everywhere."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest
from visavis_sample_form import EXUDATE, SAMPLE, Exudate, Sample
from visavis_sdk.forms import (
    Form,
    FormDefinition,
    FormFault,
    Section,
    choice,
    decimal,
    describe,
    json_schema,
    loinc,
    note,
    schema_sha256,
    snomed,
    validate,
    whole,
)
from visavis_sdk.text import Text

LABEL = Text("Champ", "Field")


def test_the_description_keeps_the_authors_order_and_words():
    description = describe(SAMPLE)
    assert [section.id for section in description.sections] == ["measure", "look"]
    length, pain, _since = description.sections[0].fields
    assert (length.kind, length.unit, length.low, length.high, length.step) == ("decimal", "cm", "0", "100", "0.1")
    assert (length.label.fr, length.required, length.code.code) == ("Longueur", True, "39126-8")
    assert [option.value for option in length.absences] == ["not_done", "not_measurable", "refused"]
    assert (pain.kind, pain.required) == ("whole", False)
    exudate, _skin, odour, asked, *_ = description.sections[1].fields
    assert [option.label.en for option in exudate.options] == ["None", "Light", "Heavy"]
    assert exudate.absences == ()
    assert odour.help.fr == "Après nettoyage"
    assert (odour.tri_state, asked.tri_state) == (False, True)


def test_the_schema_describes_what_is_stored():
    schema = json_schema(SAMPLE)
    assert schema["required"] == ["length"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["exudate"]["enum"] == ["none", "light", "heavy"]
    assert schema["properties"]["length"]["anyOf"][0]["type"] == "string"
    assert schema["properties"]["length"]["x-form"]["unit"] == "cm"
    pain = schema["properties"]["pain"]["anyOf"][0]
    assert (pain["minimum"], pain["maximum"]) == (0, 10)
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["properties"]) == {field.name for field in msgspec.structs.fields(Sample)}


def test_the_fingerprint_is_stable_and_sees_every_word():
    assert schema_sha256(SAMPLE) == schema_sha256(msgspec.structs.replace(SAMPLE))
    other = msgspec.structs.replace(SAMPLE, title=Text("Exemple", "Example"))
    assert schema_sha256(other) != schema_sha256(SAMPLE)


def definition(answers: type[Form], *fields: str) -> FormDefinition:
    return FormDefinition(
        id="sample.faulty", version=1, title=LABEL, answers=answers, sections=(Section("only", LABEL, fields),)
    )


class Bare(Form, frozen=True, kw_only=True):
    words: str


class WrongType(Form, frozen=True, kw_only=True):
    size: Annotated[float, decimal(LABEL)]


class WrongEnumeration(Form, frozen=True, kw_only=True):
    class Other(StrEnum):
        A = "a"

    exudate: Annotated[Exudate, choice(LABEL, {Other.A: LABEL})]


class TwoHelpers(Form, frozen=True, kw_only=True):
    words: Annotated[str, note(LABEL), note(LABEL)]


class Fine(Form, frozen=True, kw_only=True):
    words: Annotated[str, note(LABEL)]
    size: Annotated[Decimal, decimal(LABEL)]


@pytest.mark.parametrize(
    ("declare", "fault"),
    [
        (lambda: definition(Bare, "words"), "Bare.words: declare it with a helper"),
        (lambda: definition(WrongType, "size"), "WrongType.size: its type does not fit the helper 'decimal'"),
        (lambda: definition(WrongEnumeration, "exudate"), "its type does not fit the helper 'choice'"),
        (lambda: definition(TwoHelpers, "words"), "TwoHelpers.words: one helper of visavis_sdk.forms, not 2"),
        (lambda: definition(Fine, "words"), "size are in no section"),
        (lambda: definition(Fine, "words", "size", "colour"), "colour are not fields of the form"),
        (lambda: definition(Fine, "words", "size", "words"), "words are in two sections"),
        (lambda: msgspec.structs.replace(SAMPLE, id="Sample Wound"), "ids are lower-case words"),
        (lambda: msgspec.structs.replace(SAMPLE, version=0), "versions start at 1"),
        (lambda: decimal(LABEL, low="0,5"), "'0,5' is not a decimal string"),
        (lambda: decimal(LABEL, step="0"), "the step must be positive"),
        (lambda: whole(LABEL, low=5, high=4), "low must not exceed high"),
        (lambda: choice(LABEL, {Exudate.NONE: EXUDATE[Exudate.NONE]}), "no words for LIGHT, HEAVY"),
        (lambda: choice(LABEL, {}), "at least one option"),
        (lambda: note(Text("Champ", " ")), "a label in French and in English"),
        (lambda: loinc("39126-9"), "check digit"),
        (lambda: snomed("12"), "not a SNOMED CT identifier"),
    ],
)
def test_a_form_that_is_declared_wrongly_is_refused_with_the_reason(declare, fault):
    with pytest.raises(FormFault, match=fault):
        declare()


def test_a_required_answer_without_reasons_is_asked_for_plainly():
    codes = {error.path: error.code for error in validate(definition(Fine, "words", "size"), {})}
    assert codes == {"words": "required", "size": "required"}


def test_answers_that_run_code_of_their_own_are_refused() -> None:
    class Busy(Form, frozen=True, kw_only=True):
        need: Annotated[str, note(label=Text(fr="Besoin", en="Need"))]

        def __post_init__(self) -> None:
            """Would run on the server wherever an act is read."""

    with pytest.raises(FormFault, match="answers are data"):
        FormDefinition(
            id="test.busy",
            version=1,
            title=Text(fr="F", en="F"),
            answers=Busy,
            sections=(Section(id="s", title=Text(fr="S", en="S"), fields=("need",)),),
        )
