"""The frame of a note: the identity card of its first page, its running head and its foot.

Knows: which facts of an act identify it on paper.
Refuses to know: the blocks inside.
"""

from __future__ import annotations

from visavis_sdk.text import Language
from visavis_sdk.vocabulary import Role

from visavis_core.acts.act import Act
from visavis_core.documents.assembly import Frame
from visavis_core.documents.notes import NoteKind
from visavis_core.documents.telling import Teller
from visavis_core.obligations.sheet import ConformitySheet

__all__ = ["note_frame"]

_REGIONS = {"quebec": "CA", "france": "FR"}


def note_frame(
    act: Act, note: NoteKind, language: Language, *, zone: str = "UTC", verification: str = "", mark: str = ""
) -> Frame:
    """`verification` is the checkpoint and key line; `mark` replaces the draft's mark (a demonstration says so)."""
    teller = Teller(act, ConformitySheet(lines=()), language, zone, {})
    state = act.notes.get(note)
    signed = state is not None and state.signed
    return Frame(
        kind=teller.choice("kind", act.kind),
        patient=_patient(teller),
        patient_detail=_patient_detail(teller),
        act=act.id,
        at=state.at if state is not None else act.events[-1].at,
        author=teller.name(state.by) if state is not None else "",
        panel=_panel(teller),
        verification=verification,
        mark=mark or ("" if signed else teller.words("note.draft_mark")),
        region=next((_REGIONS[pack] for pack in act.jurisdictions if pack in _REGIONS), "CA"),
    )


def _patient(teller: Teller) -> str:
    patient = teller.act.patient
    return f"{patient.family_name.upper()}, {patient.given_names}" if patient else teller.words("note.no_patient")


def _patient_detail(teller: Teller) -> str:
    patient = teller.act.patient
    if patient is None:
        return ""
    born = teller.words(f"note.born_{patient.sex}", date=teller.formats.date(patient.birth_date))
    identifier = " ".join(part for part in (patient.identifier_system, patient.identifier) if part)
    return " · ".join(part for part in (born, identifier) if part)


def _panel(teller: Teller) -> tuple[tuple[str, str], ...]:
    act = teller.act
    place = act.place
    where = ", ".join(part for part in (place.establishment, place.address, place.detail) if part) if place else ""
    checked = ""
    if act.patient is not None:
        method = teller.choice("identity", act.patient.method)
        checked = teller.words("note.checked", method=method, by=teller.name(act.patient.checked_by))
    rows = (
        ("panel.opened", teller.moment(act.opened_at)),
        ("panel.place", where),
        ("panel.on_site", _names(teller, Role.ON_SITE)),
        ("panel.assistant", _names(teller, Role.EXPERT, Role.REQUIS)),
        ("panel.identity", checked),
        ("panel.outcome", teller.choice("outcome", act.outcome) if act.outcome else ""),
        ("panel.zone", teller.zone),
    )
    return tuple((teller.words(label), value) for label, value in rows if value)


def _names(teller: Teller, *roles: Role) -> str:
    shown = []
    for person in teller.people(*roles):
        what = (teller.full_name(person), person.specialty or teller.profession(person), person.establishment)
        shown.append(", ".join(part for part in what if part))
    return "\n".join(shown)
