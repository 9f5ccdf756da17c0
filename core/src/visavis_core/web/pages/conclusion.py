"""The notes of an act, as a list: whose they are, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from visavis_core.acts.decisions.conclusion import NOTE_AUTHORS

if TYPE_CHECKING:
    from visavis_core.web.pages.visit import Visit

__all__ = ["NoteLine", "note_lines"]


class NoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is to_write, drafted or signed; `mine` when the reader is its author."""

    note: str
    state: str
    at: str
    mine: bool


def note_lines(visit: Visit) -> tuple[NoteLine, ...]:
    def line(note: str) -> NoteLine:
        known = visit.act.notes.get(note)
        state = "to_write" if known is None else "signed" if known.signed else "drafted"
        return NoteLine(
            note=note,
            state=state,
            at=known.at if known else "",
            mine=visit.frame.my_role is NOTE_AUTHORS[note],
        )

    return tuple(line(note) for note in NOTE_AUTHORS)
