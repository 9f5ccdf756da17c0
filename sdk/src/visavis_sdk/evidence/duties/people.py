"""Who is there: identities, presence, confidentiality (A2, B1-B5, B9, B11).

Knows: which traits each kind of person must have in the record.
Refuses to know: whether a licence is real; identifiers are recorded, registers are asked elsewhere.
"""

from __future__ import annotations

from visavis_sdk.events import (
    NeedStated,
    ParticipantIdentified,
    PatientIdentified,
    PatientPresenceStated,
    PlaceStated,
    PresenceConfirmed,
)
from visavis_sdk.evidence.finding import Found, due, every, latest, met, not_applicable, people
from visavis_sdk.obligations import ActView, Check, Due, Status
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import PatientPresence, Role, Side

__all__ = ["PEOPLE"]

Person = Found[ParticipantIdentified]

_NO_EXPERT = due("Le médecin assistant n’est pas encore entré.", "The assisting physician has not joined yet.")

_TRAITS: tuple[tuple[str, Text], ...] = (
    ("family_name", Text(fr="nom", en="name")),
    ("contact", Text(fr="coordonnées", en="contact")),
    ("title", Text(fr="titre", en="title")),
    ("specialty", Text(fr="spécialité", en="specialty")),
    ("establishment", Text(fr="établissement", en="establishment")),
)
# S0 asks for "title or specialty"; a nurse has no specialty to give, an assisting physician gives both (B4).
_ON_SITE_TRAITS = tuple(trait for trait in _TRAITS if trait[0] != "specialty")


def holders(view: ActView, *roles: Role) -> tuple[Person, ...]:
    return tuple(person for person in people(view).values() if person.body.role in roles)


def patient_presence_settled(view: ActView) -> Status:
    """A2: beside the professional, or virtual with a recorded judgement."""
    stated = latest(view, PatientPresenceStated)
    if stated is None:
        return due("Dire si le patient est auprès du professionnel.", "Say whether the patient is beside you.")
    if stated.body.presence is PatientPresence.VIRTUAL and not stated.body.judgement.strip():
        return due("Écrire le jugement clinique qui justifie la distance.", "Write the clinical judgement for it.")
    return met(stated)


def professionals_vouched(view: ActView) -> Status:
    """B1: the physician, and who opened the act, came in with an authenticated account of their own."""
    experts = holders(view, Role.EXPERT)
    if not experts:
        return _NO_EXPERT
    on_site = [person for person in holders(view, Role.ON_SITE) if person.body.account]
    vouched = [person for person in (*experts, *on_site) if _own_account(view, person)]
    if not on_site or len(vouched) < len(experts) + len(on_site):
        return due("Chaque professionnel doit entrer avec son compte.", "Each professional must use their own account.")
    return met(*vouched)


def _own_account(view: ActView, person: Person) -> bool:
    """Whether the account spoke for itself, in the event that brought it into the act."""
    entered = next(
        found for found in every(view, ParticipantIdentified) if found.body.participant == person.body.participant
    )
    actor = next(recorded.actor for recorded in view.events if recorded.n == entered.n)
    return actor.kind == "account" and actor.id == person.body.account


def patient_identified(view: ActView) -> Status:
    """B2: traits, and a check by somebody, by some means."""
    identified = latest(view, PatientIdentified)
    if identified is None:
        return due("Identifier le patient.", "Identify the patient.")
    if identified.body.method == "unverified":
        return due("Vérifier l’identité du patient.", "Check the patient's identity.")
    return met(identified)


_ACCOMPANYING = (Role.ACCOMPAGNANT, Role.RELATIVE, Role.INTERPRETER)


def accompanying_identified(view: ActView) -> Status:
    """B3: a relative or interpreter with their quality; a professional with profession and identifier."""
    accompanying = holders(view, *_ACCOMPANYING)
    if not accompanying:
        return not_applicable("Personne n’accompagne le patient.", "Nobody accompanies the patient.")
    if all(_is_qualified(person.body) for person in accompanying):
        return met(*accompanying)
    return due(
        "Dire la qualité de chaque accompagnant, ou sa profession et son identifiant.",
        "Give each accompanying person's quality, or profession and identifier.",
    )


def _is_qualified(person: ParticipantIdentified) -> bool:
    if person.profession.strip():
        return bool(person.identifier.strip())
    return bool(person.quality.strip())


def professionals_described(view: ActView) -> Status:
    """B4: name, contact, title, specialty, establishment of each professional in the act."""
    experts = holders(view, Role.EXPERT)
    if not experts:
        return _NO_EXPERT
    asked = [(person, _TRAITS) for person in experts]
    asked += [(person, _ON_SITE_TRAITS) for person in holders(view, Role.ON_SITE)]
    lacking = {
        label: None for person, traits in asked for name, label in traits if not str(getattr(person.body, name)).strip()
    }
    if lacking:
        fr, en = ", ".join(label.fr for label in lacking), ", ".join(label.en for label in lacking)
        return due(f"Compléter pour chaque professionnel : {fr}.", f"Complete for each professional: {en}.")
    return met(*(person for person, _ in asked))


def people_and_place_on_record(view: ActView) -> Status:
    """B5: who is with the patient, confirmed by the bedside, and where."""
    place, here = latest(view, PlaceStated), _presence(view, Side.ON_SITE)
    if here is None:
        return due("Confirmer qui est auprès du patient.", "Confirm who is with the patient.")
    if place is None:
        return due("Dire où a lieu l’intervention.", "Say where the intervention takes place.")
    return met(here, place)


def competence_confirmed(view: ActView) -> Status:
    """B9: the professional asked made sure of the other's knowledge and competence."""
    need = latest(view, NeedStated)
    if need is None or need.body.competence_confirmed is None:
        return due("Confirmer la compétence pour ce qui est demandé.", "Confirm competence for what is asked.")
    if not need.body.competence_confirmed:
        return due("La compétence n’est pas confirmée.", "Competence is not confirmed.")
    return met(need)


def everyone_bound_to_confidentiality(view: ActView) -> Status:
    """B11: both sides listed who is there and were reminded of confidentiality."""
    proofs: list[Found[PresenceConfirmed]] = []
    for side, room in ((Side.ON_SITE, _HERE), (Side.REMOTE, _THERE)):
        confirmed = _presence(view, side)
        if confirmed is None or not confirmed.body.confidentiality_reminded:
            return room
        proofs.append(confirmed)
    return met(*proofs)


_HERE: Due = due(
    "Sur place : lister les présents et rappeler la confidentialité.",
    "On site: list who is present and remind them of confidentiality.",
)
_THERE: Due = due(
    "À distance : lister les présents et rappeler la confidentialité.",
    "Remote side: list who is present and remind them of confidentiality.",
)


def _presence(view: ActView, side: Side) -> Found[PresenceConfirmed] | None:
    confirmed = [found for found in every(view, PresenceConfirmed) if found.body.side is side]
    return confirmed[-1] if confirmed else None


PEOPLE: dict[str, Check] = {
    check.__name__: check
    for check in (
        patient_presence_settled,
        professionals_vouched,
        patient_identified,
        accompanying_identified,
        professionals_described,
        people_and_place_on_record,
        competence_confirmed,
        everyone_bound_to_confidentiality,
    )
}
