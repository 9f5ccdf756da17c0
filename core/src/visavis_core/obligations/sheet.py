"""The conformity sheet: every duty of an act with what proves it, and what is due before a passage.

Knows: how lines add up, and which of them stop a transition.
Refuses to know: how a line came to its status (`evaluate`) and how it is drawn.
"""

from __future__ import annotations

import msgspec
from visavis_sdk.obligations import (
    Derogated,
    Due,
    Enforcement,
    Met,
    Moment,
    NotApplicable,
    Obligation,
    Status,
    Transition,
)

__all__ = ["ConformitySheet", "Counts", "SheetLine"]


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """One duty. `owed` = a gate of the session that an emergency lets pass, to be met or justified before closing."""

    obligation: Obligation
    status: Status
    owed: bool = False

    @property
    def is_due(self) -> bool:
        return isinstance(self.status, Due)

    @property
    def blocks(self) -> bool:
        """A gate not yet met: it stops something now or later."""
        return self.is_due and self.obligation.enforcement is Enforcement.GATE


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines stand where. `due` counts gates only; duties of evidence not shown yet are `lacking`."""

    met: int = 0
    due: int = 0
    owed: int = 0
    lacking: int = 0
    derogated: int = 0
    not_applicable: int = 0

    @property
    def applicable(self) -> int:
        return self.met + self.due + self.owed + self.lacking + self.derogated


class ConformitySheet(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of one act, in the packs' order. `session_held`: a live session was opened at least once."""

    lines: tuple[SheetLine, ...]
    session_held: bool = False

    def due(self, transition: Transition) -> tuple[SheetLine, ...]:
        """The gates that stop `transition`.

        A session's gates stop its start unless owed. Once a session was held, closing is stopped by every gate still
        due: its own, what was owed, and what came due later (a relative who joined midway). Without a session
        nobody assisted anybody and nothing of a téléassistance is owed: a cancelled act closes.
        """
        blocking = (line for line in self.lines if line.blocks)
        if transition is Transition.CLOSE_ACT:
            return tuple(blocking) if self.session_held else ()
        return tuple(line for line in blocking if line.obligation.stops is transition and not line.owed)

    def owed(self) -> tuple[SheetLine, ...]:
        return tuple(line for line in self.lines if line.owed)

    def line(self, obligation: str, jurisdiction: str = "") -> SheetLine | None:
        return next(
            (
                line
                for line in self.lines
                if line.obligation.id == obligation and jurisdiction in {"", line.obligation.jurisdiction}
            ),
            None,
        )

    def at(self, moment: Moment) -> tuple[SheetLine, ...]:
        return tuple(line for line in self.lines if line.obligation.moment is moment)

    @property
    def counts(self) -> Counts:
        return count(self.lines)

    @property
    def counts_by_moment(self) -> dict[Moment, Counts]:
        return {moment: count(self.at(moment)) for moment in Moment}


def count(lines: tuple[SheetLine, ...]) -> Counts:
    tally = dict.fromkeys(Counts.__struct_fields__, 0)
    for line in lines:
        tally[_standing(line)] += 1
    return Counts(**tally)


def _standing(line: SheetLine) -> str:
    match line.status:
        case Met():
            return "met"
        case Derogated():
            return "derogated"
        case NotApplicable():
            return "not_applicable"
        case Due():
            if line.owed:
                return "owed"
            return "due" if line.blocks else "lacking"
