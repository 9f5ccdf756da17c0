"""Words for people, in the languages of the interface.

Knows: a text has a French and an English form, both written, neither a gloss of the other.
Refuses to know: the reader's language; the host chooses with `Text.in_language`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Language", "Text"]

Language = Literal["fr", "en"]


class Text(msgspec.Struct, frozen=True):
    """One text in French and in English. French comes first because the users' field works in French."""

    fr: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.en if language == "en" else self.fr
