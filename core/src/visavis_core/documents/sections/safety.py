"""Image and sound, incidents, plan B and limits (E7, F1, F2, F6).

Knows: what clinicians declared and what was measured, each with its moment and what was decided.
Refuses to know: whether the care was good.
"""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.vocabulary import Adequacy

from visavis_core.documents.telling import Line, Teller

__all__ = ["tell_adequacy", "tell_incidents", "tell_limits"]

_MEASURES_TOLD = 12  # the rest stays in the record; a note of a bad line would drown in them


def tell_adequacy(teller: Teller) -> list[Line]:
    lines = []
    for one, body in teller.events(e.AdequacyDeclared):
        lines.append(
            teller.item(
                "adequacy.declared",
                one.n,
                hour=teller.hour(one.at),
                by=teller.name(body.by),
                subject=_subject(teller, body.subject),
                verdict=teller.choice("adequacy", body.verdict),
            )
        )
        if body.reason:
            lines.append(teller.detail("reason", one.n, reason=body.reason))
        if body.decision:
            lines.append(teller.detail("adequacy.decision", one.n, decision=body.decision))
    return [*(lines or [teller.say("adequacy.none")]), *_measured(teller)]


def _subject(teller: Teller, subject: str) -> str:
    still = next((still for still in teller.act.stills if still.still == subject), None)
    if still is not None:
        return teller.words("tell.adequacy.still", label=still.label or teller.source(still.source))
    return teller.source(subject)


def _measured(teller: Teller) -> list[Line]:
    poor = [(one, body) for one, body in teller.events(e.QualityMeasured) if body.verdict is not Adequacy.ADEQUATE]
    lines = [
        teller.item(
            "adequacy.measured",
            one.n,
            hour=teller.hour(one.at),
            source=teller.source(body.source),
            who=teller.name(body.participant),
            verdict=teller.choice("adequacy", body.verdict),
        )
        for one, body in poor[:_MEASURES_TOLD]
    ]
    if len(poor) > _MEASURES_TOLD:
        lines.append(teller.item("adequacy.more", count=len(poor) - _MEASURES_TOLD))
    return lines


def tell_incidents(teller: Teller) -> list[Line]:
    lines = []
    resolved = {body.incident: (one, body) for one, body in teller.events(e.IncidentResolved)}
    for incident in teller.act.incidents:
        kind = teller.choice("incident", incident.reported.kind)
        hour = teller.hour(incident.at)
        told = incident.reported.description
        lines.append(teller.item("incident.reported", incident.n, hour=hour, kind=kind, description=told))
        if incident.reported.procedure:
            lines.append(teller.detail("incident.procedure", incident.n, procedure=incident.reported.procedure))
        lines += _resolution(teller, resolved.get(incident.reported.incident), incident.n)
    return [*(lines or [teller.say("incident.none")]), *_plan_b(teller)]


def _resolution(teller: Teller, found: tuple[e.Recorded, e.IncidentResolved] | None, n: int) -> list[Line]:
    if found is None:
        return [teller.detail("incident.unresolved", n)]
    one, body = found
    key = "incident.resumed" if body.resumed else "incident.not_resumed"
    lost = teller.formats.duration(body.seconds_lost)
    line = teller.detail(key, one.n, hour=teller.hour(one.at), lost=lost)
    return [line, teller.detail("incident.detail", one.n, detail=body.detail)] if body.detail else [line]


def _plan_b(teller: Teller) -> list[Line]:
    lines = [
        teller.item("plan_b.declared", one.n, telephone=body.telephone, procedure=body.procedure)
        for one, body in teller.events(e.PlanBDeclared)[-1:]
    ]
    lines += [
        teller.item("plan_b.works" if body.works else "plan_b.fails", one.n, hour=teller.hour(one.at))
        for one, body in teller.events(e.PlanBTried)
    ]
    taken: list[tuple[int, Line]] = []
    for one, body in teller.events(e.PlanBTaken):
        step = teller.choice("plan_b_step", body.step)
        told = teller.item("plan_b.taken", one.n, hour=teller.hour(one.at), by=teller.name(body.by), step=step)
        taken.append((one.n, told))
        if body.reason:
            taken.append((one.n, teller.detail("reason", one.n, reason=body.reason)))
    for one, ended in teller.events(e.PlanBEnded):
        key = "plan_b.resumed" if ended.resumed else "plan_b.not_resumed"
        taken.append((one.n, teller.item(key, one.n, hour=teller.hour(one.at))))
    lines += [line for _, line in sorted(taken, key=lambda pair: pair[0])]
    return lines or [teller.say("plan_b.none")]


def tell_limits(teller: Teller) -> list[Line]:
    """What the assisting physician could not conclude or would not do, and pictures judged limited (F2, F10)."""
    lines = [
        teller.item("limit.insufficient", one.n, hour=teller.hour(one.at), by=teller.name(body.by), reason=body.reason)
        for one, body in teller.events(e.InsufficiencyDeclared)
    ]
    lines += [
        teller.item("limit.declined", one.n, hour=teller.hour(one.at), by=teller.name(body.by), reason=body.reason)
        for one, body in teller.events(e.AssistanceDeclined)
    ]
    doubtful = {
        _subject(teller, body.subject): one.n
        for one, body in teller.events(e.AdequacyDeclared)
        if body.verdict is not Adequacy.ADEQUATE
    }
    if doubtful:
        lines.append(teller.item("limit.pictures", *doubtful.values(), subjects=", ".join(doubtful)))
    return lines or [teller.say("limit.none")]
