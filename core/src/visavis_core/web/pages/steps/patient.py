"""Who the patient is, who checked and how, and whether they are beside the professional (A2, B2)."""

from __future__ import annotations

from visavis_sdk.vocabulary import PatientPresence

from visavis_core.acts import commands as c
from visavis_core.web.pages.steps.ask import Ask, Given, Scene, Step, one

__all__ = ["PATIENT"]

# The identifier that each pack's place uses; the first is offered when nothing is known.
_SYSTEMS = {"quebec": "NAM", "france": "INS"}


def asks(_scene: Scene) -> tuple[Ask, ...]:
    return (
        Ask(name="family_name", required=True, longest=100),
        Ask(name="given_names", required=True, longest=100),
        Ask(name="birth_date", kind="date", required=True, longest=20),
        Ask(name="sex", kind="choice", options=("female", "male", "other", "unknown"), required=True, across=True),
        Ask(name="identifier_system", kind="choice", options=("NAM", "INS", "local", "none"), across=True),
        Ask(name="identifier", longest=40),
        Ask(
            name="method",
            kind="choice",
            options=("health_card", "identity_document", "wristband", "known", "spoken", "unverified"),
            required=True,
        ),
        Ask(name="presence", kind="choice", options=tuple(PatientPresence), required=True),
        Ask(name="judgement", kind="words", required=True, longest=4000, when=("presence", "virtual")),
    )


def given(scene: Scene) -> Given:
    act, known = scene.act, scene.act.patient
    system = next((_SYSTEMS[pack] for pack in act.jurisdictions if pack in _SYSTEMS), "local")
    presence = act.patient_presence
    # Beside the professional is what téléassistance is; the exception is chosen and justified.
    around = {
        "presence": (presence.presence if presence else PatientPresence.BESIDE_PROFESSIONAL,),
        "judgement": (presence.judgement,) if presence and presence.judgement else (),
    }
    if known is None:
        return {"identifier_system": (system,), **around}
    return {
        "family_name": (known.family_name,),
        "given_names": (known.given_names,),
        "birth_date": (known.birth_date,),
        "sex": (known.sex,),
        "identifier_system": (known.identifier_system or "none",),
        "identifier": (known.identifier,),
        "method": (known.method,),
        **around,
    }


def build(given: Given, _scene: Scene) -> tuple[c.Command, ...]:
    identifier = one(given, "identifier")
    system = one(given, "identifier_system")
    return (
        c.IdentifyPatient(
            family_name=one(given, "family_name"),
            given_names=one(given, "given_names"),
            birth_date=one(given, "birth_date"),
            sex=one(given, "sex"),
            identifier_system=system if identifier and system != "none" else "",
            identifier=identifier,
            method=one(given, "method"),
        ),
        c.StatePatientPresence(presence=PatientPresence(one(given, "presence")), judgement=one(given, "judgement")),
    )


def gist(scene: Scene) -> str:
    known = scene.act.patient
    if known is None:
        return scene.words("ask.patient.todo")
    parts = (
        f"{known.family_name.upper()} {known.given_names}",
        scene.formats.date(known.birth_date),
        f"{known.identifier_system} {known.identifier}".strip(),
        scene.words(f"ask.patient.method.option.{known.method}"),
    )
    return " · ".join(part for part in parts if part)


PATIENT = Step(
    id="patient",
    icon="patient",
    asks=asks,
    commands=(c.IdentifyPatient, c.StatePatientPresence),
    done=lambda scene: scene.act.patient is not None and scene.act.patient_presence is not None,
    gist=gist,
    given=given,
    build=build,
)
