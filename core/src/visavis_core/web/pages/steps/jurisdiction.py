"""Where the patient and each professional are, and on what basis the remote one may act (J1–J3)."""

from __future__ import annotations

from visavis_sdk.events import ParticipantIdentified

from visavis_core.acts import commands as c
from visavis_core.locale import Messages
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one
from visavis_core.web.pages.steps.people import name_of

__all__ = ["JURISDICTION", "say_place"]

_PLACES = ("quebec", "france", "other")
_SAME = "same_jurisdiction"
_BASES = (_SAME, "permit", "special_authorisation", "one_off_specialised_opinion", "other_order_checked")


def _professionals(scene: Scene) -> dict[str, ParticipantIdentified]:
    return {id: person for id, person in scene.act.participants.items() if person.profession}


def asks(scene: Scene) -> tuple[Ask, ...]:
    words = scene.words
    people = tuple(
        Ask(
            name=f"at.{id}",
            kind="choice",
            options=_PLACES,
            labels={place: words(f"place.{place}") for place in _PLACES},
            label=words("ask.jurisdiction.at", name=name_of(person)),
            required=True,
            across=True,
        )
        for id, person in _professionals(scene).items()
    )
    return (
        Ask(name="patient", kind="choice", options=_PLACES, required=True, across=True),
        Ask(name="patient_other", when=("patient", "other"), required=True, longest=100),
        *people,
        Ask(name="basis", kind="choice", options=_BASES, required=True),
        Ask(name="detail", kind="words", longest=4000, lines=2),
    )


def given(scene: Scene) -> Given:
    known = scene.act.jurisdiction
    home = next((pack for pack in scene.act.jurisdictions if pack in _PLACES), "")
    if known is None:
        # One pack in force: everyone is most likely there, and the page shows it before it is said.
        alone = (home,) if home and len(scene.act.jurisdictions) == 1 else ()
        people = {f"at.{id}": alone for id in _professionals(scene)}
        return {"patient": alone, "basis": (_SAME,) if alone else (), **people}
    elsewhere = known.patient not in _PLACES
    return {
        "patient": ("other" if elsewhere else known.patient,),
        "patient_other": (known.patient,) if elsewhere else (),
        "basis": (known.basis,),
        "detail": (known.detail,),
        **{f"at.{id}": (place,) for id, place in known.professionals.items()},
    }


def build(given: Given, scene: Scene) -> tuple[c.Command, ...]:
    patient = one(given, "patient")
    return (
        c.StateJurisdiction(
            patient=one(given, "patient_other") if patient == "other" else patient,
            professionals={id: one(given, f"at.{id}") for id in _professionals(scene)},
            basis=one(given, "basis"),
            detail=one(given, "detail"),
        ),
    )


def gist(scene: Scene) -> str:
    known, words = scene.act.jurisdiction, scene.words
    if known is None:
        return words("ask.jurisdiction.todo")
    basis = f" · {words(f'ask.jurisdiction.basis.option.{known.basis}')}" if known.basis in _BASES else ""
    return words("ask.jurisdiction.gist", place=say_place(known.patient, words)) + basis


def say_place(place: str, words: Messages) -> str:
    """A jurisdiction's name; a place typed in keeps its words."""
    return words(f"place.{place}") if place in _PLACES else place


def _said_for_all(scene: Scene) -> bool:
    known = scene.act.jurisdiction
    return known is not None and all(id in known.professionals for id in _professionals(scene))


JURISDICTION = Step(
    id="jurisdiction",
    icon="jurisdiction",
    asks=asks,
    commands=(c.StateJurisdiction,),
    done=_said_for_all,
    gist=gist,
    given=given,
    build=build,
)
