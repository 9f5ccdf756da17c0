"""What may be justified instead of met, on what ground, and what a justification must say (A13).

Knows: a table of grounds. An emergency excuses what it let pass, an early stop what it left undone of before the
session, and a closed door what can no longer be done. Everything else is met.
Refuses to know: whether a reason is a good one; its author answers for it. And how a duty came to be due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from visavis_sdk import events as e
from visavis_sdk.obligations import Transition

from visavis_core.acts import commands as c
from visavis_core.acts.author import Author, Context, Decision, Refusal
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.refusals import reason_says_nothing, refuse
from visavis_core.acts.state import Act
from visavis_core.acts.transitions import TRANSITIONS
from visavis_core.obligations.sheet import SheetLine

__all__ = [
    "DEROGATION",
    "DIFFERENT_LETTERS",
    "GROUNDS",
    "LETTERS",
    "NOTE_STEPS",
    "Ground",
    "ground_of",
    "says_something",
]

DEROGATION = Decisions()

# Where a note is the duty: it can always be written, so it is never excused (G1, G2, G3).
NOTE_STEPS = frozenset({"note_assisting", "note_on_site"})

# What meets a duty of these steps can be done only until some phase, and what was not tried then is not tried
# afterwards. Every other step stays open until the act closes.
_DOORS: Mapping[str, tuple[type[c.Command], ...]] = MappingProxyType(
    {"check": (c.RecordEquipmentCheck,), "plan_b": (c.DeclarePlanB,)}
)

LETTERS = 10
DIFFERENT_LETTERS = 4


class Ground(StrEnum):
    """Why a duty may be justified instead of met."""

    EMERGENCY = "emergency"
    STOPPED = "stopped"
    TOO_LATE = "too_late"


def _let_pass(_act: Act, line: SheetLine) -> bool:
    return line.owed


def _stopped(act: Act, _line: SheetLine) -> bool:
    return act.ending is not None or act.consent.denied


def _door_shut(act: Act, line: SheetLine) -> bool:
    doors = _DOORS.get(line.obligation.step, ())
    return bool(doors) and not any(act.phase in TRANSITIONS[door].phases for door in doors)


GROUNDS: Mapping[Ground, Callable[[Act, SheetLine], bool]] = MappingProxyType(
    {Ground.EMERGENCY: _let_pass, Ground.STOPPED: _stopped, Ground.TOO_LATE: _door_shut}
)


def ground_of(act: Act, line: SheetLine) -> Ground | None:
    """The first ground on which this line may be justified now, None when it must be met.

    Only formalities of before the session have one: what closing itself asks (notes, presence, an obeyed withdrawal)
    is about what was done, and no hurry undoes it.
    """
    if not line.blocks or line.obligation.stops is not Transition.START_SESSION or line.obligation.step in NOTE_STEPS:
        return None
    return next((ground for ground, holds in GROUNDS.items() if holds(act, line)), None)


def says_something(reason: str) -> bool:
    """At least `LETTERS` letters, `DIFFERENT_LETTERS` of them different: a floor against “x” and “aaaaaaaaaa”."""
    letters = [letter for letter in reason.casefold() if letter.isalpha()]
    return len(letters) >= LETTERS and len(set(letters)) >= DIFFERENT_LETTERS


@DEROGATION.of(c.DerogateObligation)
def derogate_obligation(act: Act, command: c.DerogateObligation, author: Author, context: Context) -> Decision:
    wanted = (command.obligation, command.jurisdiction)
    lines = context.gates_due(act, Transition.CLOSE_ACT)
    line = next((line for line in lines if (line.obligation.id, line.obligation.jurisdiction) == wanted), None)
    if line is None:
        return refuse("obligation_not_due")
    if ground_of(act, line) is None:
        return _must_be_met(act, line)
    if not says_something(command.reason):
        return reason_says_nothing(LETTERS, DIFFERENT_LETTERS)
    return (
        e.ObligationDerogated(
            obligation=command.obligation,
            jurisdiction=command.jurisdiction,
            reason=command.reason,
            by=speaker(act, author),
        ),
    )


def _must_be_met(act: Act, line: SheetLine) -> Refusal:
    if line.obligation.step in NOTE_STEPS:
        return refuse("note_never_derogated")
    excused = act.emergency or act.ending is not None or act.consent.denied
    return refuse("gate_must_be_met") if excused else refuse("derogation_not_open")
