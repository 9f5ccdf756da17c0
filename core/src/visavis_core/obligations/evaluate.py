"""`evaluate(act, obligations)`: judge every duty in force on an act. Pure.

Knows: which duties are in force (kind, dates, packs), how a derogation answers a duty that is due, and what an
emergency makes owed (`passing`).
Refuses to know: any duty's content; its check is the pack's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

import msgspec
from visavis_sdk.events import ActOpened, JurisdictionStated, ObligationDerogated
from visavis_sdk.evidence import IndexedView, every, latest, session_held
from visavis_sdk.hosting import FailureKind
from visavis_sdk.obligations import (
    ActView,
    Derogated,
    Due,
    Met,
    NotApplicable,
    Obligation,
    Status,
)
from visavis_sdk.text import Text

from visavis_core.obligations.passing import Row, is_session_gate, let_pass, row_of
from visavis_core.obligations.sheet import ConformitySheet, SheetLine

__all__ = ["ConformitySheet", "OnFailure", "SheetLine", "cannot_evaluate", "evaluate", "in_force"]

OnFailure = Callable[[Obligation, FailureKind], None]
Ask = Callable[[Obligation, ActView], object]


def evaluate(
    act: ActView,
    obligations: Iterable[Obligation],
    on_failure: OnFailure = lambda _failed, _kind: None,
    *,
    ask: Ask = lambda duty, view: duty.check(view),
    owner_of: Callable[[Obligation], str] = lambda _duty: "",
) -> ConformitySheet:
    """The act's conformity sheet. The duties in force are those of the day the act was opened.

    `on_failure` is told of each duty whose check raised or answered with anything but a status; its line is then due,
    with words that say so. `ask` calls a check, by whoever limits its time; `owner_of` names its plugin in those words.
    """
    asking = _Asking(ask=ask, owner_of=owner_of, on_failure=on_failure)
    view = IndexedView(act)
    derogations = {
        (found.body.obligation, found.body.jurisdiction): Derogated(reason=found.body.reason, event=found.n)
        for found in every(view, ObligationDerogated)
    }
    packs = tuple(in_force(act, obligations))
    governing = _governing(view, {obligation.jurisdiction for obligation in packs})
    held = session_held(view)
    past = msgspec.structs.replace(asking, on_failure=_nobody)
    passed = let_pass(view, packs, lambda before, obligation: _judge(before, obligation, past)) if held else None
    lines = tuple(_line(view, obligation, derogations, governing, passed, asking) for obligation in packs)
    if act.outcome is not None and not held:
        lines = tuple(_without_object(line) for line in lines)
    return ConformitySheet(lines=lines, session_held=held, emergency=act.emergency, phase=act.phase)


def _nobody(_failed: Obligation, _kind: FailureKind) -> None:
    """A check that fails on the past fails on the present too, and is told there once."""


class _Asking(msgspec.Struct, frozen=True, kw_only=True):
    ask: Ask
    owner_of: Callable[[Obligation], str]
    on_failure: OnFailure


def in_force(act: ActView, obligations: Iterable[Obligation]) -> Iterable[Obligation]:
    """The duties that exist for this act: of its kind, of the packs it was opened under, on its opening day."""
    opened = act.events[0]
    day = opened.at[:10]
    packs = opened.body.jurisdictions if isinstance(opened.body, ActOpened) else ()
    return (
        obligation
        for obligation in obligations
        if (not obligation.kinds or act.kind in obligation.kinds)
        and (not packs or obligation.jurisdiction in packs)
        and obligation.effective_from <= day
        and (obligation.effective_to is None or day <= obligation.effective_to)
    )


def _governing(view: ActView, packs: set[str]) -> str:
    """The pack of the patient's place once it is stated and among those in force, "" while all apply (J1)."""
    stated = latest(view, JurisdictionStated)
    place = "" if stated is None else stated.body.patient.strip().casefold()
    return place if place in packs else ""


def _line(
    act: ActView,
    obligation: Obligation,
    derogations: dict[tuple[str, str], Derogated],
    governing: str,
    passed: Set[Row] | None,
    asking: _Asking,
) -> SheetLine:
    if governing and obligation.follows_patient and obligation.jurisdiction != governing:
        return SheetLine(obligation=obligation, status=_ELSEWHERE)
    status = _judge(act, obligation, asking)
    if isinstance(status, Due):
        status = derogations.get((obligation.id, obligation.jurisdiction), status)
    return SheetLine(obligation=obligation, status=status, owed=_is_owed(act, obligation, status, passed))


def _judge(act: ActView, obligation: Obligation, asking: _Asking) -> Status:
    """What the check says; due whenever it says nothing usable, so that a broken rule opens no gate."""
    try:
        answered = asking.ask(obligation, act)
    except Exception:  # noqa: BLE001 -- a pack is a plugin: whatever it raises, the duty stays due and the rest stands
        asking.on_failure(obligation, FailureKind.RAISED)
        return cannot_evaluate(asking.owner_of(obligation))
    if isinstance(answered, Met | Due | Derogated | NotApplicable):
        return answered
    asking.on_failure(obligation, FailureKind.WRONG_TYPE)
    return cannot_evaluate(asking.owner_of(obligation))


def _without_object(line: SheetLine) -> SheetLine:
    """An act closed before any session leaves nothing to do: what was due lost its object."""
    return SheetLine(obligation=line.obligation, status=_NEVER_HELD) if line.is_due else line


_NEVER_HELD = NotApplicable(why=Text(fr="L’acte s’est fermé sans session.", en="The act closed without a session."))
_ELSEWHERE = NotApplicable(
    why=Text(
        fr="Le patient est ailleurs : les règles de son lieu s’appliquent.",
        en="The patient is elsewhere: the rules of that place apply.",
    )
)


def cannot_evaluate(plugin: str) -> Due:
    """The status of a duty whose check says nothing usable: due, never met, and whose rule it is."""
    by = Text(fr=f" par le plugin « {plugin} »", en=f" by plugin “{plugin}”") if plugin else Text(fr="", en="")
    return Due(
        missing=Text(
            fr=f"La règle n’a pas pu être évaluée{by.fr} ; prévenez l’administrateur.",
            en=f"The rule could not be evaluated{by.en}; tell the administrator.",
        )
    )


def _is_owed(act: ActView, obligation: Obligation, status: Status, passed: Set[Row] | None) -> bool:
    """A13: an emergency opens the link at once; what it skipped stays due. `passed` is None until a session is held:
    until then an emergency would let every gate of the session pass.
    """
    return (
        act.emergency
        and isinstance(status, Due)
        and is_session_gate(obligation)
        and (passed is None or row_of(obligation) in passed)
    )
