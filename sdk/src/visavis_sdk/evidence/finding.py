"""Finding events of a type in an act, and saying what they prove.

Knows: the record is read in order, the latest statement of a kind holds, and every proof cites event numbers.
Refuses to know: any duty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from visavis_sdk.events import (
    ActReoriented,
    AssistanceDeclined,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    Event,
    InsufficiencyDeclared,
    ParticipantIdentified,
    Recorded,
    SessionClosed,
    SessionOpened,
    SubstitutedConsentAttempted,
)
from visavis_sdk.obligations import ActView, Due, Met, NotApplicable
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

__all__ = [
    "Found",
    "IndexedView",
    "due",
    "every",
    "first",
    "first_after",
    "latest",
    "met",
    "not_applicable",
    "people",
    "session_held",
    "stopped_early",
]

E = TypeVar("E", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)


class Found(msgspec.Struct, Generic[E_co], frozen=True):
    """One event with its number in the act and its moment."""

    n: int
    at: str
    body: E_co


class IndexedView:
    """An act read once and sorted by type of event, for who asks it many questions. Satisfies `ActView`.

    Checks need not know: they take any view, and finding is quicker in this one (an hour of live act holds a thousand
    measures of quality, and a sheet asks some two hundred questions).
    """

    def __init__(self, view: ActView) -> None:
        self.id: str = view.id
        self.kind: ActKind = view.kind
        self.phase: ActPhase = view.phase
        self.emergency: bool = view.emergency
        self.outcome: Outcome | None = view.outcome
        self.events: Sequence[Recorded] = view.events
        self._by_type: dict[type[Event], list[Found[Any]]] = {}
        for recorded in view.events:
            found = Found(recorded.n, recorded.at, recorded.body)
            self._by_type.setdefault(type(recorded.body), []).append(found)

    def of(self, kind: type[E]) -> Sequence[Found[E]]:
        return self._by_type.get(kind, ())


def _walk(view: ActView, kind: type[E]) -> Iterator[Found[E]]:
    if isinstance(view, IndexedView):
        yield from view.of(kind)
        return
    for recorded in view.events:
        if isinstance(recorded.body, kind):
            yield Found(recorded.n, recorded.at, recorded.body)


def every(view: ActView, kind: type[E]) -> tuple[Found[E], ...]:
    """All events of a type, oldest first."""
    return tuple(_walk(view, kind))


def first(view: ActView, kind: type[E]) -> Found[E] | None:
    return next(_walk(view, kind), None)


def latest(view: ActView, kind: type[E]) -> Found[E] | None:
    found = every(view, kind)
    return found[-1] if found else None


def first_after(view: ActView, kind: type[E], n: int) -> Found[E] | None:
    """The first event of a type recorded after event `n`."""
    return next((found for found in _walk(view, kind) if found.n > n), None)


def people(view: ActView) -> dict[str, Found[ParticipantIdentified]]:
    """Each participant's latest identification, by participant id."""
    return {found.body.participant: found for found in _walk(view, ParticipantIdentified)}


def session_held(view: ActView) -> bool:
    """Whether a live session was opened at least once."""
    return first(view, SessionOpened) is not None


# What an act can stop on before its term; a refusal counts when it closed a running session.
_STOPS: tuple[type[Event], ...] = (ConsentWithdrawn, ActReoriented, InsufficiencyDeclared, AssistanceDeclined)
_REFUSALS: tuple[type[Event], ...] = (ConsentRefused, ConsentGiven, SubstitutedConsentAttempted)


def stopped_early(view: ActView) -> bool:
    """Whether the act ended on a withdrawal, a refusal, a reorientation or an insufficiency."""
    if any(first(view, kind) is not None for kind in _STOPS):
        return True
    stopped = {found.n - 1 for found in every(view, SessionClosed)}
    return any(found.n in stopped for kind in _REFUSALS for found in every(view, kind))


def met(*proofs: Found[Any] | int) -> Met:
    """Met by these events, cited once each in order."""
    numbers = {proof if isinstance(proof, int) else proof.n for proof in proofs}
    return Met(events=tuple(sorted(numbers)))


def due(fr: str, en: str) -> Due:
    return Due(missing=Text(fr=fr, en=en))


def not_applicable(fr: str, en: str, *, awaits: str = "") -> NotApplicable:
    return NotApplicable(why=Text(fr=fr, en=en), awaits=awaits)
