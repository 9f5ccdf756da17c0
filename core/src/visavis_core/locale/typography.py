"""French typography: the no-break spaces that keep a sign with its word.

Knows: where French asks for a narrow or a full no-break space.
Refuses to know: what a person typed; this is applied to our words and the plugins' only.
"""

from __future__ import annotations

import re

from visavis_sdk.text import Language

__all__ = ["NARROW", "sign", "typeset"]

NARROW = "\u202f"
_WIDE = "\u00a0"


def sign(figure: str) -> str:
    """A measured figure with its signs: « -10 » → « −10 », « 1280x720 » → « 1280 × 720 »; other words as they are."""
    figure = re.sub(r"^-(?=\d)", "\u2212", figure)
    return re.sub(r"(?<=\d)x(?=\d)", f"{_WIDE}\u00d7{_WIDE}", figure)


def typeset(text: str, language: Language) -> str:
    """The same words with the no-break spaces that French asks for; English comes back as it was.

    Source: Lexique des règles typographiques en usage à l'Imprimerie nationale (narrow before ; ! ? and inside
    « », full before the colon). Applied to our words and the plugins', never to what a person typed.
    """
    if language != "fr":
        return text
    text = re.sub(r" (?=[;!?»])", NARROW, text)
    text = re.sub(r"(?<=«) ", NARROW, text)
    text = re.sub(r" (?=:(?:\s|$))", _WIDE, text)
    text = re.sub(r"(?<=\d) (?=(?:h|min|s|cm|mm|ans?|\d{3})\b|%)", NARROW, text)
    return re.sub(rf"(?<=\d{NARROW}h) (?=\d\d\b)", NARROW, text)
