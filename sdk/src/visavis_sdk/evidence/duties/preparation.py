"""What is said and tried before starting (E1, E2, E4-E7).

Knows: the statements and tests that must be in the record.
Refuses to know: how a device is tested.
"""

from __future__ import annotations

from visavis_sdk.events import BriefingProvided, EquipmentChecked, NeedStated, PlaceStated, PlanBDeclared
from visavis_sdk.evidence.duties.people import holders
from visavis_sdk.evidence.finding import due, every, latest, met
from visavis_sdk.obligations import ActView, Check, Status
from visavis_sdk.vocabulary import Adequacy, Role

__all__ = ["PREPARATION"]


def need_stated(view: ActView) -> Status:
    """E1: what is asked of the assisting physician and what is expected."""
    need = latest(view, NeedStated)
    return met(need) if need else due("Écrire le besoin et les attentes.", "Write the need and the expectations.")


def briefing_sent(view: ActView) -> Status:
    """E2: clinical information and results reached the assisting physician over the platform."""
    briefings = every(view, BriefingProvided)
    return met(*briefings) if briefings else due("Transmettre l’information clinique.", "Send clinical information.")


def place_known(view: ActView) -> Status:
    """E4: exact place and call-back number."""
    place = latest(view, PlaceStated)
    return met(place) if place else due("Écrire le lieu exact et le rappel.", "Write the exact place and call-back.")


def place_suitable(view: ActView) -> Status:
    """E5: a confidential place, not a commercial one."""
    place = latest(view, PlaceStated)
    if place is None or place.body.suitable is None:
        return due("Dire si le lieu est confidentiel.", "Say whether the place is confidential.")
    if not place.body.suitable:
        return due("Le lieu ne convient pas.", "The place is not suitable.")
    return met(place)


def equipment_checked(view: ActView) -> Status:
    """E6: tested at the patient's side before the act, the result kept, nothing insufficient left.

    The latest result for each thing counts, so that a repaired microphone is tested alone.
    """
    here = {person.body.participant for person in holders(view, Role.ON_SITE)}
    checks = [found for found in every(view, EquipmentChecked) if found.body.participant in here]
    if not checks:
        return due("Tester caméra, micro et connexion.", "Test camera, microphone and connection.")
    latest_results = {(r.what, r.label): r for found in checks for r in found.body.results}
    failing = [r.label or r.what for r in latest_results.values() if r.verdict is Adequacy.INSUFFICIENT]
    if failing:
        named = ", ".join(failing)
        return due(f"Insuffisant au test : {named}.", f"Insufficient when tested: {named}.")
    return met(*checks)


def plan_b_written(view: ActView) -> Status:
    """E7: what will be done if the equipment fails, written beforehand."""
    plan = latest(view, PlanBDeclared)
    return met(plan) if plan else due("Écrire le plan B.", "Write plan B.")


PREPARATION: dict[str, Check] = {
    check.__name__: check
    for check in (need_stated, briefing_sent, place_known, place_suitable, equipment_checked, plan_b_written)
}
