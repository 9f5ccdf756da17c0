"""Drawings stay inside their picture, and each person has a mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_core.session.annotations import MARKS, find_fault, give_marks
from visavis_sdk.events import Stroke

ARROW = Stroke(shape="arrow", points=((1000, 1000), (5000, 5000)))


@pytest.mark.parametrize(
    ("target", "stroke", "code"),
    [
        ("live:clinical", ARROW, None),
        ("stl_1", ARROW, None),
        ("stl_9", ARROW, "drawing_without_picture"),
        ("live:clinical", Stroke(shape="laser", points=((1, 1),)), "drawing_unknown_shape"),
        ("live:clinical", Stroke(shape="pointer", points=((1, 1),)), "drawing_unknown_shape"),
        ("live:clinical", Stroke(shape="circle", points=((1, 1), (10_001, 5))), "drawing_outside_picture"),
        ("live:clinical", Stroke(shape="freehand", points=((-1, 1),)), "drawing_outside_picture"),
        ("live:clinical", Stroke(shape="freehand", points=()), "drawing_too_long"),
        ("live:clinical", Stroke(shape="freehand", points=((1, 1),) * 513), "drawing_too_long"),
        ("live:clinical", Stroke(shape="text", points=((1, 1),), text="x" * 201), "drawing_too_long"),
    ],
)
def test_a_drawing_is_kept_or_refused_by_name(target: str, stroke: Stroke, code: str | None) -> None:
    fault = find_fault(target, (stroke,), stills={"stl_1"})
    assert (fault[0] if fault else None) == code


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=512))
def test_any_stroke_inside_the_picture_is_kept(points: list[tuple[int, int]]) -> None:
    assert find_fault("live:clinical", (Stroke(shape="freehand", points=tuple(points)),), ()) is None


def test_marks_follow_the_order_of_identification_and_are_the_same_everywhere() -> None:
    people = [f"par_{i}" for i in range(8)]
    marks = give_marks(people)
    assert [marks[who] for who in people] == [0, 1, 2, 3, 4, 5, 0, 1]
    assert MARKS == 6
