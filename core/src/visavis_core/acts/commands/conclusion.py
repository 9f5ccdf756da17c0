"""Commands of notes, signatures, derogations and closing (A13, C6, G1, G2, G8)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from visavis_sdk.events import NoteSection
from visavis_sdk.vocabulary import Outcome

from visavis_core.acts.commands.base import Command, Token, Words

__all__ = [
    "CloseAct",
    "DerogateObligation",
    "DraftNote",
    "NameFollowUp",
    "ReorientAct",
    "SignNote",
]


# What a note's text is written in; "" leaves it as it was drafted.
NoteLanguage = Annotated[str, msgspec.Meta(pattern="^(fr|en)?$")]


class DraftNote(Command, frozen=True, kw_only=True, tag="draft_note"):
    note: Annotated[str, msgspec.Meta(pattern="^(assisting|on_site)$")]
    sections: Annotated[tuple[NoteSection, ...], msgspec.Meta(max_length=40)]
    language: NoteLanguage = ""


class SignNote(Command, frozen=True, kw_only=True, tag="sign_note"):
    note: Annotated[str, msgspec.Meta(pattern="^(assisting|on_site)$")]
    sections: Annotated[tuple[NoteSection, ...], msgspec.Meta(min_length=1, max_length=40)]
    language: NoteLanguage = ""


class NameFollowUp(Command, frozen=True, kw_only=True, tag="name_follow_up"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]
    contact: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"\S")]


class DerogateObligation(Command, frozen=True, kw_only=True, tag="derogate_obligation"):
    obligation: Token
    jurisdiction: Token
    reason: Words


class ReorientAct(Command, frozen=True, kw_only=True, tag="reorient_act"):
    reason: Words
    towards: Words


class CloseAct(Command, frozen=True, kw_only=True, tag="close_act"):
    outcome: Outcome = Outcome.COMPLETED
