"""The two notes: prefilled from the record, made the author's own, signed.

Knows: where a note stands, its draft and its signature, and that a signature is asked twice because it is for ever.
Refuses to know: what a note says by itself (`documents.notes` prefills) and who may sign (`acts.decide`).
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from visavis_sdk.events import NoteSection
from visavis_sdk.reports import Block
from visavis_sdk.text import Language

from visavis_core.acts import commands as c
from visavis_core.acts.decisions.conclusion import NOTE_AUTHORS
from visavis_core.documents.forms import report_blocks
from visavis_core.documents.notes import NOTES, NoteKind, heading_of, note_language, prefill, written_by_author
from visavis_core.locale import LANGUAGES, catalogue
from visavis_core.service import Refused
from visavis_core.web.forms import Answers, Field, Problem, read_answers
from visavis_core.web.pages.steps.ask import one
from visavis_core.web.pages.visit import CAUSE, Visit, carry_out, problems_of_refusal, signed_in, visit

__all__ = ["NotePage", "blocks_of", "note_of", "routes"]

LONGEST_SECTION = 16_000


class NotePage(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is prefilled, drafted or signed; `language` the note's own. `confirm` asks once more before signing the
    text shown.
    """

    note: NoteKind
    language: Language
    state: str
    at: str
    author: str
    mine: bool
    fields: tuple[Field, ...]
    sections: tuple[tuple[str, str], ...]
    confirm: bool
    saved: bool
    may_sign: bool
    problems: tuple[Problem, ...]


def note_of(request: Request) -> NoteKind:
    note = request.path_params["note"]
    if note not in NOTES:
        raise HTTPException(404)
    return cast("NoteKind", note)


async def blocks_of(seen: Visit, language: Language) -> dict[str, tuple[Block, ...]]:
    """The forms' report blocks, built off the loop and each on its plugin's thread: a template is a plugin's."""
    catalogue, plugins = seen.house.catalogue, seen.house.plugins
    return await asyncio.to_thread(
        report_blocks,
        seen.act,
        catalogue.forms,
        catalogue.reports,
        language,
        plugins.build_report,
    )


def language_of_note(seen: Visit, note: NoteKind, answers: Answers | None = None) -> Language:
    """The note's own language; before it is kept, that of the page it was begun on, which may not be this one."""
    begun = one(answers or {}, "written_in")
    reader = next((language for language in LANGUAGES if language == begun), seen.scene.words.language)
    return note_language(seen.act, note, reader)


async def current_sections(seen: Visit, note: NoteKind, language: Language) -> tuple[NoteSection, ...]:
    known = seen.act.notes.get(note)
    if known is not None:
        return known.sections
    zone = seen.house.renderer.zone
    blocks = await blocks_of(seen, language)
    return prefill(seen.act, seen.sheet, note, language, zone=zone, blocks=blocks)


def typed_sections(answers: Answers, known: tuple[NoteSection, ...]) -> tuple[NoteSection, ...]:
    """The sections as left by the author, each with the events it was told from. One that was not sent stays as it was:
    only an emptied box empties a section."""
    return tuple(
        msgspec.structs.replace(section, text=one(answers, name).replace("\r\n", "\n")) if name in answers else section
        for section in known
        for name in (f"s.{section.key}",)
    )


@signed_in
async def show_note(request: Request) -> Response:
    seen = await visit(request)
    note = note_of(request)
    language = language_of_note(seen, note)
    return draw(seen, note, language, await current_sections(seen, note, language))


@signed_in
async def write_note(request: Request) -> Response:
    """`POST` with `do` = draft, review (shows it once more) or sign. What was typed always comes back."""
    seen = await visit(request)
    note = note_of(request)
    answers = await read_answers(request)
    language = language_of_note(seen, note, answers)
    sections = typed_sections(answers, await current_sections(seen, note, language))
    doing = one(answers, "do")
    if doing == "review":
        return draw(seen, note, language, sections, confirm=True)
    if any(len(section.text) > LONGEST_SECTION for section in sections):
        words = seen.scene.words("field.wrong.too_long", count=LONGEST_SECTION)
        return draw(seen, note, language, sections, problems=(Problem(field="", message=words),))
    kind = c.SignNote if doing == "sign" else c.DraftNote
    command = kind(note=note, sections=sections, language=language)
    try:
        await carry_out(seen, (command,), one(answers, CAUSE))
    except Refused as refused:
        return draw(seen, note, language, sections, problems=problems_of_refusal(seen, refused.refusal))
    return RedirectResponse(f"/acts/{seen.act.id}/notes/{note}?saved=1", status_code=303)


def draw(
    seen: Visit,
    note: NoteKind,
    language: Language,
    sections: tuple[NoteSection, ...],
    *,
    confirm: bool = False,
    problems: tuple[Problem, ...] = (),
) -> Response:
    words, own = seen.scene.words, catalogue(language)
    known = seen.act.notes.get(note)
    author = seen.act.participants.get(known.by) if known else None
    asked = written_by_author(note)
    mine = seen.frame.my_role is NOTE_AUTHORS[note]
    view = NotePage(
        note=note,
        language=language,
        state="prefilled" if known is None else "signed" if known.signed else "drafted",
        at=known.at if known else "",
        author=f"{author.title} {author.given_names} {author.family_name}".strip() if author else "",
        mine=mine and seen.may(c.DraftNote),
        fields=tuple(
            Field(
                name=f"s.{section.key}",
                id=f"s-{section.key}",
                kind="words",
                label=own.text(heading_of(section.key)),
                help=words("note.yours_alone") if section.key in asked else "",
                chosen=(section.text,),
                longest=LONGEST_SECTION,
                lines=4 if section.key in asked else min(8, 2 + section.text.count("\n")),
                required=True,
            )
            for section in sections
        ),
        sections=tuple((own.text(heading_of(section.key)), section.text) for section in sections),
        confirm=confirm,
        saved="saved" in seen.request.query_params,
        may_sign=seen.may(c.SignNote),
        problems=problems,
    )
    context: dict[str, Any] = {"view": view}
    return seen.page("note.html", status=422 if problems else 200, **context)


@signed_in
async def list_notes(request: Request) -> Response:
    """`GET …/notes`: the reader's own note when they have one, else the act's list of both."""
    seen = await visit(request)
    mine = next((note for note, role in NOTE_AUTHORS.items() if role is seen.frame.my_role), "")
    return RedirectResponse(
        f"/acts/{seen.act.id}/notes/{mine}" if mine else f"/acts/{seen.act.id}#notes", status_code=303
    )


routes = [
    Route("/acts/{act}/notes", list_notes, methods=["GET"]),
    Route("/acts/{act}/notes/{note}", show_note, methods=["GET"], name="note"),
    Route("/acts/{act}/notes/{note}", write_note, methods=["POST"]),
]
