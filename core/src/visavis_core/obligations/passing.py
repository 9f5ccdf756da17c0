"""Which gates an emergency really let pass: those not met at the moment a session opened under it (A13). Pure.

Knows: the record up to an opening is the act as it stood there, so that nothing has to be noted to know it later.
Refuses to know: what is due now (`evaluate`), and what may be done about it (`acts.decisions.derogation`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from visavis_sdk.events import ActOpened, EmergencyDeclared, ObligationDerogated, Recorded, SessionOpened
from visavis_sdk.evidence import IndexedView, every
from visavis_sdk.obligations import ActView, Due, Enforcement, NotApplicable, Obligation, Status, Transition
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

__all__ = ["Judge", "Row", "is_session_gate", "let_pass", "row_of"]

Judge = Callable[[ActView, Obligation], Status]
Row = tuple[str, str]  # id and jurisdiction


class _AsItWas(msgspec.Struct, frozen=True, kw_only=True):
    """The act just before one of its events. Satisfies `ActView`."""

    id: str
    kind: ActKind
    phase: ActPhase
    emergency: bool
    outcome: Outcome | None
    events: Sequence[Recorded]


def row_of(obligation: Obligation) -> Row:
    return obligation.id, obligation.jurisdiction


def is_session_gate(obligation: Obligation) -> bool:
    return obligation.enforcement is Enforcement.GATE and obligation.stops is Transition.START_SESSION


def let_pass(view: ActView, obligations: Iterable[Obligation], judge: Judge) -> frozenset[Row]:
    """The session gates that were due when a session opened in emergency, over all such openings.

    A gate that could not be judged yet because another one was due (`NotApplicable.awaits`) went through with it. An
    emergency declared after the opening let nothing pass: the gates had been met.
    """
    since = _emergency_since(view)
    if since is None:
        return frozenset()
    gates = tuple(obligation for obligation in obligations if is_session_gate(obligation))
    passed: set[Row] = set()
    for opened in every(view, SessionOpened):
        if opened.n > since:
            passed |= _due_at(_as_it_was(view, opened.n), gates, judge)
    return frozenset(passed)


def _emergency_since(view: ActView) -> int | None:
    """The number of the event that made it one."""
    declared = [found.n for found in every(view, ActOpened) if found.body.emergency]
    declared += [found.n for found in every(view, EmergencyDeclared)]
    return min(declared, default=None)


def _as_it_was(view: ActView, n: int) -> ActView:
    before = tuple(recorded for recorded in view.events if recorded.n < n)
    resumed = any(isinstance(recorded.body, SessionOpened) for recorded in before)
    phase = ActPhase.CONCLUDING if resumed else ActPhase.PREPARING
    return IndexedView(_AsItWas(id=view.id, kind=view.kind, phase=phase, emergency=True, outcome=None, events=before))


def _due_at(before: ActView, gates: Iterable[Obligation], judge: Judge) -> set[Row]:
    answered = {(found.body.obligation, found.body.jurisdiction) for found in every(before, ObligationDerogated)}
    statuses = {row_of(gate): judge(before, gate) for gate in gates}
    due = {row for row, status in statuses.items() if isinstance(status, Due) and row not in answered}
    behind = {
        row
        for row, status in statuses.items()
        if isinstance(status, NotApplicable) and status.awaits and (status.awaits, row[1]) in due
    }
    return due | behind
