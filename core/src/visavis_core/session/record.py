"""The room's reading of an act: a fold over its events that yields what the pages show, and the message for each step.

Knows: which events change what is on the room's screens, as one table.
Refuses to know: who is connected, and whether anything was allowed; the events already happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from visavis_sdk.events import (
    ActClosed,
    ActOpened,
    AdequacyDeclared,
    AdviceAcknowledged,
    AdviceGiven,
    AnnotationCommitted,
    AssistanceDeclined,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    EmergencyDeclared,
    Event,
    IncidentReported,
    IncidentResolved,
    InsufficiencyDeclared,
    LiveEnded,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantLeft,
    PlanBDeclared,
    PlanBEnded,
    PlanBTaken,
    PlanBTried,
    Recorded,
    SessionClosed,
    SessionOpened,
    StillCaptured,
    SubstitutedConsentAttempted,
)
from visavis_sdk.vocabulary import SubstitutedConsentResult

from visavis_core.session.views import (
    AdequacyView,
    AdviceView,
    AnnotationView,
    ConsentView,
    IncidentView,
    PlanBView,
    Standing,
    StillView,
)

__all__ = ["RoomRecord", "follow", "project"]


class RoomRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the events say that the room shows. `n` is the last event read, -1 before any."""

    n: int = -1
    standing: Standing = Standing()
    consent: ConsentView = ConsentView()
    plan_b: PlanBView = PlanBView()
    people: dict[str, ParticipantIdentified] = {}
    present: frozenset[str] = frozenset()
    advices: dict[str, AdviceView] = {}
    stills: dict[str, StillView] = {}
    annotations: dict[str, AnnotationView] = {}
    incidents: dict[str, IncidentView] = {}
    adequacies: dict[str, AdequacyView] = {}


Follower = Callable[[RoomRecord, Recorded, Any], RoomRecord]


def project(events: Iterable[Recorded]) -> RoomRecord:
    """Folds an act's events from the first."""
    record = RoomRecord()
    for recorded in events:
        record = follow(record, recorded)
    return record


def follow(record: RoomRecord, recorded: Recorded) -> RoomRecord:
    """The record after one more event. An event already read changes nothing, so a replay is harmless."""
    if recorded.n <= record.n:
        return record
    follower = FOLLOWERS.get(type(recorded.body))
    if follower is not None:
        record = follower(record, recorded, recorded.body)
    return msgspec.structs.replace(record, n=recorded.n)


def stand(record: RoomRecord, **changes: object) -> RoomRecord:
    return msgspec.structs.replace(record, standing=msgspec.structs.replace(record.standing, **changes))


def plan(record: RoomRecord, **changes: object) -> RoomRecord:
    return msgspec.structs.replace(record, plan_b=msgspec.structs.replace(record.plan_b, **changes))


def consent(record: RoomRecord, state: Any, at: str) -> RoomRecord:
    return msgspec.structs.replace(record, consent=ConsentView(state=state, at=at))


def substitute(record: RoomRecord, recorded: Recorded, body: SubstitutedConsentAttempted) -> RoomRecord:
    """As the act itself takes it: the patient's own yes stays, nobody reached changes nothing, a no is a no."""
    said = SUBSTITUTED.get(body.result)
    return record if said is None or record.consent.state == "given" else consent(record, said, recorded.at)


SUBSTITUTED = {
    SubstitutedConsentResult.OBTAINED: "substituted",
    SubstitutedConsentResult.REFUSED: "refused",
}


def identify(record: RoomRecord, _: Recorded, body: ParticipantIdentified) -> RoomRecord:
    return msgspec.structs.replace(record, people={**record.people, body.participant: body})


def join(record: RoomRecord, _: Recorded, body: ParticipantJoined) -> RoomRecord:
    return msgspec.structs.replace(record, present=record.present | {body.participant})


def leave(record: RoomRecord, _: Recorded, body: ParticipantLeft) -> RoomRecord:
    return msgspec.structs.replace(record, present=record.present - {body.participant})


def close_session(record: RoomRecord, _: Recorded, body: SessionClosed) -> RoomRecord:
    return stand(msgspec.structs.replace(record, present=frozenset()), session="", ended=body.reason)


def advise(record: RoomRecord, recorded: Recorded, body: AdviceGiven) -> RoomRecord:
    advice = AdviceView(
        advice=body.advice,
        by=body.by,
        at=recorded.at,
        text=body.text,
        justification=body.justification,
        still=body.still,
        read_back_required=body.read_back_required,
    )
    return msgspec.structs.replace(record, advices={**record.advices, body.advice: advice})


def acknowledge(record: RoomRecord, recorded: Recorded, body: AdviceAcknowledged) -> RoomRecord:
    known = record.advices.get(body.advice)
    if known is None:
        return record
    heard = msgspec.structs.replace(
        known, acknowledged_by=body.by, acknowledged_at=recorded.at, read_back=body.was_read_back, done=body.done
    )
    return msgspec.structs.replace(record, advices={**record.advices, body.advice: heard})


def capture(record: RoomRecord, recorded: Recorded, body: StillCaptured) -> RoomRecord:
    still = StillView(
        still=body.still,
        source=body.source,
        by=body.captured_by,
        at=recorded.at,
        width=body.width,
        height=body.height,
        media_type=body.media_type,
        method=body.method,
        label=body.label,
    )
    return msgspec.structs.replace(record, stills={**record.stills, body.still: still})


def annotate(record: RoomRecord, recorded: Recorded, body: AnnotationCommitted) -> RoomRecord:
    drawn = AnnotationView(
        annotation=body.annotation,
        by=body.by,
        at=recorded.at,
        target=body.target,
        strokes=body.strokes,
        frame=body.frame,
    )
    return msgspec.structs.replace(record, annotations={**record.annotations, body.annotation: drawn})


def report(record: RoomRecord, recorded: Recorded, body: IncidentReported) -> RoomRecord:
    incident = IncidentView(
        incident=body.incident, kind=body.kind, description=body.description, at=recorded.at, resolved=False
    )
    return msgspec.structs.replace(record, incidents={**record.incidents, body.incident: incident})


def resolve(record: RoomRecord, _: Recorded, body: IncidentResolved) -> RoomRecord:
    known = record.incidents.get(body.incident)
    if known is None:
        return record
    return msgspec.structs.replace(
        record, incidents={**record.incidents, body.incident: msgspec.structs.replace(known, resolved=True)}
    )


def declare_adequacy(record: RoomRecord, recorded: Recorded, body: AdequacyDeclared) -> RoomRecord:
    verdict = AdequacyView(subject=body.subject, verdict=body.verdict, by=body.by, at=recorded.at, reason=body.reason)
    return msgspec.structs.replace(record, adequacies={**record.adequacies, body.subject: verdict})


FOLLOWERS: dict[type[Event], Follower] = {
    ActOpened: lambda record, _, body: stand(record, emergency=body.emergency),
    EmergencyDeclared: lambda record, _, _body: stand(record, emergency=True),
    SessionOpened: lambda record, _, body: stand(record, session=body.session, ended=""),
    SessionClosed: close_session,
    LiveEnded: lambda record, _, _body: stand(record, concluding=True),
    ActClosed: lambda record, _, body: stand(record, outcome=body.outcome),
    AssistanceDeclined: lambda record, _, body: stand(record, declined=body.reason),
    InsufficiencyDeclared: lambda record, _, body: stand(record, insufficient=body.reason),
    ConsentGiven: lambda record, recorded, body: consent(
        record,
        "refused"
        if not (body.to_remote_professional and body.to_technology)
        else "substituted"
        if body.given_by == "substitute"
        else "given",
        recorded.at,
    ),
    ConsentRefused: lambda record, recorded, _body: consent(record, "refused", recorded.at),
    ConsentWithdrawn: lambda record, recorded, _body: consent(record, "withdrawn", recorded.at),
    SubstitutedConsentAttempted: substitute,
    ParticipantIdentified: identify,
    ParticipantJoined: join,
    ParticipantLeft: leave,
    AdviceGiven: advise,
    AdviceAcknowledged: acknowledge,
    StillCaptured: capture,
    AnnotationCommitted: annotate,
    IncidentReported: report,
    IncidentResolved: resolve,
    AdequacyDeclared: declare_adequacy,
    PlanBDeclared: lambda record, recorded, body: plan(
        record, state="declared", telephone=body.telephone, procedure=body.procedure, since=recorded.at
    ),
    PlanBTried: lambda record, recorded, _body: plan(record, state="tried", since=recorded.at),
    PlanBTaken: lambda record, recorded, body: plan(record, state="taken", step=body.step, since=recorded.at),
    PlanBEnded: lambda record, recorded, _body: plan(record, state="ended", step="", since=recorded.at),
}
