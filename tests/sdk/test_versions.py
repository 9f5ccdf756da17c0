"""Which plugins this SDK runs."""

from __future__ import annotations

from importlib.metadata import version

import pytest
import visavis_sdk
from visavis_sdk.versions import SDK_VERSION, VersionFault, satisfies


def test_the_number_in_the_code_is_the_number_that_is_installed():
    assert version("visavis-sdk") == SDK_VERSION == visavis_sdk.__version__


@pytest.mark.parametrize(
    ("have", "wanted", "fits"),
    [
        ("0.1.0", ">=0.1,<1", True),
        ("1.0.0", ">=0.1,<1", False),
        ("0.9.9", ">=0.10,<1", False),  # numbers, not text
        ("0.10.0", ">= 0.9 , < 1", True),
        ("1.0", "==1", True),
        ("1.0.1", "==1", False),
        ("1.2.3", ">1.2.2,<=1.2.3,!=1.2.4", True),
    ],
)
def test_a_range_is_compared_number_by_number(have, wanted, fits):
    assert satisfies(have, wanted) is fits


@pytest.mark.parametrize("wanted", ["", "1.0", "~=1.0", ">=1.*", ">=1,", ">=1.0b1", ">=1 or <2"])
def test_what_is_not_a_range_is_not_guessed(wanted):
    with pytest.raises(VersionFault):
        satisfies("1.0", wanted)


def test_what_is_not_a_release_is_not_guessed():
    with pytest.raises(VersionFault):
        satisfies("1.0.dev3", ">=1")
