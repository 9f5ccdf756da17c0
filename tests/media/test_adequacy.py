"""The numbers move the way a person's judgement of a picture or a sound does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from visavis_media.adequacy import measure_exposure, measure_loudness, measure_sharpness


def detail(width: int = 640, height: int = 360) -> npt.NDArray[np.uint8]:
    """Skin-like noise over a few edges."""
    noise = np.random.default_rng(3).normal(0, 12, (height, width))
    stripes = 60 * (np.arange(width) // 40 % 2)
    return np.clip(100 + noise + stripes, 0, 255).astype(np.uint8)


def blurred(luma: npt.NDArray[np.uint8], times: int) -> npt.NDArray[np.uint8]:
    soft = luma.astype(np.float32)
    for _ in range(times):
        for axis in (0, 1):
            soft = (np.roll(soft, 1, axis) + soft + np.roll(soft, -1, axis)) / 3
    return soft.astype(np.uint8)


def test_each_blur_makes_the_picture_less_sharp() -> None:
    picture = detail()
    values = [measure_sharpness(blurred(picture, times)) for times in (0, 1, 3, 9)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0] / 20


def test_a_darker_room_does_not_pass_for_a_lost_focus() -> None:
    picture = detail()
    dim = (picture.astype(np.float32) * 0.5).astype(np.uint8)
    assert measure_sharpness(dim) == pytest.approx(measure_sharpness(picture), rel=0.05)


def test_an_even_surface_says_nothing_about_focus() -> None:
    assert measure_sharpness(np.full((90, 160), 128, np.uint8)) == 0.0
    assert measure_sharpness(np.zeros((1, 1), np.uint8)) == 0.0


def test_light_that_leaves_no_detail_is_counted() -> None:
    picture = np.full((100, 100), 128, np.uint8)
    picture[:20] = 255
    picture[90:] = 0
    exposure = measure_exposure(picture)
    assert (exposure.white_per_mille, exposure.black_per_mille) == (200, 100)
    assert exposure.mean == pytest.approx(0.2 * 255 + 0.7 * 128)


def test_a_full_scale_sine_is_three_decibels_under_full_scale() -> None:
    time = np.arange(48_000) / 48_000
    sine = np.sin(2 * np.pi * 100 * time).astype(np.float32)
    assert measure_loudness(sine * 0.5).level == pytest.approx(-9.03, abs=0.05)
    assert measure_loudness(sine * 0.5).clipped_per_mille == 0
    loud = measure_loudness(np.clip(sine * 4, -1, 1))
    assert loud.clipped_per_mille > 500
    assert loud.peak == pytest.approx(0.0, abs=0.01)


def test_silence_and_nothing_at_all_have_a_floor() -> None:
    assert measure_loudness(np.zeros((2, 960), np.float32)).level == -120.0
    assert measure_loudness(np.zeros((2, 0), np.float32)).level == -120.0
