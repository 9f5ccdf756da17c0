"""The two notes of an act: prefilled from its events, and printed once their author has made them theirs.

Knows: which sections each note has and in which order (G1, G2), and where the forms' blocks, the stills, the signature
and the conformity annex stand in the document.
Refuses to know: who may write or sign (`acts.transitions`), and how a page looks (`template`).

A section's `key` is stable: drafts, signatures and pages refer to it. Its heading is in the catalogue, `section.<key>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal

import msgspec
from visavis_sdk.events import NoteSection, StillCaptured
from visavis_sdk.reports import Block, Figure, Finding, Heading, Paragraph, ReportDocument, Signature
from visavis_sdk.text import Language, Text

from visavis_core.acts.act import Act, NoteState
from visavis_core.documents.conformity import annex
from visavis_core.documents.sections import care, consent, following, people, safety, standing
from visavis_core.documents.telling import Line, Teller, join_lines
from visavis_core.locale import LANGUAGES, words
from visavis_core.obligations.sheet import ConformitySheet

__all__ = [
    "NOTES",
    "NoteKind",
    "heading_of",
    "note_document",
    "note_language",
    "prefill",
    "section_keys",
    "written_by_author",
]

NoteKind = Literal["assisting", "on_site"]
Tell = Callable[[Teller], list[Line]]

NOTES: Final[Mapping[NoteKind, tuple[tuple[str, Tell], ...]]] = MappingProxyType(
    {
        "assisting": (
            ("circumstances", standing.tell_circumstances),
            ("assistant", people.tell_assistant),
            ("people", people.tell_people),
            ("place", people.tell_place),
            ("need", people.tell_need),
            ("consent", consent.tell_consent),
            ("approach", care.tell_approach),
            ("information", care.tell_information),
            ("advice", care.tell_advice),
            ("adequacy", safety.tell_adequacy),
            ("incidents", safety.tell_incidents),
            ("limits", safety.tell_limits),
            ("emergency", standing.tell_emergency),
            ("follow_up", following.tell_follow_up),
            ("responsibility", following.tell_responsibility),
            ("jurisdiction", people.tell_jurisdiction),
        ),
        "on_site": (
            ("circumstances", standing.tell_circumstances),
            ("people", people.tell_people),
            ("place", people.tell_place),
            ("care", care.tell_care),
            ("assistant", people.tell_assistant),
            ("equipment", care.tell_equipment),
            ("nature", people.tell_nature),
            ("exchanges", care.tell_exchanges),
            ("consent", consent.tell_consent),
            ("adequacy", safety.tell_adequacy),
            ("incidents", safety.tell_incidents),
            ("emergency", standing.tell_emergency),
            ("follow_up", following.tell_follow_up),
            ("responsibility", following.tell_responsibility),
            ("jurisdiction", people.tell_jurisdiction),
        ),
    }
)
# Left empty or begun only: the reasoning and the care are the author's to write.
_AUTHORS: Final[Mapping[NoteKind, tuple[str, ...]]] = MappingProxyType(
    {"assisting": ("approach",), "on_site": ("care",)}
)
# Where the forms' own blocks and the stills are shown.
_SHOWS_BLOCKS: Final = frozenset({"information", "care"})
# Told only when there is something to tell.
_ONLY_IF_TOLD: Final = frozenset({"emergency"})


def section_keys(note: NoteKind) -> tuple[str, ...]:
    return tuple(key for key, _ in NOTES[note])


def written_by_author(note: NoteKind) -> tuple[str, ...]:
    """Sections that the record cannot write: a page asks the author for them."""
    return _AUTHORS[note]


def heading_of(key: str) -> Text:
    """A section's heading in both languages; a section that is not ours keeps its key."""
    french, english = words("fr"), words("en")
    name = f"section.{key}"
    return Text(fr=french(name), en=english(name)) if french.has(name) else Text(fr=key, en=key)


def note_language(act: Act, note: NoteKind, otherwise: Language) -> Language:
    """The language a note is read in: its own once its text was kept in one, the reader's (`otherwise`) before."""
    known = act.notes.get(note)
    kept = "" if known is None else known.language
    return next((language for language in LANGUAGES if language == kept), otherwise)


def prefill(
    act: Act,
    sheet: ConformitySheet,
    note: NoteKind,
    language: Language,
    *,
    zone: str = "UTC",
    blocks: Mapping[str, Sequence[Block]] = MappingProxyType({}),
) -> tuple[NoteSection, ...]:
    """The note as the record can write it, each section with the events it tells.

    `zone` is the deployment's time zone; `blocks` are the forms' report blocks by instance (`forms.report_blocks`).
    """
    teller = Teller(act, sheet, language, zone, blocks)
    sections = []
    for key, tell in NOTES[note]:
        text, sources = join_lines(tell(teller))
        if text or key not in _ONLY_IF_TOLD:
            sections.append(NoteSection(key=key, text=text, sources=sources))
    return tuple(sections)


def note_document(
    act: Act,
    sheet: ConformitySheet,
    note: NoteKind,
    language: Language,
    blocks: Mapping[str, Sequence[Block]] = MappingProxyType({}),
    *,
    zone: str = "UTC",
) -> ReportDocument:
    """The note as a document: the signed text, else the draft, else the prefilled text; then signature and annex."""
    state = act.notes.get(note)
    sections = state.sections if state else prefill(act, sheet, note, language, zone=zone, blocks=blocks)
    teller = Teller(act, sheet, language, zone, blocks)
    body = chain.from_iterable(_draw_section(teller, section) for section in sections)
    return ReportDocument(
        title=words(language)(f"note.{note}"),
        language=language,
        blocks=(
            *_warnings(teller, state),
            *body,
            *_missing_blocks(teller, sections),
            *_sign(teller, state),
            *annex(act, sheet, language, zone=zone),
        ),
    )


def _warnings(teller: Teller, state: NoteState | None) -> list[Block]:
    """Said before anything else: consent withdrawn, note not signed."""
    text, sources = join_lines(standing.tell_withdrawal(teller))
    found: list[Block] = [Finding(severity="alert", text=text, sources=sources)] if text else []
    if state is None or not state.signed:
        found.append(Finding(severity="attention", text=teller.words("note.unsigned")))
    return found


def _draw_section(teller: Teller, section: NoteSection) -> list[Block]:
    shown = _shown_blocks(teller) if section.key in _SHOWS_BLOCKS else []
    if not section.text.strip() and not shown:
        return []
    heading = Heading(text=heading_of(section.key).in_language(teller.language))
    text: list[Block] = [Paragraph(text=section.text, sources=section.sources)] if section.text.strip() else []
    return [heading, *text, *shown]


def _missing_blocks(teller: Teller, sections: Sequence[NoteSection]) -> list[Block]:
    """An author may delete the section that shows the forms and stills; the document shows them all the same."""
    if any(section.key in _SHOWS_BLOCKS for section in sections):
        return []
    shown = _shown_blocks(teller)
    return [Heading(text=teller.words("note.record")), *shown] if shown else []


def _shown_blocks(teller: Teller) -> list[Block]:
    """The forms' blocks, then the stills that no form shows already."""
    blocks = _form_blocks(teller)
    seen = {block.sha256 for block in blocks if isinstance(block, Figure)}
    rest = [figure for figure in _still_figures(teller) if figure.sha256 not in seen]
    heading = [Heading(text=teller.words("note.stills"), level=3)] if blocks and rest else []
    return [*blocks, *heading, *rest]


def _form_blocks(teller: Teller) -> list[Block]:
    """The forms' blocks one level down, each citing its form when it cites nothing."""
    shown: list[Block] = []
    for saved in teller.act.forms.values():
        sources = teller.number_of(saved)
        for block in teller.blocks.get(saved.instance, ()):
            cited = msgspec.structs.replace(block, sources=block.sources or sources)
            shown.append(msgspec.structs.replace(cited, level=3) if isinstance(cited, Heading) else cited)
    return shown


def _still_figures(teller: Teller) -> list[Figure]:
    return [_still_figure(teller, one.n, one.at, still) for one, still in teller.events(StillCaptured)]


def _still_figure(teller: Teller, n: int, at: str, still: StillCaptured) -> Figure:
    label = still.label or teller.source(still.source)
    facts = {"label": label, "hour": teller.hour(at), "width": still.width, "height": still.height}
    return Figure(
        caption=teller.words("note.still_caption", digest=still.sha256[:16], **facts),
        alternative=teller.words("note.still_alternative", by=teller.name(still.captured_by), **facts),
        sha256=still.sha256,
        sources=(n,),
    )


def _sign(teller: Teller, state: NoteState | None) -> list[Block]:
    if state is None or not state.signed:
        return []
    author = teller.act.participants.get(state.by)
    title = ""
    if author is not None:
        identifier = " ".join(part for part in (author.identifier_system, author.identifier) if part)
        parts = (teller.profession(author), author.specialty, author.establishment, identifier)
        title = ", ".join(part for part in parts if part)
    return [
        Signature(
            name=teller.name(state.by),
            title=title,
            at=teller.moment(state.at),
            content_sha256=state.content_sha256,
            sources=(state.n,),
        )
    ]
