"""The documents' sentences, from `documents/<language>.toml`.

Knows: keys `area.name`, `{placeholders}`, and that both languages are complete (a test compares them).
Refuses to know: the interface's catalogue; a signed note must not change because a button was renamed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from visavis_sdk.text import Language

from visavis_core.locale.typography import typeset

__all__ = ["Words", "words"]


class Words:
    """`words("fr")("note.consent.given", by=…)`. An unknown key raises `KeyError` with the key."""

    def __init__(self, language: Language, table: Mapping[str, str]) -> None:
        self.language: Language = language
        self._table = table

    def __call__(self, key: str, **parameters: object) -> str:
        sentence = self._table[key]
        return sentence.format_map(parameters) if parameters else sentence

    def has(self, key: str) -> bool:
        return key in self._table

    def __contains__(self, key: object) -> bool:
        return key in self._table

    def keys(self) -> frozenset[str]:
        return frozenset(self._table)

    def area(self, prefix: str) -> dict[str, str]:
        """Every sentence under `prefix.`, with the prefix taken off."""
        start = f"{prefix}."
        return {key.removeprefix(start): text for key, text in self._table.items() if key.startswith(start)}


@lru_cache(maxsize=2)
def words(language: Language) -> Words:
    source = files(__package__).joinpath(f"documents/{language}.toml").read_text("utf-8")
    table = {key: typeset(text, language) for key, text in _flatten(tomllib.loads(source), "")}
    return Words(language, MappingProxyType(table))


def _flatten(table: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat += _flatten(value, f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", str(value)))
    return flat
