"""What happens while both sides see each other (A1, C6, F1-F3, F6, F7, F10).

Knows: what a session, a verdict, advice and an incident leave in the record.
Refuses to know: media; a measured quality is an event like another.
"""

from __future__ import annotations

from visavis_sdk.events import (
    ActReoriented,
    AdequacyDeclared,
    AdviceGiven,
    AssistanceDeclined,
    EquipmentChecked,
    IncidentReported,
    IncidentResolved,
    InsufficiencyDeclared,
    ParticipantJoined,
    PlanBEnded,
    PlanBTaken,
    QualityMeasured,
    SessionOpened,
    StepDecided,
    StillCaptured,
)
from visavis_sdk.evidence.duties.people import holders
from visavis_sdk.evidence.finding import (
    Found,
    due,
    every,
    first_after,
    met,
    not_applicable,
    session_held,
    stopped_early,
)
from visavis_sdk.obligations import ActView, Check, Status
from visavis_sdk.vocabulary import Adequacy, Role

__all__ = ["LIVE", "NO_SESSION"]

NO_SESSION = not_applicable("Aucune session n’a eu lieu.", "No session took place.")

INFORMATION = "information"  # the subject of an adequacy verdict on the information as a whole (F10)


def assisted_in_real_time(view: ActView) -> Status:
    """A1: a physician and the professional beside the patient were in the same live session."""
    if any(person.body.profession != "physician" for person in holders(view, Role.EXPERT)):
        return due("Seul un médecin assiste à distance.", "Only a physician assists at a distance.")
    for session in every(view, SessionOpened):
        joins = [found for found in every(view, ParticipantJoined) if found.body.session == session.body.session]
        both = [_joined(joins, view, role) for role in (Role.ON_SITE, Role.EXPERT)]
        if all(both):
            return met(session, *(found for found in both if found is not None))
    if stopped_early(view):
        return not_applicable("L’acte s’est arrêté avant.", "The act stopped before.")
    return due("Les deux professionnels doivent être en session.", "Both professionals must be in the session.")


def _joined(joins: list[Found[ParticipantJoined]], view: ActView, role: Role) -> Found[ParticipantJoined] | None:
    ids = {person.body.participant for person in holders(view, role)}
    return next((found for found in joins if found.body.participant in ids), None)


def quality_watched(view: ActView) -> Status:
    """F1: quality was measured or judged, and every insufficiency was answered by a decision.

    A device that fails a test once the session is open is an insufficiency like another.
    """
    if not session_held(view):
        return NO_SESSION
    declared, measured = every(view, AdequacyDeclared), every(view, QualityMeasured)
    if not declared and not measured:
        return due("Juger l’image et le son.", "Judge the picture and the sound.")
    insufficient = [found.n for found in declared if found.body.verdict is Adequacy.INSUFFICIENT]
    insufficient += [found.n for found in measured if found.body.verdict is Adequacy.INSUFFICIENT]
    insufficient += _failed_while_live(view)
    if insufficient and not _answered(view, max(insufficient)):
        return due("Dire ce qui est décidé face à la qualité insuffisante.", "Say what was decided on poor quality.")
    return met(*declared, *measured)


def _failed_while_live(view: ActView) -> list[int]:
    opened = every(view, SessionOpened)[0].n
    return [
        found.n
        for found in every(view, EquipmentChecked)
        if found.n > opened and any(result.verdict is Adequacy.INSUFFICIENT for result in found.body.results)
    ]


# Each of these says what was decided about a picture or sound that did not suffice.
_ANSWERS = (PlanBTaken, IncidentReported, InsufficiencyDeclared, ActReoriented, AssistanceDeclined)


def _answered(view: ActView, n: int) -> bool:
    """By a verdict that says its decision, at the time or later, or by an act that speaks for itself."""
    said = any(found.n >= n and found.body.decision.strip() for found in every(view, AdequacyDeclared))
    return said or any(first_after(view, answer, n) is not None for answer in _ANSWERS)


def insufficiency_said(view: ActView) -> Status:
    """F2: the one-gesture ways out, when one was used."""
    used = (*every(view, InsufficiencyDeclared), *every(view, AssistanceDeclined))
    return met(*used) if used else not_applicable("Pas eu besoin d’y recourir.", "There was no need for it.")


def reorientation_said(view: ActView) -> Status:
    """C6: the reorientation and its reason, when there was one."""
    used = every(view, ActReoriented)
    return met(*used) if used else not_applicable("L’acte n’a pas été réorienté.", "The act was not reoriented.")


def advice_noted(view: ActView) -> Status:
    """F3: each piece of advice with its moment and reason, each step validated or refused."""
    noted = (*every(view, AdviceGiven), *every(view, StepDecided))
    if noted:
        return met(*noted)
    if not session_held(view):
        return NO_SESSION
    if stopped_early(view):
        return not_applicable("L’acte s’est arrêté avant tout conseil.", "The act stopped before any advice.")
    return due("Noter les conseils et leurs motifs.", "Note the advice and its reasons.")


def incidents_followed(view: ActView) -> Status:
    """F6: each incident with what came of it, each plan B with its end."""
    reported, taken = every(view, IncidentReported), every(view, PlanBTaken)
    if not reported and not taken:
        return not_applicable("Aucun incident.", "No incident.")
    resolved = {found.body.incident: found for found in every(view, IncidentResolved)}
    if any(found.body.incident not in resolved for found in reported):
        return due("Dire comment l’incident s’est terminé.", "Say how the incident ended.")
    ended = every(view, PlanBEnded)
    if taken and (not ended or ended[-1].n < taken[-1].n):
        return due("Dire comment le plan B s’est terminé.", "Say how plan B ended.")
    return met(*reported, *resolved.values(), *taken, *ended)


def nothing_recorded(view: ActView) -> Status:
    """F7: no recording of picture or sound is in the act; a still is a picture, not a recording."""
    sessions = every(view, SessionOpened)
    recordings = [found for found in every(view, StillCaptured) if not found.body.media_type.startswith("image/")]
    if recordings:
        return due("Un enregistrement se trouve dans l’acte.", "A recording is in the act.")
    return met(*sessions) if sessions else NO_SESSION


def information_judged_sufficient(view: ActView) -> Status:
    """F10: the assisting physician said that the information sufficed, or what it lacked."""
    experts = {person.body.participant for person in holders(view, Role.EXPERT)}
    said = [
        found
        for found in every(view, AdequacyDeclared)
        if found.body.subject == INFORMATION and found.body.by in experts
    ]
    lacking = (*every(view, InsufficiencyDeclared), *every(view, AssistanceDeclined))
    if said or lacking:
        return met(*said, *lacking)
    if not session_held(view):
        return NO_SESSION
    return due("Le médecin dit si l’information suffisait.", "The physician says whether the information sufficed.")


LIVE: dict[str, Check] = {
    check.__name__: check
    for check in (
        assisted_in_real_time,
        quality_watched,
        insufficiency_said,
        reorientation_said,
        advice_noted,
        incidents_followed,
        nothing_recorded,
        information_judged_sufficient,
    )
}
