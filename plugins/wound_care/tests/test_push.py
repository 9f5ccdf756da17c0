"""PUSH 3.0 against published cases, at every edge of its bands, and with something missing."""

from __future__ import annotations

import itertools
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_sdk.forms import Absence, Absent
from visavis_wound_care.push import EXUDATES, TISSUES, PushTable, SizeBand, area_of, push, size_points, worst_tissue
from visavis_wound_care.scoring import computed_push, push_of, read_push_table
from visavis_wound_care.words import Exudate, Site, WoundKind
from visavis_wound_care.wound import Wound

TABLE = read_push_table()
CENTIMETRES = st.decimals(min_value="0", max_value="100", places=1)


def wound(**answers):
    return Wound(kind=WoundKind.PRESSURE, site=Site.SACRUM, **answers)


@pytest.mark.parametrize(
    ("length", "width", "exudate", "tissue", "total"),
    [
        ("4", "3", "moderate", "slough", 13),  # a published calculator's example: 8 + 2 + 3
        ("3.7", "3.1", "light", "slough", 12),  # a published case, first visit: 11.47 cm²
        ("3.2", "2.9", "none", "granulation", 10),  # the same case, third visit: 9.28 cm²
    ],
)
def test_published_cases(length, width, exudate, tissue, total):
    score = push(TABLE, length=Decimal(length), width=Decimal(width), exudate=exudate, tissue=tissue)
    assert score.total == total


# Written from the published table, not from the data file: the last area of each band and the first of the next.
EDGES = [
    ("0", 0),
    ("0.1", 1),
    ("0.2", 1),
    ("0.3", 2),
    ("0.6", 2),
    ("0.7", 3),
    ("1.0", 3),
    ("1.1", 4),
    ("2.0", 4),
    ("2.1", 5),
    ("3.0", 5),
    ("3.1", 6),
    ("4.0", 6),
    ("4.1", 7),
    ("8.0", 7),
    ("8.1", 8),
    ("12.0", 8),
    ("12.1", 9),
    ("24.0", 9),
    ("24.1", 10),
    ("10000", 10),
]


@pytest.mark.parametrize(("area", "points"), EDGES)
def test_each_edge_of_the_size_bands(area, points):
    assert size_points(TABLE, Decimal(area)) == points


@pytest.mark.parametrize(
    ("area", "points"),
    [("0.64", 2), ("0.65", 3), ("2.04", 4), ("2.05", 5), ("24.04", 9), ("24.05", 10), ("0.249", 1), ("0.25", 2)],
)
def test_areas_between_two_bands_are_rounded_half_up_to_a_tenth_first(area, points):
    assert size_points(TABLE, Decimal(area)) == points


def test_an_open_wound_too_small_to_round_is_not_a_closed_one():
    assert size_points(TABLE, Decimal("0.01")) == 1


def test_every_length_by_every_width_up_to_six_centimetres_falls_in_the_published_band():
    expected = dict(zip((Decimal(area) for area, _ in EDGES), (points for _, points in EDGES), strict=True))
    starts = sorted(expected)
    for tenths_long, tenths_wide in itertools.product(range(61), repeat=2):
        # Whole numbers only: hundredths of cm², rounded half up to tenths, independent of the code's Decimal rounding.
        hundredths = tenths_long * tenths_wide
        tenths = max((hundredths + 5) // 10, 1 if hundredths else 0)
        points = expected[max(start for start in starts if start * 10 <= tenths)]
        assert size_points(TABLE, Decimal(tenths_long) / 10 * Decimal(tenths_wide) / 10) == points


@given(CENTIMETRES, CENTIMETRES, st.sampled_from(EXUDATES), st.sampled_from([*TISSUES, "closed"]))
def test_the_total_is_the_sum_of_its_parts_and_stays_within_0_and_17(length, width, exudate, tissue):
    score = push(TABLE, length=length, width=width, exudate=exudate, tissue=tissue)
    assert score.total == score.size + score.exudate + score.tissue
    assert 0 <= score.total <= 17


@given(CENTIMETRES, CENTIMETRES, CENTIMETRES)
def test_a_larger_wound_never_has_fewer_points(length, width, more):
    assert size_points(TABLE, area_of(length + more, width)) >= size_points(TABLE, area_of(length, width))


def test_the_extremes():
    assert push(TABLE, length=Decimal(0), width=Decimal(0), exudate="none", tissue="closed").total == 0
    assert push(TABLE, length=Decimal(6), width=Decimal(5), exudate="heavy", tissue="necrosis").total == 17


@pytest.mark.parametrize(
    ("shares", "tissue"),
    [
        ({"necrosis": 1, "granulation": 99}, "necrosis"),
        ({"necrosis": 0, "slough": 1, "granulation": 99}, "slough"),
        ({"granulation": 10, "epithelium": 90}, "granulation"),
        ({"epithelium": 100}, "epithelium"),
        ({"necrosis": None, "slough": None}, None),
        ({"necrosis": 0}, None),
    ],
)
def test_the_worst_tissue_counts_however_little(shares, tissue):
    assert worst_tissue(shares, closed=False) == tissue
    assert worst_tissue(shares, closed=True) == "closed"


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({}, "Il manque\u00a0: longueur et largeur, quantité d’exsudat, tissus du lit."),
        ({"length": Decimal(4), "width": Decimal(3), "slough": 100}, "Il manque\u00a0: quantité d’exsudat."),
        (
            {"length": Decimal(4), "width": Absent(Absence.REFUSED), "exudate": Exudate.NONE, "slough": 100},
            "Il manque\u00a0: longueur et largeur.",
        ),
    ],
)
def test_with_something_missing_there_is_no_total_and_the_reason_is_said(answers, missing):
    (score,) = computed_push(wound(**answers), TABLE)
    assert score.value == ""
    assert score.absent.fr == missing


def test_an_absent_exudate_is_not_no_exudate():
    answers = {"length": Decimal(4), "width": Decimal(3), "slough": 100}
    assert push_of(wound(exudate=Absent(Absence.NOT_DONE), **answers), TABLE).total is None
    assert push_of(wound(exudate=Exudate.NONE, **answers), TABLE).total == 11


def test_the_score_is_shown_with_its_parts_and_where_it_comes_from():
    answers = {"length": Decimal(4), "width": Decimal(3), "slough": 60, "granulation": 40}
    (score,) = computed_push(wound(exudate=Exudate.MODERATE, **answers), TABLE)
    assert [part.value for part in score.parts] == ["8", "2", "3"]
    assert (score.value, score.high) == ("13", "17")
    assert "NPIAP" in score.method.fr
    assert "à confirmer par le clinicien" in score.method.fr


# -- a site's own table ----------------------------------------------------------------------------------------------


def test_a_table_that_someone_reviewed_says_so(tmp_path):
    edited = tmp_path / "push.toml"
    edited.write_text(shipped().replace('reviewed_by = ""', 'reviewed_by = "Dre A. Roy, 2026-12-01"'))
    (score,) = computed_push(wound(), read_push_table(str(edited)))
    assert "relu par Dre A. Roy, 2026-12-01" in score.method.fr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('at_most = "0.6"', 'at_most = "0.1"'),  # falls
        ('at_most = "24.0"\n', ""),  # two open bands
        ("[[size]]\npoints = 10\n", ""),  # none open
        ("moderate = 2\n", ""),
        ("heavy = 3", "heavy = 3\ntorrential = 4"),
        ("reviewed_by", "revued_by"),
    ],
)
def test_a_table_broken_by_an_edit_is_refused_at_load(tmp_path, before, after):
    edited = tmp_path / "push.toml"
    assert before in shipped()
    edited.write_text(shipped().replace(before, after))
    with pytest.raises(msgspec.ValidationError):
        read_push_table(str(edited))


def test_the_last_band_has_no_end():
    with pytest.raises(ValueError, match="only the last has no upper bound"):
        msgspec.structs.replace(TABLE, size=(SizeBand(points=0, at_most=Decimal(0)),))
    assert isinstance(TABLE, PushTable)


def shipped() -> str:
    from importlib.resources import files

    return files("visavis_wound_care").joinpath("data", "push_3_0.toml").read_text(encoding="utf-8")
