"""Dates as a reader says them."""

from __future__ import annotations

import datetime

from visavis_sdk import say_date


def test_a_date_is_said_in_the_readers_language() -> None:
    assert say_date(datetime.date(2026, 11, 23), "fr") == "23 novembre 2026"
    assert say_date(datetime.date(2026, 3, 1), "fr") == "1er mars 2026"
    assert say_date(datetime.date(2026, 3, 1), "en") == "1 March 2026"
