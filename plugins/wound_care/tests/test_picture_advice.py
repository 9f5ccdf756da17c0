"""A word before a wound is photographed, from limits that have a source; the rest waits for a clinician of the site."""

from __future__ import annotations

import pathlib

import msgspec
import pytest
from visavis_sdk import PictureSeen
from visavis_sdk.testing import Host
from visavis_wound_care.picture_advice import advise, glare, read_picture_limits

PACKAGE = "visavis_wound_care"


def seen(luma: bytes = b"", **changes: object) -> PictureSeen:
    good = PictureSeen(
        source="clinical",
        width=1920,
        height=1080,
        luma=luma or bytes([120]) * (96 * 54),
        luma_width=96,
        luma_height=54,
        sharpness=0.5,
        mean_luma=120.0,
        white_per_mille=0,
        black_per_mille=0,
    )
    return msgspec.structs.replace(good, **changes)


def site_file(folder: pathlib.Path, reviewed_by: str = "Dre Tremblay, 2026-11-28") -> str:
    """A copy with every limit enabled, as a site would write it."""
    shipped = pathlib.Path(__file__).parents[1] / "src" / PACKAGE / "data" / "picture_advice.toml"
    text = shipped.read_text().replace("enabled = false", "enabled = true")
    path = folder / "picture_advice.toml"
    path.write_text(text.replace('reviewed_by = ""', f'reviewed_by = "{reviewed_by}"'))
    return str(path)


def test_a_picture_smaller_than_the_recommendation_is_flagged_and_nothing_else_by_default() -> None:
    host = Host.load(PACKAGE)
    assert host.observe(seen()) == ()
    [only] = host.observe(seen(width=640, height=480, mean_luma=5.0, sharpness=0.0001))
    assert only.id == "wound_care.picture_small"
    assert "photo" in only.text.fr
    assert host.failures == []


def test_the_smallest_recommended_size_is_enough() -> None:
    assert Host.load(PACKAGE).observe(seen(width=800, height=600)) == ()


def test_a_face_is_not_looked_at() -> None:
    assert Host.load(PACKAGE).observe(seen(source="face", width=320, height=240)) == ()


def test_a_site_enables_the_rest_under_a_reviewer_s_name(tmp_path: pathlib.Path) -> None:
    limits = read_picture_limits(site_file(tmp_path))
    shiny = bytearray(bytes([120]) * (96 * 54))
    for row in range(20, 30):
        shiny[row * 96 + 40 : row * 96 + 50] = bytes([255]) * 10
    found = advise(seen(bytes(shiny), mean_luma=40.0, sharpness=0.001), limits)
    assert [one.id.removeprefix("wound_care.picture_") for one in found] == ["glare", "dark", "blurred"]


def test_light_at_the_border_is_no_reflection_on_the_wound() -> None:
    border = bytearray(bytes([120]) * (96 * 54))
    border[: 96 * 10] = bytes([255]) * (96 * 10)
    assert glare(seen(bytes(border))) == 0.0
    assert glare(seen(bytes([255]) * (96 * 54))) == 1000.0


def test_a_limit_without_source_needs_somebody_s_name(tmp_path: pathlib.Path) -> None:
    with pytest.raises((msgspec.ValidationError, ValueError), match="without a source"):
        read_picture_limits(site_file(tmp_path, reviewed_by=""))


def test_every_enabled_limit_that_is_shipped_names_its_source() -> None:
    limits = read_picture_limits()
    shipped = {name: getattr(limits, name) for name in ("small", "glare", "dark", "blurred")}
    assert {name for name, one in shipped.items() if one.enabled} == {"small"}
    assert all(one.source for one in shipped.values() if one.enabled)
