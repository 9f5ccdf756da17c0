"""Events of forms, notes, derogations and closing (C6, G1, G2)."""

from __future__ import annotations

from typing import Any

import msgspec

from visavis_sdk.events.base import Event
from visavis_sdk.text import Language, Text
from visavis_sdk.vocabulary import Outcome

__all__ = [
    "ActClosed",
    "ActReoriented",
    "FollowUpNamed",
    "FormSaved",
    "LiveEnded",
    "NoteDrafted",
    "NoteSection",
    "NoteSigned",
    "ObligationDerogated",
]


class FormSaved(Event, frozen=True, kw_only=True, tag="form.saved"):
    """Validated answers of one form, whole. A later save of the same `instance` replaces it and keeps the old."""

    instance: str
    form: str
    form_version: int
    schema_sha256: str
    answers: dict[str, Any]  # what msgspec.to_builtins made of the form's struct: no float
    findings: tuple[str, ...] = ()  # of records before `remarks`: in the words of whoever saved, whoever reads
    remarks: tuple[Text, ...] = ()
    by: str

    def told(self, language: Language) -> tuple[str, ...]:
        """What the software flagged when it was saved, in the reader's language where the record has it."""
        return (*self.findings, *(remark.in_language(language) for remark in self.remarks))


class NoteSection(msgspec.Struct, frozen=True, kw_only=True):
    """One section of a note as its author left it. `sources` are the event numbers it was prefilled from."""

    key: str
    text: str
    sources: tuple[int, ...] = ()


class NoteDrafted(Event, frozen=True, kw_only=True, tag="note.drafted"):
    note: str  # assisting | on_site
    sections: tuple[NoteSection, ...]
    by: str
    language: str = ""  # fr | en: what its text was begun in; "" in records from before it was kept


class NoteSigned(Event, frozen=True, kw_only=True, tag="note.signed"):
    """The author signs these exact sections. `content_sha256` covers their deterministic JSON.

    `language` is the note's own, as in `NoteDrafted`: whoever reads it later reads it whole in that language.
    """

    note: str
    sections: tuple[NoteSection, ...]
    content_sha256: str
    by: str
    language: str = ""


class FollowUpNamed(Event, frozen=True, kw_only=True, tag="follow_up.named"):
    """Who answers afterwards: the assistant or a named colleague (B10, G8)."""

    name: str
    contact: str
    by: str


class ObligationDerogated(Event, frozen=True, kw_only=True, tag="obligation.derogated"):
    """A duty that could not be met, with the reason of the professional who decided so (A13)."""

    obligation: str
    jurisdiction: str
    reason: str
    by: str


class LiveEnded(Event, frozen=True, kw_only=True, tag="act.live_ended"):
    """The live part is over; notes and signatures remain."""

    by: str


class ActReoriented(Event, frozen=True, kw_only=True, tag="act.reoriented"):
    by: str
    reason: str
    towards: str  # face_to_face | emergency | other professional, in words


class ActClosed(Event, frozen=True, kw_only=True, tag="act.closed"):
    by: str
    outcome: Outcome
