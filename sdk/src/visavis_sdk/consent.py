"""The text a patient is read or shown before consenting.

Knows: a consent text has a version and a language, and the hash of its exact bytes is what consent events keep.
Refuses to know: whether the text is lawful where the act takes place; a jurisdiction's pack answers for its own.
"""

from __future__ import annotations

import hashlib

import msgspec

from visavis_sdk.text import Language

__all__ = ["ConsentText"]


class ConsentText(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one text in one language. `effective_from` is an ISO date; `body` is plain text in paragraphs."""

    id: str
    version: str
    language: Language
    title: str
    body: str
    effective_from: str
    jurisdiction: str

    @property
    def sha256(self) -> str:
        """SHA-256 (hex) of the body's UTF-8 bytes: what `ConsentGiven.text_sha256` must equal."""
        return hashlib.sha256(self.body.encode()).hexdigest()
