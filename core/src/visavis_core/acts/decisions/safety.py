"""Checks, plan B and incidents (E6, E7, F6)."""

from __future__ import annotations

from visavis_sdk import events as e

from visavis_core.acts import commands as c
from visavis_core.acts.author import Author, Context, Decision
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.refusals import refuse
from visavis_core.acts.state import Act

__all__ = ["SAFETY"]

SAFETY = Decisions()


@SAFETY.of(c.RecordEquipmentCheck)
def record_equipment_check(act: Act, command: c.RecordEquipmentCheck, author: Author, _context: Context) -> Decision:
    return (e.EquipmentChecked(participant=speaker(act, author), results=command.results),)


@SAFETY.of(c.DeclarePlanB)
def declare_plan_b(_act: Act, command: c.DeclarePlanB, _author: Author, _context: Context) -> Decision:
    return (e.PlanBDeclared(telephone=command.telephone, procedure=command.procedure),)


@SAFETY.of(c.TryPlanB)
def try_plan_b(act: Act, command: c.TryPlanB, _author: Author, _context: Context) -> Decision:
    if act.plan_b.declared is None:
        return refuse("plan_b_not_declared")
    return (e.PlanBTried(works=command.works, detail=command.detail),)


@SAFETY.of(c.TakePlanB)
def take_plan_b(act: Act, command: c.TakePlanB, author: Author, _context: Context) -> Decision:
    """No plan written is no reason to leave a patient without one: in emergency it is taken all the same."""
    return (e.PlanBTaken(by=speaker(act, author), step=command.step, reason=command.reason),)


@SAFETY.of(c.EndPlanB)
def end_plan_b(act: Act, command: c.EndPlanB, _author: Author, _context: Context) -> Decision:
    if act.plan_b.taken is None:
        return refuse("plan_b_not_taken")
    return (e.PlanBEnded(resumed=command.resumed, detail=command.detail),)


@SAFETY.of(c.ReportIncident)
def report_incident(_act: Act, command: c.ReportIncident, _author: Author, context: Context) -> Decision:
    return (
        e.IncidentReported(
            incident=context.ids("incident"),
            kind=command.kind,
            description=command.description,
            procedure=command.procedure,
        ),
    )


@SAFETY.of(c.ResolveIncident)
def resolve_incident(act: Act, command: c.ResolveIncident, _author: Author, _context: Context) -> Decision:
    known = next((incident for incident in act.incidents if incident.reported.incident == command.incident), None)
    if known is None:
        return refuse("unknown_incident")
    if known.resolved is not None:
        return refuse("incident_already_resolved")
    return (
        e.IncidentResolved(
            incident=command.incident,
            resumed=command.resumed,
            seconds_lost=command.seconds_lost,
            detail=command.detail,
        ),
    )
