"""Checks only Québec needs: where everybody is and on what basis (J1-J3), and what an emergency owes (A13).

Knows: the places as this deployment names them; `quebec` is ours.
Refuses to know: any register. The basis a professional states is recorded, not verified here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from visavis_sdk.events import ActOpened, EmergencyDeclared, JurisdictionStated, ObligationDerogated
from visavis_sdk.evidence import Found, due, every, latest, met, not_applicable, people
from visavis_sdk.obligations import ActView, Check, Due, Enforcement, Obligation, Status, Transition
from visavis_sdk.text import Language
from visavis_sdk.vocabulary import Role

__all__ = ["HERE", "checks"]

HERE = "quebec"

# Bases on which a physician outside Québec may assist a patient in Québec (S0, juridiction).
ENTITLEMENTS = frozenset({"permit", "special_authorisation", "one_off_specialised_opinion"})
OTHER_ORDER_CHECKED = "other_order_checked"

_UNSTATED = not_applicable("À voir une fois les lieux connus.", "To be seen once the places are known.", awaits="J1")


def _in_act(view: ActView) -> set[str]:
    """Ids of the professionals whose place matters."""
    return {id for id, person in people(view).items() if person.body.role in {Role.ON_SITE, Role.EXPERT}}


def _is_here(place: str) -> bool:
    return place.strip().casefold() in {HERE, "québec"}


def places_stated(view: ActView) -> Status:
    """J1: the patient's place and that of every professional in the act."""
    stated = latest(view, JurisdictionStated)
    if stated is None:
        return due("Dire où sont patient et professionnels.", "Say where patient and professionals are.")
    placed = {id for id, place in stated.body.professionals.items() if place.strip()}
    if not stated.body.patient.strip() or not _in_act(view) <= placed:
        return due("Dire où est chaque professionnel.", "Say where each professional is.")
    return met(stated)


def _physicians_elsewhere(view: ActView, stated: Found[JurisdictionStated]) -> bool:
    assisting = {id for id, person in people(view).items() if person.body.role is Role.EXPERT}
    return any(not _is_here(place) for id, place in stated.body.professionals.items() if id in assisting)


def outside_physician_entitled(view: ActView) -> Status:
    """J2: an assisting physician outside Québec says what entitles them for a patient in Québec."""
    stated = latest(view, JurisdictionStated)
    if stated is None:
        return _UNSTATED
    if not _is_here(stated.body.patient) or not _physicians_elsewhere(view, stated):
        return not_applicable("Le médecin assistant est au Québec.", "The assisting physician is in Québec.")
    if stated.body.basis in ENTITLEMENTS:
        return met(stated)
    return due("Dire à quel titre le médecin assiste.", "State what entitles the physician to assist.")


def other_order_consulted(view: ActView) -> Status:
    """J3: for a patient elsewhere, the rules of the other order were checked and the insurer consulted."""
    stated = latest(view, JurisdictionStated)
    if stated is None:
        return _UNSTATED
    if _is_here(stated.body.patient):
        return not_applicable("Le patient est au Québec.", "The patient is in Québec.")
    if not any(_is_here(place) for place in stated.body.professionals.values()):
        return not_applicable("Personne n’exerce depuis le Québec.", "Nobody practises from Québec.")
    if stated.body.basis == OTHER_ORDER_CHECKED:
        return met(stated)
    return due("Consulter l’ordre du lieu et l’assureur.", "Consult the local order and the insurer.")


NAMED = 2  # the line stays one line; the sheet lists every row besides


def _some(rows: Sequence[Obligation], language: Language) -> str:
    """The first rows by title, and how many more."""
    named = ", ".join(row.title.in_language(language) for row in rows[:NAMED])
    more = len(rows) - NAMED
    return named if more <= 0 else f"{named} (+ {more})"


def checks(pack: Callable[[], Sequence[Obligation]]) -> dict[str, Check]:
    """The pack's own checks by name. `pack` gives the rows themselves, which A13 judges together."""

    def emergency_made_good(view: ActView) -> Status:
        """A13: in emergency, every formality of before the session is met or justified by name."""
        declared: tuple[Found[ActOpened] | Found[EmergencyDeclared], ...] = (
            *(found for found in every(view, ActOpened) if found.body.emergency),
            *every(view, EmergencyDeclared),
        )
        if not declared:
            return not_applicable("Pas d’urgence déclarée.", "No emergency declared.")
        justified = {
            found.body.obligation: found
            for found in every(view, ObligationDerogated)
            if found.body.jurisdiction == HERE
        }
        owed = [
            row
            for row in pack()
            if row.enforcement is Enforcement.GATE
            and row.stops is Transition.START_SESSION
            and row.id not in justified
            and isinstance(row.check(view), Due)
        ]
        if not owed:
            return met(*declared, *justified.values())
        return due(f"Formalités dues : {_some(owed, 'fr')}.", f"Formalities owed: {_some(owed, 'en')}.")

    named = (places_stated, outside_physician_entitled, other_order_consulted, emergency_made_good)
    return {check.__name__: check for check in named}
