"""The conformity sheet: every duty of an act with what proves it, and what is due before a passage.

Knows: where each line stands, how lines add up, and which of them stop a transition. The one number of what is still
to do (`Counts.to_do`) is computed here and nowhere else: pages, room and documents show it.
Refuses to know: how a line came to its status (`evaluate`) and how it is drawn.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

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
from visavis_sdk.vocabulary import ActPhase

__all__ = ["ConformitySheet", "Counts", "SheetLine", "Standing"]


class Standing(StrEnum):
    """Where a line stands now, each name also that of its icon. `MISSING` and `OWED` are what is to do."""

    MISSING = "missing"  # a gate, of a moment that has come
    OWED = "owed"  # a gate of the session that an emergency let pass
    LACKING = "lacking"  # evidence not shown yet: at the professionals' judgement, never in the way
    MET = "met"
    DEROGATED = "derogated"
    ADVISED = "advised"  # only helpful, never a fault
    TO_COME = "to-come"  # due, of a moment still ahead: a note is not missing before the session
    NOT_APPLICABLE = "not-applicable"


_DUE: dict[Enforcement, Standing] = {
    Enforcement.GATE: Standing.MISSING,
    Enforcement.EVIDENCE: Standing.LACKING,
    Enforcement.AID: Standing.ADVISED,
}
_AHEAD: dict[ActPhase, tuple[Moment, ...]] = {
    ActPhase.PREPARING: (Moment.DURING, Moment.AFTER),
    ActPhase.LIVE: (Moment.AFTER,),
}


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """One duty. `owed` = a gate of the session that an emergency let pass, to be met or justified before closing.

    A gate that came due after the opening was not let pass: it is due, and to be met.
    """

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
    """How many lines stand where; one field for each `Standing`."""

    met: int = 0
    missing: int = 0
    owed: int = 0
    lacking: int = 0
    advised: int = 0
    to_come: int = 0
    derogated: int = 0
    not_applicable: int = 0

    @property
    def to_do(self) -> int:
        """The number of duties that bind and are to be done now."""
        return self.missing + self.owed

    @property
    def applicable(self) -> int:
        return self.to_do + self.met + self.lacking + self.advised + self.to_come + self.derogated


class ConformitySheet(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of one act, in the packs' order. `session_held`: a live session was opened at least once."""

    lines: tuple[SheetLine, ...]
    session_held: bool = False
    emergency: bool = False
    phase: ActPhase = ActPhase.PREPARING

    def due(self, transition: Transition) -> tuple[SheetLine, ...]:
        """The gates that stop `transition`.

        A session's gates stop its start, and in emergency never do. Once a session was held, closing is stopped by
        every gate still due: its own, what was owed, and what came due later (a relative who joined midway). Without
        a session nobody assisted anybody and nothing of a téléassistance is owed: a cancelled act closes.
        """
        blocking = (line for line in self.lines if line.blocks)
        if transition is Transition.CLOSE_ACT:
            return tuple(blocking) if self.session_held else ()
        if self.emergency and transition is Transition.START_SESSION:
            return ()
        return tuple(line for line in blocking if line.obligation.stops is transition)

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

    def standing(self, line: SheetLine) -> Standing:
        match line.status:
            case Met():
                return Standing.MET
            case Derogated():
                return Standing.DEROGATED
            case NotApplicable():
                return Standing.NOT_APPLICABLE
            case Due():
                if line.owed:
                    return Standing.OWED
                ahead = line.obligation.moment in _AHEAD.get(self.phase, ())
                return Standing.TO_COME if ahead else _DUE[line.obligation.enforcement]

    @property
    def counts(self) -> Counts:
        return self._count(self.lines)

    @property
    def counts_by_moment(self) -> dict[Moment, Counts]:
        return {moment: self._count(self.at(moment)) for moment in Moment}

    def _count(self, lines: tuple[SheetLine, ...]) -> Counts:
        tally = Counter(self.standing(line).name.lower() for line in lines)
        return Counts(**tally)
