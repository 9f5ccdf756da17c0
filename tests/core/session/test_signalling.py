"""Messages over the wire: bounded, strict, and never quoted back."""

from __future__ import annotations

import json

import msgspec
import pytest
from visavis_core.acts.commands import GiveAdvice
from visavis_core.session.allowance import Allowance
from visavis_core.session.signalling import (
    LARGEST_MESSAGE,
    Drawing,
    Heartbeat,
    Perform,
    Pointer,
    Unreadable,
    read_message,
)


def test_a_command_travels_with_its_cause() -> None:
    message = read_message(
        '{"type":"perform","cause":"room:1","command":{"type":"give_advice","text":"Rincer","justification":"Vu"}}'
    )
    assert message == Perform(cause="room:1", command=GiveAdvice(text="Rincer", justification="Vu"))


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        "not json",
        '{"type":"heartbeat","sent":-1}',
        '{"type":"unknown"}',
        '{"type":"pointer","target":"live:clinical","x":10001,"y":0}',
        '{"type":"drawing","drawing":"a b","target":"live:clinical","shape":"arrow","points":[]}',
        '{"type":"perform","cause":"c","command":{"type":"give_advice","text":"","justification":"Vu"}}',
        '{"type":"perform","cause":"c","command":{"type":"capture_still"}}',
        '{"type":"perform","cause":"c","command":{"type":"lose_connection","participant":"par_1"}}',
        '{"type":"perform","cause":"c","command":{"type":"open_act","kind":"teleassistance"}}',
        '{"type":"snapshot","act":"a"}',
        '{"type":"heartbeat","sent":1,"more":2}',
    ],
)
def test_what_is_not_a_message_is_refused_in_words_without_being_quoted(frame: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_message(frame)
    assert refused.value.code == "message_unreadable"
    assert refused.value.__cause__ is None
    assert "Rechargez" in refused.value.explain("fr")
    assert "Reload" in refused.value.explain("en")


def test_a_message_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unreadable) as refused:
        read_message(b" " * (LARGEST_MESSAGE + 1))
    assert refused.value.code == "message_too_large"


@pytest.mark.parametrize(
    ("frame", "cause"),
    [
        ('{"type":"perform","cause":"room:1","command":{"type":"no_longer_known"}}', "room:1"),
        (
            '{"cause":"room:2","command":{"type":"give_advice","text":"'
            + "a" * LARGEST_MESSAGE
            + '"},"type":"perform"}',
            "room:2",
        ),
        ('{"type":"perform","cause":"not an id","command":{}}', ""),
        ('{"type":"pointer","cause":"room:3"}', ""),
        ('{"type":"perform","cause":"room:4"', ""),
    ],
)
def test_a_command_that_cannot_be_read_is_refused_under_its_own_cause(frame: str, cause: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_message(frame)
    assert refused.value.cause == cause


def test_a_stroke_has_at_most_512_points() -> None:
    def drawing(points: int) -> str:
        return json.dumps(
            {"type": "drawing", "drawing": "d", "target": "t", "shape": "freehand", "points": [[1, 1]] * points}
        )

    assert isinstance(read_message(drawing(512)), Drawing)
    with pytest.raises(Unreadable):
        read_message(drawing(513))


def test_a_hand_may_point_thirty_times_a_second_and_not_a_thousand() -> None:
    allowance = Allowance(0.0)
    pointer = Pointer(target="live:clinical", x=1, y=1)
    passed = sum(allowance.take(pointer, i / 1000) for i in range(1000))
    assert 30 <= passed <= 60
    assert allowance.take(pointer, 3.0), "a pause gives the right back"


def test_each_kind_of_message_has_its_own_allowance() -> None:
    allowance = Allowance(0.0)
    while allowance.take(Pointer(target="t", x=1, y=1), 0.0):
        pass
    assert allowance.take(Heartbeat(), 0.0)
    assert allowance.take(Perform(cause="c", command=GiveAdvice(text="a", justification="b")), 0.0)


def test_every_message_says_its_type_once() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Heartbeat(sent=7))) == {"type": "heartbeat", "sent": 7}
