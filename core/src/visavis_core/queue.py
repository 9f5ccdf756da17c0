"""One line per act, for the list a professional works from.

Knows: what a row shows (interface: due first, patient, kind, who asks, what is asked, state) and in which order.
Refuses to know: who may see the row; the practice asks `identity.decide` for each act before it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec
from visavis_sdk.events import (
    ActOpened,
    AssistanceRequested,
    NeedStated,
    ParticipantIdentified,
    PatientIdentified,
    PlaceStated,
    Recorded,
)
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome, Role

from visavis_core.identity.permissions import JUDGED
from visavis_core.identity.requests import open_request

if TYPE_CHECKING:
    from visavis_core.acts.act import Act

__all__ = ["ActSummary", "Row", "order_of", "row_of", "summarise"]

B = TypeVar("B")


class ActSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`relation` is `participant` or `queue`: mine, or waiting for somebody. Times are RFC 3339 UTC.

    `requested_at` is empty when no request is open. `live` says that a session is open now.
    """

    act: str
    kind: ActKind
    phase: ActPhase
    emergency: bool
    outcome: Outcome | None
    opened_at: str
    specialty: str = ""
    patient_name: str = ""
    patient_birth_date: str = ""
    place: str = ""
    need: str = ""
    on_site: str = ""
    expert: str = ""
    requested_at: str = ""
    to_account: str = ""
    live: bool = False
    changed_at: str = ""
    relation: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept in memory of every act: its summary, and just enough of it to decide who may see that.

    It satisfies `identity.permissions.ActInQuestion`, so that the list and the act itself are judged by one table.
    """

    id: str
    phase: ActPhase
    events: tuple[Recorded, ...]  # those that permissions look at, and no other
    accounts: dict[str, str]  # account id -> participant id
    summary: ActSummary

    def participant_of(self, account: str) -> str:
        return self.accounts.get(account, "")


def row_of(act: Act) -> Row:
    seats = {p.account: p.participant for p in act.participants.values() if p.account}
    return Row(
        id=act.id,
        phase=act.phase,
        events=tuple(event for event in act.events if isinstance(event.body, JUDGED)),
        accounts=seats,
        summary=summarise(act),
    )


def summarise(act: Act) -> ActSummary:
    events: Sequence[Recorded] = act.events
    opened = _last(events, ActOpened)
    request = open_request(events)
    asked = _last(events, AssistanceRequested)
    patient = _last(events, PatientIdentified)
    place = _last(events, PlaceStated)
    need = _last(events, NeedStated)
    return ActSummary(
        act=act.id,
        kind=act.kind,
        phase=act.phase,
        emergency=act.emergency,
        outcome=act.outcome,
        opened_at=events[0].at,
        specialty=(asked.specialty if asked and asked.specialty else opened.specialty if opened else ""),
        patient_name=f"{patient.family_name} {patient.given_names}" if patient else "",
        patient_birth_date=patient.birth_date if patient else "",
        place=(place.establishment or place.address) if place else "",
        need=need.need if need else "",
        on_site=_person(events, Role.ON_SITE),
        expert=_person(events, Role.EXPERT),
        requested_at=next((e.at for e in reversed(events) if e.body is request), "") if request else "",
        to_account=request.to_account if request else "",
        live=bool(act.session),
        changed_at=next((e.at for e in reversed(events) if not e.body.technical), events[0].at),
    )


def order_of(summary: ActSummary) -> tuple[bool, bool, bool, str]:
    """Sort key: open before closed, emergencies first, then who waits for an answer, the longest wait first."""
    closed = summary.phase is ActPhase.CLOSED
    waiting = summary.requested_at or summary.opened_at
    return (closed, not summary.emergency, not summary.requested_at, _reversed(waiting) if closed else waiting)


def _reversed(stamp: str) -> str:
    """Stamps sort as text; the nines' complement of their digits sorts the newest first."""
    return "".join(str(9 - int(c)) if c.isdigit() else c for c in stamp)


def _person(events: Sequence[Recorded], role: Role) -> str:
    for event in reversed(events):
        body = event.body
        if isinstance(body, ParticipantIdentified) and body.role is role:
            return " ".join(word for word in (body.title, body.given_names, body.family_name) if word)
    return ""


def _last(events: Sequence[Recorded], kind: type[B]) -> B | None:
    return next((e.body for e in reversed(events) if isinstance(e.body, kind)), None)
