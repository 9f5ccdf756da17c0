"""Which languages we speak, and which of them answers a reader.

Knows: `Accept-Language` (RFC 9110 section 12.5.4), French first, and how Babel names each language.
Refuses to know: cookies and accounts; the caller says what the reader chose.
"""

from __future__ import annotations

from typing import get_args

from visavis_sdk.text import Language

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "REGION", "negotiate"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "fr"

REGION = {"fr": "fr", "en": "en_CA"}  # English dates are read in Canada and Europe: day before month is never wrong


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
