"""Forms, notes, signatures and closing (G1, G2, G8)."""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.notes import blank_sections
from visavis_sdk.obligations import Transition
from visavis_sdk.vocabulary import Outcome, Role

from visavis_core.acts import commands as c
from visavis_core.acts.author import Author, Context, Decision, Refusal
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.decisions.session import gates
from visavis_core.acts.events import hash_sections
from visavis_core.acts.refusals import note_incomplete, outcome_mismatch, refuse
from visavis_core.acts.state import Act, Consent

__all__ = ["CONCLUSION", "NOTE_AUTHORS", "possible_outcomes"]

CONCLUSION = Decisions()

NOTE_AUTHORS: dict[str, Role] = {"assisting": Role.EXPERT, "on_site": Role.ON_SITE}


@CONCLUSION.of(c.SaveForm)
def save_form(act: Act, command: c.SaveForm, author: Author, context: Context) -> Decision:
    return (
        e.FormSaved(
            instance=command.instance or context.ids("form"),
            form=command.form,
            form_version=command.form_version,
            schema_sha256=command.schema_sha256,
            answers=command.answers,
            remarks=command.remarks,
            by=speaker(act, author),
        ),
    )


def _writable(act: Act, note: str, author: Author) -> Refusal | None:
    if act.role_of(speaker(act, author)) is not NOTE_AUTHORS[note]:
        return refuse("not_your_note")
    return refuse("note_already_signed") if act.note_signed(note) else None


@CONCLUSION.of(c.DraftNote)
def draft_note(act: Act, command: c.DraftNote, author: Author, _context: Context) -> Decision:
    drafted = e.NoteDrafted(
        note=command.note, sections=command.sections, by=speaker(act, author), language=_language(act, command)
    )
    return _writable(act, command.note, author) or (drafted,)


@CONCLUSION.of(c.SignNote)
def sign_note(act: Act, command: c.SignNote, author: Author, _context: Context) -> Decision:
    """The signature covers exactly these sections, once the live part is over (G1, G2).

    A note that lacks what the duties ask is refused here, because a signed note is never written again.
    """
    refusal = _writable(act, command.note, author)
    if refusal is not None:
        return refusal
    if not any(section.text.strip() for section in command.sections):
        return refuse("note_empty")
    blank = blank_sections(command.note, command.sections)
    if blank:
        return note_incomplete(blank)
    return (
        e.NoteSigned(
            note=command.note,
            sections=command.sections,
            content_sha256=hash_sections(command.sections),
            by=speaker(act, author),
            language=_language(act, command),
        ),
    )


def _language(act: Act, command: c.DraftNote | c.SignNote) -> str:
    """The note's own: as the command says, else as it was drafted."""
    known = act.notes.get(command.note)
    return command.language or ("" if known is None else known.language)


@CONCLUSION.of(c.NameFollowUp)
def name_follow_up(act: Act, command: c.NameFollowUp, author: Author, _context: Context) -> Decision:
    return (e.FollowUpNamed(name=command.name, contact=command.contact, by=speaker(act, author)),)


def possible_outcomes(act: Act) -> tuple[Outcome, ...]:
    """How this act may close, from what happened in it; the first is the natural one."""
    if act.ending is not None:
        return (act.ending,)
    if act.consent.state is Consent.REFUSED and not act.sessions:
        return (Outcome.DECLINED,)
    return (Outcome.COMPLETED,) if act.sessions else (Outcome.CANCELLED,)


@CONCLUSION.of(c.CloseAct)
def close_act(act: Act, command: c.CloseAct, author: Author, context: Context) -> Decision:
    possible = possible_outcomes(act)
    if command.outcome not in possible:
        return _mismatch(command.outcome, possible)
    closed = e.ActClosed(by=speaker(act, author), outcome=command.outcome)
    return gates(act, context, Transition.CLOSE_ACT) or (closed,)


def _mismatch(asked: Outcome, possible: tuple[Outcome, ...]) -> Refusal:
    if asked is Outcome.COMPLETED and possible == (Outcome.CANCELLED,):
        return refuse("no_session_held")
    if asked is Outcome.CANCELLED and possible == (Outcome.COMPLETED,):
        return refuse("session_was_held")
    return outcome_mismatch(possible)
