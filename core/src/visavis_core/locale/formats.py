"""Dates, hours, lengths of time and numbers as a language writes them.

Knows: Babel's patterns and the deployment's time zone.
Refuses to know: the clock; every moment is given.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from visavis_sdk.text import Language

from visavis_core.locale.languages import REGION
from visavis_core.locale.typography import NARROW, sign, typeset

__all__ = ["Formats"]


class Formats:
    """Dates, hours, lengths of time and numbers in one language and one time zone.

    Moments come as RFC 3339 UTC strings, days as ISO 8601 dates.
    """

    def __init__(self, language: Language, zone: str) -> None:
        self._language: Language = language
        self._locale = REGION[language]
        self._zone = ZoneInfo(zone)

    def _local(self, moment: str) -> dt.datetime:
        return dt.datetime.fromisoformat(moment).astimezone(self._zone)

    def date(self, value: str) -> str:
        """`2026-11-23` → « 23 novembre 2026 »; a moment → « lundi 23 novembre 2026, 14 h 05 »."""
        if "T" not in value:
            return format_date(dt.date.fromisoformat(value), "d MMMM y", locale=self._locale)
        pattern = "EEEE d MMMM y, H 'h' mm" if self._language == "fr" else "EEEE d MMMM y, HH:mm"
        return typeset(format_datetime(self._local(value), pattern, locale=self._locale), self._language)

    def short(self, moment: str) -> str:
        """« 23 nov., 14 h 05 »: where a year would be noise."""
        pattern = "d MMM, H 'h' mm" if self._language == "fr" else "d MMM, HH:mm"
        return typeset(format_datetime(self._local(moment), pattern, locale=self._locale), self._language)

    def hour(self, moment: str, *, seconds: bool = False) -> str:
        """« 14 h 05 », or « 14:05:32 » where the order of two events within a minute matters."""
        if seconds:
            return format_datetime(self._local(moment), "HH:mm:ss", locale=self._locale)
        pattern = "H 'h' mm" if self._language == "fr" else "HH:mm"
        return typeset(format_datetime(self._local(moment), pattern, locale=self._locale), self._language)

    def number(self, value: float | str) -> str:
        """A number as the language writes it; a decimal string keeps its own precision."""
        if isinstance(value, str):
            value = sign(value)
            return value.replace(".", ",") if self._language == "fr" else value
        return format_decimal(value, locale=self._locale)

    def duration(self, seconds: int) -> str:
        """« 45 s », « 12 min », « 2 h 05 », « 3 j »: one glance, no arithmetic."""
        minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
        if minutes < 1:
            words = f"{max(seconds, 0)} s"
        elif hours < 1:
            words = f"{minutes} min"
        elif days < 1:
            words = f"{hours} h {minutes % 60:02d}"
        else:
            words = f"{days} {'j' if self._language == 'fr' else 'd'}"
        return words.replace(" ", NARROW)

    def today(self, now: str) -> str:
        """The ISO date of a moment, where the clinic is."""
        return self._local(now).date().isoformat()

    def age(self, birth_date: str, now: str) -> int:
        """Whole years lived on the local day of `now`."""
        born, today = dt.date.fromisoformat(birth_date), self._local(now).date()
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
