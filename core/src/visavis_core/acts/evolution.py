"""How each event changes the state. One function per event type, in one table.

Knows: nothing but the past; every event that was recorded is applied, whether or not it would be allowed today.
Refuses to know: permissions, clocks, packs. An event type that leaves the state as it is says so in `UNCHANGED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from visavis_sdk import events as e
from visavis_sdk.vocabulary import ActPhase, Outcome, SubstitutedConsentResult

from visavis_core.acts.state import (
    Act,
    AdviceState,
    Consent,
    DecidedStep,
    IncidentState,
    NoteState,
)

__all__ = ["CHANGES", "UNCHANGED", "evolve", "fold"]

K = TypeVar("K")
V = TypeVar("V")
# Each change is written for its own event type; the table pairs them, and its test checks every type is in it.
Change = Callable[[Act, e.Recorded, Any], dict[str, Any]]


def evolve(act: Act | None, recorded: e.Recorded) -> Act:
    """The act after one more event. ValueError when the record itself is out of order: such a record is damaged."""
    expected = 0 if act is None else act.n
    if recorded.n != expected:
        raise ValueError(f"event {recorded.n} where {expected} was expected")
    if act is None:
        return _begin(recorded)
    if recorded.act != act.id:
        raise ValueError("event of another act")
    change = CHANGES.get(type(recorded.body))
    changed = {} if change is None else change(act, recorded, recorded.body)
    return msgspec.structs.replace(act, events=(*act.events, recorded), **changed)


def fold(events: Iterable[e.Recorded]) -> Act:
    """The act that `events` made. ValueError when there is none or the first does not open an act."""
    act: Act | None = None
    for recorded in events:
        act = evolve(act, recorded)
    if act is None:
        raise ValueError("no event")
    return act


def _begin(recorded: e.Recorded) -> Act:
    body = recorded.body
    if not isinstance(body, e.ActOpened):
        raise ValueError("the first event does not open an act")  # noqa: TRY004 -- the record is wrong, not a type
    return Act(
        id=recorded.act,
        kind=body.kind,
        opened_at=recorded.at,
        opened_by=body.opened_by,
        emergency=body.emergency,
        specialty=body.specialty,
        jurisdictions=body.jurisdictions,
        events=(recorded,),
    )


def _put(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}


def _becomes(field: str) -> Change:
    """The event itself is the new value of `field`: the latest statement holds, the record keeps the others."""
    return lambda _act, _recorded, body: {field: body}


def _joins(field: str) -> Change:
    return lambda act, _recorded, body: {field: (*getattr(act, field), body)}


def _consent(act: Act, recorded: e.Recorded, state: Consent) -> dict[str, Any]:
    return {"consent": msgspec.structs.replace(act.consent, state=state, event=recorded.n, at=recorded.at)}


def _ends(outcome: Outcome) -> Change:
    """What was said first fixes the outcome, except a withdrawal, which outranks everything."""
    return lambda act, _recorded, _body: {"phase": ActPhase.CONCLUDING, "ending": act.ending or outcome}


def _tell(act: Act, _recorded: e.Recorded, body: e.InformationGiven) -> dict[str, Any]:
    return {"consent": msgspec.structs.replace(act.consent, information=body)}


def _consent_given(act: Act, recorded: e.Recorded, body: e.ConsentGiven) -> dict[str, Any]:
    if body.to_remote_professional and body.to_technology:
        return _consent(act, recorded, Consent.GIVEN)
    return _consent_refused(act, recorded, body)


def _consent_refused(act: Act, recorded: e.Recorded, _body: e.Event) -> dict[str, Any]:
    changed = _consent(act, recorded, Consent.REFUSED)
    if act.phase is ActPhase.LIVE:  # an emergency that ran on owed consent stops at a no
        changed |= {"phase": ActPhase.CONCLUDING, "ending": act.ending or Outcome.DECLINED}
    return changed


def _consent_withdrawn(act: Act, recorded: e.Recorded, _body: e.ConsentWithdrawn) -> dict[str, Any]:
    return _consent(act, recorded, Consent.WITHDRAWN) | {"phase": ActPhase.CONCLUDING, "ending": Outcome.WITHDRAWN}


def _consent_substituted(act: Act, recorded: e.Recorded, body: e.SubstitutedConsentAttempted) -> dict[str, Any]:
    if act.consent.state is Consent.GIVEN:  # the patient's own word is not replaced by somebody else's
        return {}
    if body.result is SubstitutedConsentResult.OBTAINED:
        return _consent(act, recorded, Consent.SUBSTITUTED)
    if body.result is SubstitutedConsentResult.REFUSED:
        return _consent_refused(act, recorded, body)
    return {}


def _session_opened(act: Act, _recorded: e.Recorded, body: e.SessionOpened) -> dict[str, Any]:
    return {"phase": ActPhase.LIVE, "session": body.session, "sessions": (*act.sessions, body.session), "present": ()}


def _joined(act: Act, _recorded: e.Recorded, body: e.ParticipantJoined) -> dict[str, Any]:
    return {"present": (*(id for id in act.present if id != body.participant), body.participant)}


def _left(act: Act, _recorded: e.Recorded, body: e.ParticipantLeft) -> dict[str, Any]:
    return {"present": tuple(id for id in act.present if id != body.participant)}


def _advise(act: Act, recorded: e.Recorded, body: e.AdviceGiven) -> dict[str, Any]:
    return {"advices": (*act.advices, AdviceState(n=recorded.n, at=recorded.at, given=body))}


def _acknowledge(act: Act, recorded: e.Recorded, body: e.AdviceAcknowledged) -> dict[str, Any]:
    replace = msgspec.structs.replace
    return {
        "advices": tuple(
            replace(advice, acknowledgement=body, acknowledged_at=recorded.at)
            if advice.given.advice == body.advice
            else advice
            for advice in act.advices
        )
    }


def _decide_step(act: Act, recorded: e.Recorded, body: e.StepDecided) -> dict[str, Any]:
    return {"steps": (*act.steps, DecidedStep(n=recorded.n, at=recorded.at, decided=body))}


def _report(act: Act, recorded: e.Recorded, body: e.IncidentReported) -> dict[str, Any]:
    return {"incidents": (*act.incidents, IncidentState(n=recorded.n, at=recorded.at, reported=body))}


def _resolve(act: Act, _recorded: e.Recorded, body: e.IncidentResolved) -> dict[str, Any]:
    replace = msgspec.structs.replace
    return {
        "incidents": tuple(
            replace(known, resolved=body) if known.reported.incident == body.incident else known
            for known in act.incidents
        )
    }


def _plan_b(act: Act, field: str, value: object) -> dict[str, Any]:
    return {"plan_b": msgspec.structs.replace(act.plan_b, **{field: value})}


def _draft(act: Act, recorded: e.Recorded, body: e.NoteDrafted) -> dict[str, Any]:
    note = NoteState(
        note=body.note, n=recorded.n, at=recorded.at, sections=body.sections, by=body.by, language=body.language
    )
    return {"notes": _put(act.notes, body.note, note)}


def _sign(act: Act, recorded: e.Recorded, body: e.NoteSigned) -> dict[str, Any]:
    note = NoteState(
        note=body.note,
        n=recorded.n,
        at=recorded.at,
        sections=body.sections,
        by=body.by,
        signed=True,
        content_sha256=body.content_sha256,
        language=body.language,
    )
    return {"notes": _put(act.notes, body.note, note)}


CHANGES: dict[type[e.Event], Change] = {
    e.EmergencyDeclared: lambda _act, _recorded, _body: {"emergency": True},
    e.AssistanceRequested: _becomes("request"),
    e.PatientIdentified: _becomes("patient"),
    e.PatientPresenceStated: _becomes("patient_presence"),
    e.ParticipantIdentified: lambda act, _recorded, body: {
        "participants": _put(act.participants, body.participant, body)
    },
    e.InvitationIssued: lambda act, _recorded, body: {"invitations": _put(act.invitations, body.invitation, body)},
    e.PresenceConfirmed: lambda act, _recorded, body: {"presence": _put(act.presence, body.side, body)},
    e.PlaceStated: _becomes("place"),
    e.JurisdictionStated: _becomes("jurisdiction"),
    e.NeedStated: _becomes("need"),
    e.BriefingProvided: _becomes("briefing"),
    e.InformationGiven: _tell,
    e.ConsentGiven: _consent_given,
    e.ConsentRefused: _consent_refused,
    e.ConsentWithdrawn: _consent_withdrawn,
    e.SubstitutedConsentAttempted: _consent_substituted,
    e.SharingLimited: lambda _act, _recorded, body: {"withheld": body.withheld},
    e.EquipmentChecked: lambda act, _recorded, body: {"checks": _put(act.checks, body.participant, body)},
    e.PlanBDeclared: lambda act, _recorded, body: _plan_b(act, "declared", body),
    e.PlanBTried: lambda act, _recorded, body: _plan_b(act, "tried", body),
    e.PlanBTaken: lambda act, _recorded, body: _plan_b(act, "taken", body),
    e.PlanBEnded: lambda act, _recorded, _body: _plan_b(act, "taken", None),
    e.IncidentReported: _report,
    e.IncidentResolved: _resolve,
    e.SessionOpened: _session_opened,
    e.SessionClosed: lambda _act, _recorded, _body: {"session": "", "present": ()},
    e.ParticipantJoined: _joined,
    e.ParticipantLeft: _left,
    e.StillCaptured: _joins("stills"),
    e.AnnotationCommitted: _joins("annotations"),
    e.AdequacyDeclared: _joins("adequacy"),
    e.AdviceGiven: _advise,
    e.AdviceAcknowledged: _acknowledge,
    e.StepDecided: _decide_step,
    e.FormSaved: lambda act, _recorded, body: {"forms": _put(act.forms, body.instance, body)},
    e.NoteDrafted: _draft,
    e.NoteSigned: _sign,
    e.FollowUpNamed: _becomes("follow_up"),
    e.ObligationDerogated: _joins("derogations"),
    e.LiveEnded: lambda _act, _recorded, _body: {"phase": ActPhase.CONCLUDING},
    e.InsufficiencyDeclared: _ends(Outcome.INSUFFICIENT),
    e.AssistanceDeclined: _ends(Outcome.DECLINED),
    e.ActReoriented: _ends(Outcome.REORIENTED),
    e.ActClosed: lambda _act, _recorded, body: {"phase": ActPhase.CLOSED, "outcome": body.outcome},
}

# Kept in the record, of no weight in the state: the session's machinery, and who read or took out the dossier.
UNCHANGED: frozenset[type[e.Event]] = frozenset(
    {
        e.ConnectionLost,
        e.ConnectionRestored,
        e.DeviceAuthorised,
        e.DossierOpened,
        e.ActExported,
        e.LinkOpened,
        e.QualityMeasured,
        e.ActOpened,
    }
)
