"""Words for people, in the languages of the interface.

Knows: a text has a French and an English form, both written, neither a gloss of the other.
Refuses to know: the reader's language; the host chooses with `Text.in_language`.
"""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

__all__ = ["Language", "Text", "say_date"]

Language = Literal["fr", "en"]


class Text(msgspec.Struct, frozen=True):
    """One text in French and in English. French comes first because the users' field works in French."""

    fr: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.en if language == "en" else self.fr


_MONTHS: dict[Language, tuple[str, ...]] = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def say_date(date: datetime.date, language: Language) -> str:
    """A date as a reader says it: « 1er mars 2026 », “1 March 2026”. For reports."""
    day = "1er" if language == "fr" and date.day == 1 else str(date.day)
    return f"{day} {_MONTHS[language][date.month - 1]} {date.year}"
