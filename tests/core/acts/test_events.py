"""The bytes of an event: deterministic, closed, and read back as they were."""

from __future__ import annotations

import json
import typing

import pytest
from visavis_core.acts.events import (
    EVENT_TYPES,
    UnreadableEventError,
    decode_event,
    encode_event,
    event_type,
    hash_sections,
)
from visavis_core.acts.evolution import CHANGES, UNCHANGED, evolve, fold
from visavis_sdk.events import AnyEvent, ConsentWithdrawn, FormSaved, NeedStated, NoteSection
from visavis_sdk.text import Text


def test_a_body_is_read_back_as_it_was_and_always_to_the_same_bytes():
    one = FormSaved(instance="f", form="w", form_version=1, schema_sha256="a", answers={"b": 1, "a": None}, by="p")
    other = FormSaved(instance="f", form="w", form_version=1, schema_sha256="a", answers={"a": None, "b": 1}, by="p")
    assert encode_event(one) == encode_event(other)
    assert decode_event(encode_event(one)) == one
    assert json.loads(encode_event(one))["type"] == event_type(one) == "form.saved"


def test_every_event_of_the_union_has_a_name_and_its_place_in_the_state():
    kinds = set(typing.get_args(AnyEvent))
    assert set(EVENT_TYPES.values()) == kinds
    assert set(CHANGES) | UNCHANGED == kinds
    assert not set(CHANGES) & UNCHANGED


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"act.invented"}',
        b'{"type":"need.stated","need":"x"}',
        b'{"type":"need.stated","need":1,"expectations":"x"}',
        b'{"need":"x"}',
        b"[]",
        b"",
        b"\xff",
    ],
)
def test_what_is_no_event_is_refused_without_repeating_it(data):
    with pytest.raises(UnreadableEventError) as caught:
        decode_event(data)
    assert caught.value.reason


def test_a_refusal_names_the_unknown_type_but_no_value():
    with pytest.raises(UnreadableEventError, match=r"act\.invented"):
        decode_event(b'{"type":"act.invented"}')
    with pytest.raises(UnreadableEventError) as caught:
        decode_event(b'{"type":"need.stated","need":"Exemple Paul","expectations":7}')
    assert "Exemple" not in str(caught.value)


def test_a_field_that_came_later_does_not_disturb_an_older_reader():
    data = encode_event(NeedStated(need="a", expectations="b"))
    newer = data[:-1] + b',"urgency":"tomorrow"}'
    assert decode_event(newer) == NeedStated(need="a", expectations="b")


def test_the_hash_of_sections_covers_their_order_and_their_sources():
    a, b = NoteSection(key="a", text="1"), NoteSection(key="b", text="2")
    hashes = {hash_sections(s) for s in ((a, b), (b, a), (a,), (NoteSection(key="a", text="1", sources=(3,)), b))}
    assert len(hashes) == 4
    assert hash_sections([a, b]) == hash_sections((a, b))


def test_a_record_out_of_order_is_damaged_and_not_folded(story):
    story.opens()
    first, second = story.act.events
    with pytest.raises(ValueError, match="event 1 where 0"):
        fold((second,))
    with pytest.raises(ValueError, match="event 0 where 1"):
        fold((first, first))
    with pytest.raises(ValueError, match="no event"):
        fold(())
    story.act = None
    with pytest.raises(ValueError, match="does not open"):
        story.record(story.nurse.actor, ConsentWithdrawn(by="p", received_by="p"))
    stray = type(first)(act="act_2", n=2, at=first.at, actor=first.actor, body=NeedStated(need="a", expectations="b"))
    with pytest.raises(ValueError, match="another act"):
        evolve(fold((first, second)), stray)


OLD = {
    "advice read back in a button's words": (
        '{"type":"advice.acknowledged","advice":"a","by":"p","read_back":"Répété à voix haute"}'.encode(),
        lambda body: body.was_read_back and not body.repeated,
    ),
    "advice only heard": (
        b'{"type":"advice.acknowledged","advice":"a","by":"p"}',
        lambda body: not body.was_read_back,
    ),
    "a form flagged in its saver's words": (
        b'{"type":"form.saved","instance":"i","form":"w","form_version":1,"schema_sha256":"","answers":{},'
        b'"findings":["Douleur forte"],"by":"p"}',
        lambda body: body.told("en") == body.told("fr") == ("Douleur forte",),
    ),
    "a note signed before its language was kept": (
        b'{"type":"note.signed","note":"on_site","sections":[],"content_sha256":"","by":"p"}',
        lambda body: body.language == "",
    ),
    "a note drafted before its language was kept": (
        b'{"type":"note.drafted","note":"on_site","sections":[],"by":"p"}',
        lambda body: body.language == "",
    ),
    "an export before the command line left one": (
        b'{"type":"access.act_exported","rule":"participant.exports"}',
        lambda body: body.by == "",
    ),
}


@pytest.mark.parametrize("name", OLD)
def test_an_older_record_still_reads(name):
    stored, holds = OLD[name]
    assert holds(decode_event(stored))


def test_what_was_flagged_is_told_in_the_readers_language():
    told = (Text(fr="Douleur forte", en="Strong pain"),)
    saved = FormSaved(instance="f", form="w", form_version=1, schema_sha256="a", answers={}, remarks=told, by="p")
    again = decode_event(encode_event(saved))
    assert (again.told("fr"), again.told("en")) == (("Douleur forte",), ("Strong pain",))
