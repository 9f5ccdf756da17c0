"""Who, where, on what basis, and what was asked (B4, B5, B11, E1, E4, J1).

Knows: identities, presence, place, jurisdiction and need as the act states them.
Refuses to know: consent (`consent`) and care (`care`).
"""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.vocabulary import Role, Side

from visavis_core.documents.telling import Line, Teller

__all__ = ["tell_assistant", "tell_jurisdiction", "tell_nature", "tell_need", "tell_people", "tell_place"]

_ASSISTING = (Role.EXPERT, Role.REQUIS)
_PROFESSIONAL = (Role.ON_SITE, Role.REQUERANT, Role.ACCOMPAGNANT, Role.SUPERVISOR, Role.LEARNER)
_IDENTITY = ("profession", "specialty", "establishment", "contact", "identifier")


def tell_assistant(teller: Teller) -> list[Line]:
    """Name, title, specialty, establishment and contact of who assists from afar (B4, G2)."""
    assistants = teller.people(*_ASSISTING)
    if not assistants:
        return [teller.say("assistant.none")]
    return [line for person in assistants for line in _identify(teller, person)]


def _identify(teller: Teller, person: e.ParticipantIdentified) -> list[Line]:
    sources = teller.number_of(person)
    values = {
        "profession": teller.profession(person),
        "specialty": person.specialty,
        "establishment": person.establishment,
        "contact": person.contact,
        "identifier": " ".join(part for part in (person.identifier_system, person.identifier) if part),
    }
    lines = [Line(teller.full_name(person), sources)]
    lines += [teller.item(f"person.{part}", *sources, value=values[part]) for part in _IDENTITY if values[part]]
    return lines


def tell_people(teller: Teller) -> list[Line]:
    """Everyone on both sides; the physicians beside the patient by name, or that there was none (B5, B11)."""
    return [*_beside_the_patient(teller), *_far_side(teller), *_confidentiality(teller)]


def _beside_the_patient(teller: Teller) -> list[Line]:
    here = teller.people(side=Side.ON_SITE)
    physicians = [person for person in here if person.profession == "physician" and person.role is not Role.PATIENT]
    others = [person for person in here if person not in physicians and person.role is not Role.PATIENT]
    lines = [teller.say("people.on_site")]
    lines += [_list(teller, "people.physician", person) for person in physicians]
    if not physicians:
        lines.append(teller.item("people.no_physician"))
    lines += [_list(teller, "people.person", person) for person in others]
    return lines


def _far_side(teller: Teller) -> list[Line]:
    there = teller.people(side=Side.REMOTE)
    if not there:
        return []
    return [teller.say("people.remote"), *(_list(teller, "people.person", person) for person in there)]


def _list(teller: Teller, key: str, person: e.ParticipantIdentified) -> Line:
    what = [teller.choice("role", person.role), teller.profession(person), person.quality, person.establishment]
    details = ", ".join(part for part in dict.fromkeys(what) if part)
    return teller.item(key, *teller.number_of(person), name=teller.full_name(person), details=details)


def _confidentiality(teller: Teller) -> list[Line]:
    lines = []
    for recorded, confirmed in teller.events(e.PresenceConfirmed):
        if confirmed.others:
            where = teller.choice("side", confirmed.side)
            lines.append(teller.say("people.others", recorded.n, side=where, names=", ".join(confirmed.others)))
        if confirmed.confidentiality_reminded:
            side = teller.choice("side", confirmed.side)
            lines.append(teller.say("people.confidentiality", recorded.n, side=side, hour=teller.hour(recorded.at)))
    return lines


def tell_place(teller: Teller) -> list[Line]:
    place = teller.act.place
    if place is None:
        return [teller.say("place.none")]
    sources = teller.number_of(place)
    where = ", ".join(part for part in (place.establishment, place.address, place.detail) if part)
    lines = [
        teller.say("place.stated", *sources, where=where),
        teller.say("place.call_back", *sources, number=place.call_back_number),
    ]
    if place.suitable is not None:
        lines.append(teller.say("place.suitable" if place.suitable else "place.unsuitable", *sources))
    presence = teller.act.patient_presence
    if presence is not None:
        key = f"presence.{presence.presence}"
        lines.append(teller.say(key, *teller.number_of(presence), judgement=presence.judgement))
    return lines


def tell_jurisdiction(teller: Teller) -> list[Line]:
    stated = teller.act.jurisdiction
    if stated is None:
        return [teller.say("jurisdiction.none")]
    sources = teller.number_of(stated)
    lines = [teller.say("jurisdiction.patient", *sources, place=teller.choice("place_name", stated.patient))]
    lines += [
        teller.item(
            "jurisdiction.professional", *sources, name=teller.name(who), place=teller.choice("place_name", where)
        )
        for who, where in stated.professionals.items()
    ]
    if stated.basis:
        lines.append(teller.say("jurisdiction.basis", *sources, basis=teller.choice("basis", stated.basis)))
    if stated.detail:
        lines.append(teller.say("jurisdiction.detail", *sources, detail=stated.detail))
    return lines


def tell_need(teller: Teller) -> list[Line]:
    need = teller.act.need
    if need is None:
        return [teller.say("need.none")]
    sources = teller.number_of(need)
    lines = [
        teller.say("need.need", *sources, need=need.need),
        teller.say("need.expectations", *sources, expectations=need.expectations),
    ]
    if need.competence_confirmed is not None:
        key = "need.competence" if need.competence_confirmed else "need.competence_not"
        lines.append(teller.say(key, *sources))
    return lines


def tell_nature(teller: Teller) -> list[Line]:
    """What kind of assistance was received, from whom, for what (G2)."""
    who = ", ".join(teller.full_name(person) for person in teller.people(*_ASSISTING))
    kind = teller.choice("kind", teller.act.kind)
    told = teller.say("nature.received", kind=kind, who=who) if who else teller.say("nature.nobody", kind=kind)
    return [told, *tell_need(teller)]
