"""The interface's words in the reader's language.

Knows: the catalogue (`interface/<language>/<area>.toml`) and its plurals.
Refuses to know: who reads, and any markup: a message is plain text and is escaped where it is drawn.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import msgspec
from babel import Locale
from babel.numbers import format_decimal
from visavis_sdk.text import Language, Text

from visavis_core.locale.languages import REGION
from visavis_core.locale.typography import typeset

__all__ = ["Messages", "MissingMessageError", "Plural", "catalogue"]

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class MissingMessageError(LookupError):
    """A key, or a parameter of a message, that the catalogue does not have: a fault of ours, never of the reader."""


class Plural(msgspec.Struct, frozen=True):
    """One message in its grammatical numbers, by CLDR category. `other` always exists."""

    forms: Mapping[str, str]


class Messages:
    """One language's catalogue. Called with a key: `messages("rail.settled", count=3)`.

    `{name}` in a message is replaced by that parameter; a number is written as the language writes numbers. A message
    with several grammatical numbers is chosen by the parameter `count`.
    """

    def __init__(self, language: Language, entries: Mapping[str, str | Plural]) -> None:
        self.language: Language = language
        self._entries = entries
        self._plural = Locale.parse(REGION[language]).plural_form

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
            return format_decimal(given, locale=REGION[self.language]) if isinstance(given, int) else str(given)

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
    folder = files(__package__) / "interface" / language
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
