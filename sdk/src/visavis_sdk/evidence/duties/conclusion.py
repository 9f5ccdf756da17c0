"""What remains afterwards: notes, responsibility, follow-up (B14, D6, G1-G3, G8).

Knows: which sections a signed note must hold (`visavis_sdk.notes`).
Refuses to know: whether a sentence in a note is good; its author signed it.
"""

from __future__ import annotations

from visavis_sdk.events import AdviceGiven, FollowUpNamed, NoteSigned, ParticipantJoined
from visavis_sdk.evidence.duties.live import NO_SESSION
from visavis_sdk.evidence.duties.people import holders
from visavis_sdk.evidence.finding import Found, due, every, latest, met, not_applicable, session_held
from visavis_sdk.notes import RESPONSIBILITY, SECTION_NAMES, blank_sections
from visavis_sdk.obligations import ActView, Check, Status
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActPhase, Role

__all__ = ["CONCLUSION"]

NOTE_NAMES: dict[str, Text] = {
    "assisting": Text(fr="du médecin assistant", en="assisting physician's"),
    "on_site": Text(fr="du professionnel sur place", en="on-site professional's"),
}


def _signed(view: ActView, note: str) -> Found[NoteSigned] | None:
    return next((found for found in every(view, NoteSigned) if found.body.note == note), None)


def _note(view: ActView, note: str) -> Status:
    signed = _signed(view, note)
    if signed is None:
        name = NOTE_NAMES[note]
        return due(f"Signer la note {name.fr}.", f"Sign the {name.en} note.")
    lacking = blank_sections(note, signed.body.sections)
    if lacking:
        names = [SECTION_NAMES[key] for key in lacking]
        fr, en = ", ".join(name.fr for name in names), ", ".join(name.en for name in names)
        return due(f"Rubriques absentes de la note : {fr}.", f"Not in the note: {en}.")
    return met(signed)


def assisting_note_signed(view: ActView) -> Status:
    """G1: approach, relevant information, advice and its reasons, people, place; signed by who assisted."""
    return _NOBODY if _nobody_assisted(view) else _note(view, "assisting")


_NOBODY = not_applicable("Aucun médecin n’a assisté.", "No physician assisted.")


def _nobody_assisted(view: ActView) -> bool:
    """The act cannot go live any more, and no physician came into a session or advised by another way."""
    if view.phase in {ActPhase.PREPARING, ActPhase.LIVE}:
        return False
    experts = {person.body.participant for person in holders(view, Role.EXPERT)}
    joined = any(found.body.participant in experts for found in every(view, ParticipantJoined))
    return not joined and not every(view, AdviceGiven)


def on_site_note_signed(view: ActView) -> Status:
    """G2: usual documentation, who assisted with what, exchanges with recommendations and validations, consent."""
    return _note(view, "on_site")


def dated_report_signed(view: ActView) -> Status:
    """G3: a report of the act by the physician, with its date and time, which signing gives."""
    return assisting_note_signed(view)


def responsibility_in_both_notes(view: ActView) -> Status:
    """B14: both signed notes say who answers for what."""
    return _section_in(view, ("assisting", "on_site"), RESPONSIBILITY)


def consent_in_note(view: ActView) -> Status:
    """D6: consent is written into the on-site professional's note."""
    return _section_in(view, ("on_site",), "consent")


def _section_in(view: ActView, notes: tuple[str, ...], key: str) -> Status:
    proofs: list[Found[NoteSigned]] = []
    for note in notes:
        if note == "assisting" and _nobody_assisted(view):
            continue
        signed = _signed(view, note)
        if signed is None or not _speaks_of(signed.body, key):
            name = NOTE_NAMES[note]
            return due(f"À écrire dans la note {name.fr}.", f"To be written in the {name.en} note.")
        proofs.append(signed)
    return met(*proofs)


def _speaks_of(note: NoteSigned, key: str) -> bool:
    return any(section.key == key and section.text.strip() for section in note.sections)


def follow_up_named(view: ActView) -> Status:
    """B10, G8: who answers afterwards, the assistant or a named colleague."""
    named = latest(view, FollowUpNamed)
    if named is not None:
        return met(named)
    if not session_held(view):
        return NO_SESSION
    return due("Nommer qui répond pour le suivi.", "Name who answers for follow-up.")


CONCLUSION: dict[str, Check] = {
    check.__name__: check
    for check in (
        assisting_note_signed,
        on_site_note_signed,
        dated_report_signed,
        responsibility_in_both_notes,
        consent_in_note,
        follow_up_named,
    )
}
