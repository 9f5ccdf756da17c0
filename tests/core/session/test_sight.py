"""What the eye measures becomes words that last, and that do not contradict each other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from visavis_core.locale import catalogue
from visavis_core.session.sight import NAMES, Looked, look, read_limits, report_of
from visavis_media.eye_messages import PictureMeasured, SoundMeasured

LIMITS = read_limits()
GOOD = PictureMeasured(
    key=1,
    pictures=15,
    frames_per_second=15.0,
    absent_ms=60,
    unchanged_ms=0,
    lost=0,
    width=1280,
    height=720,
    sharpness=0.2,
    mean_luma=110.0,
    white_per_mille=3,
    black_per_mille=4,
)


def after(*changes: dict[str, Any], every_ms: float = 1000.0) -> Looked:
    looked = Looked()
    for number, change in enumerate(changes):
        looked = look(looked, msgspec.structs.replace(GOOD, **change), LIMITS, number * every_ms)
    return looked


def test_a_good_picture_deserves_no_word() -> None:
    assert after(*[{}] * 10).words == ()


def test_a_picture_that_no_longer_comes_is_frozen_at_once_and_only_that() -> None:
    gone = {"pictures": 0, "absent_ms": 20_000, "unchanged_ms": 20_000, "sharpness": None, "mean_luma": None}
    assert after({}, gone).words == ("frozen",)


def test_a_device_that_repeats_itself_is_motionless() -> None:
    assert after({}, {"unchanged_ms": 16_000}).words == ("motionless",)


def test_blur_is_told_against_the_same_source_s_best_and_must_last() -> None:
    blurred = {"sharpness": 0.03}
    assert after({}, blurred, blurred, blurred).words == ()
    assert after({}, blurred, blurred, blurred, blurred).words == ("blurred",)
    assert after({}, blurred, {}, blurred, blurred, blurred).words == ()


def test_the_best_of_a_minute_ago_no_longer_counts() -> None:
    soft = {"sharpness": 0.03}
    assert after({}, *[soft] * 62).words == ()


def test_an_even_surface_is_never_called_blurred() -> None:
    assert after(*[{"sharpness": 0.0001}] * 8).words == ()


@pytest.mark.parametrize(("change", "word"), [({"mean_luma": 12.0}, "dark"), ({"white_per_mille": 400}, "burnt")])
def test_bad_light_is_said_when_it_lasts(change: dict[str, Any], word: str) -> None:
    assert after({}, change, change).words == ()
    assert after({}, change, change, change).words == (word,)


def test_a_stethoscope_is_silent_or_saturated() -> None:
    sound = SoundMeasured(key=2, packets=50, silent_ms=0, lost=0, level=-25.0, peak=-9.0, clipped_per_mille=0)
    looked = look(Looked(), sound, LIMITS, 0)
    assert looked.words == ()
    assert look(looked, msgspec.structs.replace(sound, silent_ms=6_000), LIMITS, 1000).words == ("silent",)
    loud = msgspec.structs.replace(sound, clipped_per_mille=40)
    looked = look(looked, loud, LIMITS, 1000)
    assert look(looked, loud, LIMITS, 2000).words == ("saturated",)


def test_what_was_not_measured_is_not_judged() -> None:
    unknown = {"sharpness": None, "mean_luma": None, "white_per_mille": None}
    assert after(*[unknown] * 5).words == ()


def test_the_measure_is_one_more_report_on_the_link() -> None:
    report = report_of("link_1", GOOD, limits=LIMITS)
    assert (report.frames_per_second, report.frozen_ms_per_s, report.height) == (15, 0, 720)
    gone = msgspec.structs.replace(GOOD, pictures=0, absent_ms=3_000, width=0, height=0)
    assert report_of("link_1", gone, limits=LIMITS).frozen_ms_per_s == 1000
    assert report_of("link_1", gone, limits=LIMITS).height is None


def test_each_word_has_its_sentence_and_each_limit_its_source() -> None:
    for word in NAMES:
        assert f"room.sight.{word}" in catalogue("fr")
        assert getattr(LIMITS, word).source
