"""An act as JSON for programs: frozen structs, so that what is shown is a list somebody wrote.

Knows: which parts of an act a reader of the API gets, under which names.
Refuses to know: who asks; the practice has decided, and for a guest has already narrowed the act.
"""

from __future__ import annotations

import msgspec
from visavis_sdk.events import (
    AdviceAcknowledged,
    AdviceGiven,
    AnyEvent,
    FormSaved,
    NeedStated,
    ParticipantIdentified,
    PatientIdentified,
    PlaceStated,
    PlanBDeclared,
    Recorded,
    StillCaptured,
)
from visavis_sdk.obligations import Derogated, Due, Met, NotApplicable
from visavis_sdk.text import Language
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

from visavis_core.acts.act import Act
from visavis_core.obligations.sheet import ConformitySheet, SheetLine

__all__ = ["ActJson", "EventsJson", "SheetJson", "view_of_act", "view_of_events", "view_of_sheet"]


class AdviceJson(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    at: str
    given: AdviceGiven
    acknowledgement: AdviceAcknowledged | None


class NoteJson(msgspec.Struct, frozen=True, kw_only=True):
    note: str
    by: str
    at: str
    signed: bool
    content_sha256: str


class ActJson(msgspec.Struct, frozen=True, kw_only=True):
    """`n` is how many events there are: the number the next one gets. `consent` is one of `acts.state.Consent`."""

    id: str
    n: int
    kind: ActKind
    phase: ActPhase
    emergency: bool
    outcome: Outcome | None
    opened_at: str
    jurisdictions: tuple[str, ...]
    session: str
    present: tuple[str, ...]
    consent: str
    patient: PatientIdentified | None
    place: PlaceStated | None
    need: NeedStated | None
    plan_b: PlanBDeclared | None
    participants: tuple[ParticipantIdentified, ...]
    advices: tuple[AdviceJson, ...]
    stills: tuple[StillCaptured, ...]
    forms: tuple[FormSaved, ...]
    notes: tuple[NoteJson, ...]


class EventJson(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    at: str
    actor: str
    body: AnyEvent


class EventsJson(msgspec.Struct, frozen=True, kw_only=True):
    """`more`: ask again with `after` = the last `n`."""

    act: str
    events: tuple[EventJson, ...]
    more: bool


class LineJson(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is `met|due|owed|derogated|not_applicable`; `words` says what is missing or why it does not apply."""

    id: str
    jurisdiction: str
    title: str
    state: str
    words: str
    events: tuple[int, ...]
    enforcement: str
    stops: str
    citation: str


class SheetJson(msgspec.Struct, frozen=True, kw_only=True):
    lines: tuple[LineJson, ...]


def view_of_act(act: Act) -> ActJson:
    return ActJson(
        id=act.id,
        n=act.n,
        kind=act.kind,
        phase=act.phase,
        emergency=act.emergency,
        outcome=act.outcome,
        opened_at=act.opened_at,
        jurisdictions=act.jurisdictions,
        session=act.session,
        present=act.present,
        consent=act.consent.state.value,
        patient=act.patient,
        place=act.place,
        need=act.need,
        plan_b=act.plan_b.declared,
        participants=tuple(act.participants.values()),
        advices=tuple(
            AdviceJson(n=advice.n, at=advice.at, given=advice.given, acknowledgement=advice.acknowledgement)
            for advice in act.advices
        ),
        stills=act.stills,
        forms=tuple(act.forms.values()),
        notes=tuple(
            NoteJson(note=n.note, by=n.by, at=n.at, signed=n.signed, content_sha256=n.content_sha256)
            for n in act.notes.values()
        ),
    )


def view_of_events(act: Act, *, after: int, most: int) -> EventsJson:
    newer = [event for event in act.events if event.n > after]
    return EventsJson(act=act.id, events=tuple(_event(event) for event in newer[:most]), more=len(newer) > most)


def _event(event: Recorded) -> EventJson:
    # The union is closed: whatever the journal decoded is one of its members.
    return EventJson(n=event.n, at=event.at, actor=event.actor.id, body=event.body)  # type: ignore[arg-type]


def view_of_sheet(sheet: ConformitySheet, language: Language) -> SheetJson:
    return SheetJson(lines=tuple(_line(line, language) for line in sheet.lines))


def _line(line: SheetLine, language: Language) -> LineJson:
    duty = line.obligation
    events: tuple[int, ...] = ()
    words = ""
    match line.status:
        case Met(events=events):
            state = "met"
        case Due(missing=missing):
            state, words = ("owed" if line.owed else "due"), missing.in_language(language)
        case Derogated(reason=words, event=event):
            state, events = "derogated", (event,)
        case NotApplicable(why=why):
            state, words = "not_applicable", why.in_language(language)
    return LineJson(
        id=duty.id,
        jurisdiction=duty.jurisdiction,
        title=duty.title.in_language(language),
        state=state,
        words=words,
        events=events,
        enforcement=duty.enforcement.value,
        stops=duty.stops.value if duty.stops else "",
        citation=duty.citation,
    )
