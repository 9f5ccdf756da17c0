"""Figures as people read them."""

from __future__ import annotations

import pytest
from visavis_core.locale.formats import Formats
from visavis_core.locale.typography import sign


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("-10", "\u221210"),
        ("1280x720", "1280\u00a0\u00d7\u00a0720"),
        ("2026-11-23", "2026-11-23"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_a_measured_figure_is_shown_with_its_signs(kept: str, shown: str) -> None:
    assert sign(kept) == shown


def test_a_negative_decimal_has_both_its_sign_and_its_comma() -> None:
    assert Formats("fr", "America/Montreal").number("-1.5") == "\u22121,5"
