"""Which characters the document's typefaces can draw, and what stands in for the others.

Knows: the code points covered by the typefaces that Typst carries with it (`template/glyphs.txt`, checked by a test
against Typst itself), and which invisible characters could make a reader see another text than the one recorded.
Refuses to know: anything about pages.

PDF/A level A forbids a glyph without meaning (ISO 19005-3 §6.2.11.8), so a character that cannot be drawn is named in
square brackets. Dropping it would change what a clinician wrote; a system font would make the page differ by machine.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final

__all__ = ["drawable", "legible"]

# They carry no words and no direction: a page is the same without them.
_SILENT: Final = frozenset("\u00ad\u200b\u2060\ufe0e\ufe0f\ufeff")
_LINE_ENDS: Final = {
    "\r\n": "\n",
    "\r": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n\n",
}


@lru_cache(maxsize=1)
def drawable() -> frozenset[str]:
    """Every character that the typefaces draw, spaces included."""
    table = files("visavis_core.documents").joinpath("template/glyphs.txt").read_text("ascii")
    points: set[str] = set()
    for span in table.split():
        first, _, last = span.partition("-")
        points.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(points)


def legible(text: str) -> str:
    """The same words with only drawable characters and `\\n`; the others are named: `[U+738B]`, `[thumbs up sign]`.

    Direction overrides (U+202A…U+202E, U+2066…U+2069) are named too: unseen, they can reverse the digits of a dose.
    """
    for end, newline in _LINE_ENDS.items():
        text = text.replace(end, newline)
    known = drawable()
    if all(character in known or character == "\n" for character in text):
        return text
    return "".join(_draw(character, known) for character in unicodedata.normalize("NFC", text))


def _draw(character: str, known: frozenset[str]) -> str:
    if character in known or character == "\n":
        return character
    if character == "\t":
        return "    "
    if character in _SILENT:
        return ""
    if unicodedata.category(character) in {"So", "Sk"} and (name := unicodedata.name(character, "")):
        return f"[{name.lower()}]"
    return f"[U+{ord(character):04X}]"
