"""Measures become verdicts in clinical words, without flicker and without filling the record."""

from __future__ import annotations

from typing import Any

import pytest
from visavis_core.session.quality import (
    BETTER_AFTER,
    RECORD_EVERY,
    LinkQuality,
    assess,
    judge,
    measurement,
    read_thresholds,
)
from visavis_core.session.signalling import Report
from visavis_sdk.vocabulary import Adequacy

LIMITS = read_thresholds()
GOOD: dict[str, Any] = {
    "frames_per_second": 30,
    "loss_per_mille": 0,
    "round_trip_ms": 40,
    "frozen_ms_per_s": 0,
    "height": 1080,
}


def report(direction: Any = "subscribe", **measures: int) -> Report:
    return Report(link="lnk_1", direction=direction, **(GOOD | measures))


def test_every_limit_is_dated_and_says_where_it_comes_from() -> None:
    assert LIMITS.effective_from == "2026-11-23"
    for name in LIMITS.__struct_fields__[1:]:
        assert len(getattr(LIMITS, name).source) > 20, name


@pytest.mark.parametrize(
    ("measures", "verdict", "why"),
    [
        ({}, Adequacy.ADEQUATE, ""),
        ({"frames_per_second": 10}, Adequacy.LIMITED, "frames_per_second"),
        ({"frames_per_second": 4}, Adequacy.INSUFFICIENT, "frames_per_second"),
        ({"loss_per_mille": 30}, Adequacy.ADEQUATE, ""),
        ({"loss_per_mille": 31}, Adequacy.LIMITED, "loss_per_mille"),
        ({"round_trip_ms": 900}, Adequacy.INSUFFICIENT, "round_trip_ms"),
        ({"frozen_ms_per_s": 500, "round_trip_ms": 450}, Adequacy.INSUFFICIENT, "frozen_ms_per_s"),
        ({"height": 200}, Adequacy.INSUFFICIENT, "height"),
    ],
)
def test_the_worst_measure_decides_and_is_named(measures: dict[str, int], verdict: Adequacy, why: str) -> None:
    assert judge(report(**measures), LIMITS) == (verdict, why)


def test_a_sender_is_not_judged_on_what_only_a_receiver_knows() -> None:
    assert judge(report("publish", loss_per_mille=500), LIMITS) == (Adequacy.ADEQUATE, "")


def test_one_bad_report_does_not_change_the_verdict_two_do() -> None:
    quality = assess(LinkQuality(), report(), LIMITS)
    quality = assess(quality, report(frames_per_second=4), LIMITS)
    assert quality.verdict is Adequacy.ADEQUATE
    quality = assess(quality, report(frames_per_second=4), LIMITS)
    assert (quality.verdict, quality.why) == (Adequacy.INSUFFICIENT, "frames_per_second")


def test_trust_comes_back_more_slowly_than_it_goes() -> None:
    quality = LinkQuality(verdict=Adequacy.INSUFFICIENT, why="frames_per_second")
    for _ in range(BETTER_AFTER - 1):
        quality = assess(quality, report(), LIMITS)
        assert quality.verdict is Adequacy.INSUFFICIENT
    quality = assess(quality, report(), LIMITS)
    assert (quality.verdict, quality.why) == (Adequacy.ADEQUATE, "")


def test_a_flickering_link_keeps_its_verdict() -> None:
    quality = assess(LinkQuality(), report(), LIMITS)
    for _ in range(20):
        quality = assess(quality, report(frames_per_second=4), LIMITS)
        quality = assess(quality, report(), LIMITS)
    assert quality.verdict is Adequacy.ADEQUATE


def test_the_record_takes_a_change_at_most_every_ten_seconds() -> None:
    quality = LinkQuality(verdict=Adequacy.ADEQUATE)
    quality, first = measurement(quality, report(), "par_nurse", "clinical", now=0.0)
    assert first is not None
    assert (first.verdict, first.frames_per_second, first.round_trip_ms) == (Adequacy.ADEQUATE, 30, 40)
    quality, same = measurement(quality, report(), "par_nurse", "clinical", now=60.0)
    assert same is None, "nothing changed"
    changed = assess(assess(quality, report(height=100), LIMITS), report(height=100), LIMITS)
    changed, early = measurement(changed, report(height=100), "par_nurse", "clinical", now=RECORD_EVERY - 1)
    assert early is None
    changed, kept = measurement(changed, report(height=100), "par_nurse", "clinical", now=RECORD_EVERY)
    assert kept is not None
    assert kept.verdict is Adequacy.INSUFFICIENT
