"""The published schema, the validation and the struct agree on what an answer is."""

from __future__ import annotations

import datetime
import json
import re

from hypothesis import given
from hypothesis import strategies as st
from visavis_sample_form import SAMPLE
from visavis_sdk.forms import json_schema, restore, validate_draft

SCHEMA = json_schema(SAMPLE)
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def is_day(text):
    try:
        return len(text) == 10 and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


RULES = {
    "anyOf": lambda schemas, value: any(conforms(schema, value) for schema in schemas),
    "type": lambda name, value: isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)),
    "enum": lambda allowed, value: value in allowed,
    "minimum": lambda low, value: value >= low,
    "maximum": lambda high, value: value <= high,
    "maxLength": lambda most, value: len(value) <= most,
    "maxItems": lambda most, value: len(value) <= most,
    "uniqueItems": lambda _, value: len(value) == len({json.dumps(item) for item in value}),
    "items": lambda schema, value: all(conforms(schema, item) for item in value),
    "pattern": lambda pattern, value: re.search(pattern, value) is not None,
    "format": lambda name, value: name != "date" or is_day(value),
    "required": lambda names, value: set(names) <= set(value),
    "properties": lambda schemas, value: all(conforms(schemas[name], value[name]) for name in value if name in schemas),
    "additionalProperties": lambda allowed, value: True,  # looked at beside "properties", below
}
WORDS = {"title", "x-form", "$schema", "$id"}  # annotations


def conforms(schema, value):
    """The keywords of JSON Schema that our schemas use; one that is not known here fails the test with a KeyError."""
    keywords = {name: rule for name, rule in schema.items() if name not in WORDS}
    ordered = sorted(keywords.items(), key=lambda item: item[0] != "type")  # the type first: the others rely on it
    closed = schema.get("additionalProperties") is False and isinstance(value, dict)
    if closed and set(value) - set(schema["properties"]):
        return False
    return all(RULES[name](rule, value) for name, rule in ordered)


TYPED = {
    "length": st.sampled_from(["3,2", "100", "0", "12.5", "x", {"absent": "refused"}]),
    "pain": st.integers(-2, 12) | st.sampled_from(["4", {"absent": "not_done"}, "many"]),
    "exudate": st.sampled_from(["none", "heavy", "torrential", ""]),
    "skin": st.lists(st.sampled_from(["intact", "macerated", "blistered", "?"]), max_size=4),
    "remark": st.text(max_size=25),
    "odour": st.booleans(),
    "asked": st.sampled_from(["oui", "", None]),
    "since": st.dates().map(str),
    "photos": st.lists(st.sampled_from(["still_1", "still_2", "still_3", "a b"]), max_size=3),
}
RAW = st.fixed_dictionaries({}, optional=TYPED)
STORED = st.fixed_dictionaries(
    {"length": st.sampled_from(["3.2", "x", 3, {"absent": "refused"}, {"absent": "?"}])},
    optional={
        "pain": st.integers(0, 10) | st.sampled_from([True, "4", {"absent": "not_done"}, None]),
        "exudate": st.sampled_from(["none", "heavy", "torrential", 1]),
        "skin": st.lists(st.sampled_from(["intact", "macerated", "blistered", "?"]), max_size=4),
        "remark": st.text(max_size=25) | st.integers(),
        "odour": st.booleans() | st.just("on"),
        "since": st.dates().map(str) | st.just("soon"),
        "photos": st.lists(st.sampled_from(["still_1", "a b"]), max_size=3),
        "colour": st.just("red"),
    },
)


@given(RAW)
def test_what_validation_accepts_the_schema_accepts(raw):
    values = {"length": "1", **validate_draft(SAMPLE, raw).values}
    assert conforms(SCHEMA, values)


@given(STORED)
def test_what_the_schema_accepts_the_struct_accepts(stored):
    if conforms(SCHEMA, stored):
        restore(SAMPLE, stored)
