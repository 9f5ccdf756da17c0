"""Answers are read one by one, all errors are told at once, and nothing that was right is lost."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_sample_form import SAMPLE, Exudate, Sample, Skin
from visavis_sdk.forms import Absence, Absent, computed, restore, store, validate, validate_draft

RIGHT = {
    "length": "3,2",
    "pain": "4",
    "exudate": "light",
    "skin": ["macerated", "intact"],
    "remark": " bords nets\r\nrouge ",
    "odour": "on",
    "asked": "non",
    "since": "2026-11-20",
    "photos": ["still_1"],
}


def codes(raw):
    return {error.path: error.code for error in validate_draft(SAMPLE, raw).errors}


def test_a_form_as_a_browser_posts_it_becomes_its_struct():
    assert validate(SAMPLE, RIGHT) == Sample(
        length=Decimal("3.2"),
        pain=4,
        exudate=Exudate.LIGHT,
        skin=(Skin.INTACT, Skin.MACERATED),
        remark="bords nets\nrouge",
        odour=True,
        asked=False,
        since=datetime.date(2026, 11, 20),
        photos=("still_1",),
    )


def test_what_is_stored_holds_decimals_as_text_and_no_float():
    answers = validate(SAMPLE, RIGHT)
    stored = store(answers)
    assert stored["length"] == "3.2"
    assert stored["skin"] == ["intact", "macerated"]
    assert restore(SAMPLE, json.loads(json.dumps(stored))) == answers


def test_every_error_is_told_at_once_and_the_right_answers_are_kept():
    draft = validate_draft(
        SAMPLE,
        {
            "length": "large",
            "pain": "11",
            "exudate": "torrential",
            "skin": ["intact", "macerated", "blistered"],
            "remark": "x" * 21,
            "odour": "perhaps",
            "since": "2026-02-30",
            "photos": ["../../etc/passwd"],
            "asked": "oui",
            "surprise": "1",
        },
    )
    assert {error.path: error.code for error in draft.errors} == {
        "length": "not_a_number",
        "pain": "too_high",
        "exudate": "not_a_choice",
        "skin": "too_many",
        "remark": "too_long",
        "odour": "not_yes_or_no",
        "since": "not_a_date",
        "photos": "not_a_picture",
        "surprise": "unknown_field",
    }
    assert draft.values == {"asked": True}


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        ("length", "-0.1", "too_low"),
        ("length", "100.1", "too_high"),
        ("length", "3.25", "off_step"),
        ("length", "1e3", "not_a_number"),
        ("length", "NaN", "not_a_number"),
        ("length", "٣", "not_a_number"),
        ("length", "3,2,1", "not_a_number"),
        ("length", float("inf"), "not_a_number"),
        ("length", True, "not_a_number"),
        ("length", ["3"], "not_a_number"),
        ("length", "9" * 13, "not_a_number"),
        ("pain", "2,5", "not_whole"),
        ("pain", -1, "too_low"),
        ("exudate", ["light"], "not_a_choice"),
        ("skin", {"intact": True}, "not_a_choice"),
        ("skin", ["intact", 3], "not_a_choice"),
        ("remark", 3, "not_text"),
        ("remark", "a\x00b", "not_text"),
        ("since", "20/11/2026", "not_a_date"),
        ("since", "1899-12-31", "too_early"),
        ("since", "2101-01-01", "too_late"),
        ("photos", ["a", "b", "c"], "too_many"),
        ("length", {"value": "3"}, "not_a_number"),
        ("length", {"absent": "tired"}, "not_a_reason"),
        ("exudate", {"absent": "refused"}, "absence_not_allowed"),
    ],
)
def test_what_cannot_be_read_has_its_code(field, raw, code):
    assert codes({field: raw}) == {field: code}


def test_the_sentence_says_what_to_do_in_both_languages_with_the_unit():
    (error,) = validate_draft(SAMPLE, {"length": "100,1"}).errors
    assert (error.message.fr, error.message.en) == ("Au plus 100\u00a0cm.", "At most 100\u00a0cm.")
    (error,) = validate_draft(SAMPLE, {"length": "3.25"}).errors
    assert (error.message.fr, error.message.en) == (
        "Arrondissez à 0,1\u00a0cm près.",
        "Round to the nearest 0.1\u00a0cm.",
    )


def test_a_missing_value_has_a_reason_and_is_never_zero():
    told = {"length": {"absent": "not_measurable"}, "pain": "", "pain.absent": "refused"}
    answers = validate(SAMPLE, told)
    assert isinstance(answers, Sample)
    assert answers.length == Absent(Absence.NOT_MEASURABLE)
    assert answers.pain == Absent(Absence.REFUSED)
    assert store(answers)["length"] == {"absent": "not_measurable"}
    assert restore(SAMPLE, store(answers)) == answers


def test_a_value_and_a_reason_for_its_absence_exclude_each_other():
    assert codes({"length": "3", "length.absent": "refused"}) == {"length": "value_and_absence"}
    assert codes({"length": "3", "length.absent": ""}) == {}


def test_a_draft_may_be_incomplete_and_a_saved_form_may_not():
    assert validate_draft(SAMPLE, {"pain": "3"}).missing == ("length",)
    (error,) = validate(SAMPLE, {"pain": "3"})
    assert (error.path, error.code) == ("length", "required_or_reason")


@pytest.mark.parametrize("answer", ["large", "11,5 cm de Mme Tremblay"])
def test_no_message_repeats_the_answer(answer):
    draft = validate_draft(SAMPLE, dict.fromkeys(RIGHT, answer * 20))
    assert len(draft.errors) == len(RIGHT)
    assert answer not in repr([error.message for error in draft.errors])


def test_unknown_names_from_outside_are_bounded():
    errors = validate_draft(SAMPLE, {f"{n}" * 100: n for n in range(500)}).errors
    assert len(errors) == 20
    assert max(len(error.path) for error in errors) == 64


def test_derived_values_follow_the_answers_and_wait_for_the_required_ones():
    assert computed(SAMPLE, {"pain": 3}) == ()
    (double,) = computed(SAMPLE, {"length": "3.2"})
    assert double.value == "6.4"
    (double,) = computed(SAMPLE, validate(SAMPLE, {"length": {"absent": "refused"}}))
    assert (double.value, double.absent.fr) == ("", "Sans longueur")


def test_answers_of_another_form_are_not_restored():
    with pytest.raises(msgspec.ValidationError):
        restore(SAMPLE, {"length": "3.2", "colour": "red"})


# -- properties ------------------------------------------------------------------------------------------------------

FIELDS = st.sampled_from([*RIGHT, "length.absent", "pain.absent", "unknown"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["3,2", "4", "light", "intact", "on", "2026-11-20", "refused", "still_1", "9" * 5000])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
RAW = st.dictionaries(FIELDS, ANYTHING | st.fixed_dictionaries({"absent": ANYTHING}), max_size=12)


def holds_float(value):
    if isinstance(value, dict):
        return any(map(holds_float, value.values()))
    if isinstance(value, list):
        return any(map(holds_float, value))
    return isinstance(value, float)


@given(RAW)
def test_nothing_a_client_sends_makes_it_raise_or_store_a_float(raw):
    draft = validate_draft(SAMPLE, raw)
    assert not holds_float(draft.values)
    assert not set(draft.values) & {error.path for error in draft.errors}
    json.dumps(draft.values)


@given(RAW)
def test_what_was_accepted_is_accepted_again_unchanged(raw):
    values = validate_draft(SAMPLE, raw).values
    again = validate_draft(SAMPLE, values)
    assert (again.values, again.errors) == (values, ())


@given(RAW)
def test_accepted_answers_always_become_the_struct(raw):
    values = {"length": "1", **validate_draft(SAMPLE, raw).values}
    answers = restore(SAMPLE, values)
    assert {name: value for name, value in store(answers).items() if name in values} == values


@given(RAW, RAW)
def test_one_field_never_changes_what_is_said_of_another(first, second):
    names = {name.split(".")[0] for name in first}
    others = {name: value for name, value in second.items() if name.split(".")[0] not in names}
    alone, together = validate_draft(SAMPLE, first), validate_draft(SAMPLE, {**first, **others})
    assert {name: value for name, value in together.values.items() if name in names} == alone.values


@given(st.integers(min_value=0, max_value=1000), st.sampled_from([".", ","]), st.sampled_from(["", " ", "\u00a0"]))
def test_every_value_within_the_bounds_is_kept_exactly(tenths, mark, space):
    written = f"{space}{tenths // 10}{mark}{tenths % 10}{space}"
    draft = validate_draft(SAMPLE, {"length": written})
    assert draft.errors == ()
    assert Decimal(draft.values["length"]) == Decimal(tenths) / 10
