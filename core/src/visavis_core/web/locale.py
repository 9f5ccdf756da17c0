"""The interface's words, dates and numbers in the reader's language, French first.

Knows: the catalogues (`locale/<language>/<area>.toml`), French typography, Babel's dates, numbers and plurals.
Refuses to know: who reads, and any markup: a message is plain text and is escaped where it is drawn.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from visavis_sdk.text import Language, Text

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Formats",
    "Messages",
    "MissingMessageError",
    "catalogue",
    "negotiate",
    "typeset",
]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "fr"

_REGION = {"fr": "fr", "en": "en_CA"}  # English dates are read in Canada and Europe: day before month is never wrong
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_NARROW = "\u202f"
_WIDE = "\u00a0"


class MissingMessageError(LookupError):
    """A key, or a parameter of a message, that the catalogue does not have: a fault of ours, never of the reader."""


class Plural(msgspec.Struct, frozen=True):
    """One message in its grammatical numbers, by CLDR category. `other` always exists."""

    forms: Mapping[str, str]


def typeset(text: str, language: Language) -> str:
    """The same words with the no-break spaces that French asks for; English comes back as it was.

    Source: Lexique des règles typographiques en usage à l'Imprimerie nationale (narrow before ; ! ? and inside
    « », full before the colon). Applied to our words and the plugins', never to what a person typed.
    """
    if language != "fr":
        return text
    text = re.sub(r" (?=[;!?»])", _NARROW, text)
    text = re.sub(r"(?<=«) ", _NARROW, text)
    text = re.sub(r" (?=:(?:\s|$))", _WIDE, text)
    text = re.sub(r"(?<=\d) (?=(?:h|min|s|cm|mm|ans?|\d{3})\b|%)", _NARROW, text)
    return re.sub(rf"(?<=\d{_NARROW}h) (?=\d\d\b)", _NARROW, text)


class Messages:
    """One language's catalogue. Called with a key: `messages("rail.settled", count=3)`.

    `{name}` in a message is replaced by that parameter; a number is written as the language writes numbers. A message
    with several grammatical numbers is chosen by the parameter `count`.
    """

    def __init__(self, language: Language, entries: Mapping[str, str | Plural]) -> None:
        self.language: Language = language
        self._entries = entries
        self._plural = Locale.parse(_REGION[language]).plural_form

    def __call__(self, key: str, **params: object) -> str:
        entry = self._entries.get(key)
        if entry is None:
            raise MissingMessageError(key)
        if isinstance(entry, Plural):
            count = params.get("count")
            if not isinstance(count, int):
                raise MissingMessageError(f"{key}: count")
            entry = entry.forms.get(self._plural(count), entry.forms["other"])

        def value(match: re.Match[str]) -> str:
            try:
                given = params[match[1]]
            except KeyError:
                raise MissingMessageError(f"{key}: {match[1]}") from None
            return format_decimal(given, locale=_REGION[self.language]) if isinstance(given, int) else str(given)

        return _PLACEHOLDER.sub(value, entry)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def area(self, name: str) -> dict[str, str | Mapping[str, str]]:
        """The messages of one area, keys without the area, for a script in the page. Empty when there is none."""
        prefix = f"{name}."
        found = ((key[len(prefix) :], entry) for key, entry in self._entries.items() if key.startswith(prefix))
        return {key: entry.forms if isinstance(entry, Plural) else entry for key, entry in found}

    def text(self, text: Text) -> str:
        """A text of a plugin or of the SDK, in this language, typeset as ours are."""
        return typeset(text.in_language(self.language), self.language)


@functools.cache
def catalogue(language: Language) -> Messages:
    """The catalogue of one language, read once from the package's own TOML files."""
    entries: dict[str, str | Plural] = {}
    folder = files(__package__) / "locale" / language
    for file in sorted(folder.iterdir(), key=lambda found: found.name):
        if file.name.endswith(".toml"):
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
            entries.update(_flatten(tables, file.name.removesuffix(".toml"), language))
    return Messages(language, entries)


def _flatten(table: Mapping[str, Any], prefix: str, language: Language) -> Iterator[tuple[str, str | Plural]]:
    for name, entry in table.items():
        key = f"{prefix}.{name}"
        if isinstance(entry, str):
            yield key, typeset(entry, language)
        elif {"one", "other"} <= entry.keys():
            yield key, Plural({form: typeset(text, language) for form, text in entry.items()})
        else:
            yield from _flatten(entry, key, language)


def negotiate(accepted: str, chosen: str = "") -> Language:
    """The language of a page: what the reader chose, else the first of `Accept-Language` that we speak, else French."""
    for language in LANGUAGES:
        if chosen == language:
            return language
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), position, tag.lower()))
        except ValueError:
            continue
    for rank, _, tag in sorted(ranked):
        for language in LANGUAGES:
            if rank < 0 and tag.split("-")[0] == language:
                return language
    return DEFAULT_LANGUAGE


class Formats:
    """Dates, hours, lengths of time and numbers in one language and one time zone.

    Moments come as RFC 3339 UTC strings, days as ISO 8601 dates.
    """

    def __init__(self, language: Language, zone: str) -> None:
        self._language: Language = language
        self._locale = _REGION[language]
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
        return words.replace(" ", _NARROW)

    def today(self, now: str) -> str:
        """The ISO date of a moment, where the clinic is."""
        return self._local(now).date().isoformat()

    def age(self, birth_date: str, now: str) -> int:
        """Whole years lived on the local day of `now`."""
        born, today = dt.date.fromisoformat(birth_date), self._local(now).date()
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
