"""Fixtures for the tests of plugins, found by pytest through the `pytest11` entry point.

Everything is imported inside the fixtures: pytest loads this module in every run of every project in the same
environment, most of which test no plugin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from visavis_sdk.testing.acts import MemoryAct
    from visavis_sdk.testing.host import Host

# Before the module is imported, else the asserts a vendor inherits would fail without saying what they compared.
pytest.register_assert_rewrite("visavis_sdk.testing.conformance")


@pytest.fixture
def load_plugin() -> Callable[..., Host]:
    """`load_plugin("visavis_wound_care", {...})` gives a `Host` with that one plugin."""
    from visavis_sdk.testing.host import Host

    return Host.load


@pytest.fixture
def tell_act() -> Callable[..., MemoryAct]:
    """`tell_act(ConsentGiven(...), ...)` gives the act that those events make."""
    from visavis_sdk.testing.acts import tell

    return tell
