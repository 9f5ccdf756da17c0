"""What a text requires of an act, as data with one pure check.

Knows: an obligation's id in the requirements, its jurisdiction, citation and dates, how strongly it binds,
which transition it can stop, and how to tell from the events alone whether it is met.
Refuses to know: any jurisdiction's content (that is a pack, a plugin), and any clock: dates are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from visavis_sdk.events import Recorded
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

__all__ = [
    "ActView",
    "Check",
    "Derogated",
    "Due",
    "Enforcement",
    "Met",
    "Moment",
    "NotApplicable",
    "Obligation",
    "Status",
    "Transition",
]


class Enforcement(StrEnum):
    """`GATE` stops a transition, `EVIDENCE` shows on the conformity sheet, `AID` only helps."""

    GATE = "gate"
    EVIDENCE = "evidence"
    AID = "aid"


class Moment(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Transition(StrEnum):
    """The passages a gate can stop. In emergency mode `START_SESSION` gates pass as owed; `CLOSE_ACT` never does."""

    START_SESSION = "start_session"
    CLOSE_ACT = "close_act"


class Met(msgspec.Struct, frozen=True, kw_only=True, tag="met"):
    events: tuple[int, ...]


class Due(msgspec.Struct, frozen=True, kw_only=True, tag="due"):
    """Not met yet. `missing` says what is missing in the user's words, as one short line."""

    missing: Text


class Derogated(msgspec.Struct, frozen=True, kw_only=True, tag="derogated"):
    reason: str
    event: int


class NotApplicable(msgspec.Struct, frozen=True, kw_only=True, tag="not_applicable"):
    """Nothing is asked here, and why. `awaits` = the row of the same pack that must be answered before this one can be
    judged at all; an emergency that lets that row pass lets this one pass with it.
    """

    why: Text
    awaits: str = ""


Status = Met | Due | Derogated | NotApplicable


class ActView(Protocol):
    """What a check may look at: the act as its events made it. Everything is read-only."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> ActKind: ...
    @property
    def phase(self) -> ActPhase: ...
    @property
    def emergency(self) -> bool: ...
    @property
    def outcome(self) -> Outcome | None: ...
    @property
    def events(self) -> Sequence[Recorded]: ...


Check = Callable[[ActView], Status]


class Obligation(msgspec.Struct, frozen=True, kw_only=True):
    """One duty. `id` is the row of the requirements; `step` is the page step where the user meets it.

    `effective_from` and `effective_to` are ISO dates; the duties in force are those of the act's opening date.
    """

    id: str
    jurisdiction: str
    title: Text
    advice: Text  # how to meet it, one line
    enforcement: Enforcement
    moment: Moment
    step: str
    citation: str
    source: str  # S0…S4
    effective_from: str
    effective_to: str | None = None
    stops: Transition | None = None
    kinds: tuple[ActKind, ...] = ()  # empty = every kind
    follows_patient: bool = True  # False = binds by where the professionals are, whatever the patient's place (J rows)
    reviewed: str = ""  # ISO date on which the pack's author last compared the row with its source
    check: Check
