"""Commands of the live part: coming and going, showing, advising, judging (A1, F1-F4)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from visavis_sdk.events import Stroke
from visavis_sdk.vocabulary import Adequacy

from visavis_core.acts.commands.base import Command, Line, Remark, Token, Words

__all__ = [
    "AcknowledgeAdvice",
    "CommitAnnotation",
    "DecideStep",
    "DeclareAdequacy",
    "DeclareInsufficiency",
    "DeclineAssistance",
    "EndLive",
    "GiveAdvice",
    "JoinSession",
    "LeaveSession",
    "StartSession",
]


class StartSession(Command, frozen=True, kw_only=True, tag="start_session"):
    """Opens the live session if every START_SESSION gate passes (or is owed, in emergency)."""


class JoinSession(Command, frozen=True, kw_only=True, tag="join_session"):
    pass


class LeaveSession(Command, frozen=True, kw_only=True, tag="leave_session"):
    participant: Token
    reason: Annotated[str, msgspec.Meta(pattern="^(left|lost|removed)$")] = "left"


class EndLive(Command, frozen=True, kw_only=True, tag="end_live"):
    pass


class DeclareAdequacy(Command, frozen=True, kw_only=True, tag="declare_adequacy"):
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    verdict: Adequacy
    decision: Remark = ""
    reason: Remark = ""


class DeclareInsufficiency(Command, frozen=True, kw_only=True, tag="declare_insufficiency"):
    reason: Words


class DeclineAssistance(Command, frozen=True, kw_only=True, tag="decline_assistance"):
    reason: Words


class CommitAnnotation(Command, frozen=True, kw_only=True, tag="commit_annotation"):
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    strokes: Annotated[tuple[Stroke, ...], msgspec.Meta(min_length=1, max_length=64)]
    frame: int | None = None


class GiveAdvice(Command, frozen=True, kw_only=True, tag="give_advice"):
    text: Words
    justification: Words
    still: Line = ""
    read_back_required: bool = False


class AcknowledgeAdvice(Command, frozen=True, kw_only=True, tag="acknowledge_advice"):
    advice: Token
    read_back: Remark = ""
    repeated: bool = False
    done: bool | None = None


class DecideStep(Command, frozen=True, kw_only=True, tag="decide_step"):
    step: Words
    validated: bool
    reason: Remark = ""
