"""What is said and tried before starting (E1, E2, E4-E7).

Knows: the statements and tests that must be in the record.
Refuses to know: how a device is tested.
"""

from __future__ import annotations

from collections.abc import Sequence

from visavis_sdk.events import (
    BriefingProvided,
    CheckResult,
    EquipmentChecked,
    NeedStated,
    PlaceStated,
    PlanBDeclared,
    SessionOpened,
)
from visavis_sdk.evidence.duties.people import holders
from visavis_sdk.evidence.finding import Found, due, every, latest, met
from visavis_sdk.obligations import ActView, Check, Status
from visavis_sdk.text import Text
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

    The latest result for each thing counts, so that a repaired microphone is tested alone. Once a session opened on a
    good test, the act was tested beforehand and stays so: what fails later is a matter of quality (F1). A test first
    made while live, in emergency, counts at its own late moment.
    """
    here = {person.body.participant for person in holders(view, Role.ON_SITE)}
    checks = [found for found in every(view, EquipmentChecked) if found.body.participant in here]
    for opened in every(view, SessionOpened):
        before = [found for found in checks if found.n < opened.n]
        if before and not _failing(before):
            return met(*before)
    if not checks:
        return due("Tester caméra, micro et connexion.", "Test camera, microphone and connection.")
    failing = _failing(checks)
    if failing:
        fr, en = ", ".join(name.fr for name in failing), ", ".join(name.en for name in failing)
        return due(f"Insuffisant au test : {fr}.", f"Insufficient when tested: {en}.")
    return met(*checks)


_THINGS: dict[str, Text] = {
    "camera": Text(fr="caméra", en="camera"),
    "microphone": Text(fr="microphone", en="microphone"),
    "speaker": Text(fr="haut-parleur", en="speaker"),
    "network": Text(fr="connexion", en="connection"),
}


def _failing(checks: Sequence[Found[EquipmentChecked]]) -> list[Text]:
    """What failed its latest test, by name and by the device's own label."""
    results = {(result.what, result.label): result for found in checks for result in found.body.results}
    return [_name(result) for result in results.values() if result.verdict is Adequacy.INSUFFICIENT]


def _name(result: CheckResult) -> Text:
    thing = _THINGS.get(result.what)
    if thing is None:
        return Text(fr=result.label or result.what, en=result.label or result.what)
    label = f" ({result.label})" if result.label else ""
    return Text(fr=f"{thing.fr}{label}", en=f"{thing.en}{label}")


def plan_b_written(view: ActView) -> Status:
    """E7: what will be done if the equipment fails, written beforehand."""
    plan = latest(view, PlanBDeclared)
    return met(plan) if plan else due("Écrire le plan B.", "Write plan B.")


PREPARATION: dict[str, Check] = {
    check.__name__: check
    for check in (need_stated, briefing_sent, place_known, place_suitable, equipment_checked, plan_b_written)
}
