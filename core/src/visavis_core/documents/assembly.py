"""One assembly of typed blocks into the data a page template reads.

Knows: the blocks of `visavis_sdk.reports`, how they group on a page, their bounds, and that every word is data.
Refuses to know: Typst, fonts and PDF (that is `press`), and the act (that is `notes`).

Markup never travels: the template receives strings and shows them as strings, so `#eval` in an answer is five letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Literal

import msgspec
from visavis_sdk.reports import (
    Block,
    Figure,
    Heading,
    Measurement,
    Paragraph,
    ReportDocument,
    Table,
)
from visavis_sdk.text import Language

from visavis_core.documents.citing import cite
from visavis_core.documents.glyphs import legible
from visavis_core.documents.quantities import say_unit, say_value
from visavis_core.locale import words

__all__ = ["Attachment", "DocumentTooLargeError", "Frame", "assemble", "figures_of"]

MAX_BLOCKS: Final = 4_000
MAX_CHARACTERS: Final = 1_000_000
MAX_FIGURES: Final = 60
_ITEM_MARKS: Final = ("– ", "• ", "- ")


class DocumentTooLargeError(ValueError):
    """The document exceeds a bound. `bound` names it; no content of the document is kept in the exception."""

    def __init__(self, bound: str) -> None:
        super().__init__(f"the document exceeds its bound on {bound}")
        self.bound = bound


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds the blocks: who, which act, and the line by which anyone can verify the record.

    `panel` is the identity card of the first page, label and value; `verification` is the checkpoint and key line of
    the foot; `mark` is a word across the head ("Brouillon"); `at` is the RFC 3339 moment the document speaks of.
    """

    kind: str
    patient: str
    act: str
    at: str
    author: str = ""
    patient_detail: str = ""
    panel: tuple[tuple[str, str], ...] = ()
    verification: str = ""
    mark: str = ""
    region: str = "CA"


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A UTF-8 file kept inside the PDF (PDF/A-3): the proof, the opened events, a FHIR bundle."""

    name: str
    content: bytes
    media_type: str
    description: str
    relationship: Literal["source", "data", "alternative", "supplement"] = "supplement"


def figures_of(document: ReportDocument) -> tuple[str, ...]:
    """SHA-256 of every picture the document shows, in order, each once."""
    wanted = (block.sha256 for block in document.blocks if isinstance(block, Figure) and block.sha256)
    return tuple(dict.fromkeys(wanted))


def assemble(document: ReportDocument, frame: Frame, attachments: Sequence[Attachment] = ()) -> bytes:
    """The template's data as JSON. Raises `DocumentTooLargeError`."""
    if len(document.blocks) > MAX_BLOCKS:
        raise DocumentTooLargeError("blocks")
    if len(figures_of(document)) > MAX_FIGURES:
        raise DocumentTooLargeError("figures")
    speak = words(document.language)
    drawn = _draw_blocks(document.blocks, document.language)
    data: dict[str, Any] = {
        "title": document.title,
        "language": document.language,
        "frame": msgspec.to_builtins(frame),
        "words": speak.area("page"),
        "blocks": [{**block, "sources": cite(block["sources"])} for block in drawn],
        "attachments": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "description": one.description,
                "relationship": one.relationship,
            }
            for one in attachments
        ],
    }
    made = msgspec.json.encode(_make_legible(data))
    if len(made) > 4 * MAX_CHARACTERS:
        raise DocumentTooLargeError("characters")
    return made


def _make_legible(value: Any) -> Any:
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, Mapping):
        return {key: _make_legible(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_make_legible(one) for one in value]
    return value


def _draw_blocks(blocks: Sequence[Block], language: Language) -> Iterator[dict[str, Any]]:
    """Measurements, and figures, that follow each other are drawn together; no heading level is skipped (PDF/UA-1)."""
    weights = _weigh_tables(blocks)
    depth = 0
    for kind, group in groupby(blocks, key=type):
        together = _TOGETHER.get(kind)
        if together is not None:
            yield together(list(group), language)
            continue
        for block in group:
            match block:
                case Heading():
                    depth = min(max(block.level - 1, 1), depth + 1, 3)
                    yield {"type": "heading", "text": block.text, "level": depth, "sources": block.sources}
                case Table():
                    yield _draw_table(block, weights[block.header])
                case Paragraph():
                    yield _draw_paragraph(block)
                case _:
                    yield dict(msgspec.to_builtins(block))


def _draw_measurements(group: Sequence[Measurement], language: Language) -> dict[str, Any]:
    return {
        "type": "measurements",
        "rows": [
            {
                "label": one.label,
                "value": say_value(one.value, language),
                "unit": say_unit(one.unit),
                "method": one.method,
                "absent": one.absent,
            }
            for one in group
        ],
        "methods": any(one.method for one in group),
        "sources": [n for one in group for n in one.sources],
    }


def _draw_paragraph(block: Paragraph) -> dict[str, Any]:
    """Blank lines part paragraphs. A line that begins with a dash is an item of a list, the page draws the dash; a line
    that begins with two spaces stays with the item above it."""
    parts: list[dict[str, list[str]]] = []
    for stretch in block.text.replace("\r\n", "\n").split("\n\n"):
        fresh = True
        for line in filter(str.strip, stretch.split("\n")):
            kind = "items" if line.lstrip().startswith(_ITEM_MARKS) else "lines"
            if line.startswith("  ") and kind == "lines" and not fresh and "items" in parts[-1]:
                parts[-1]["items"][-1] += f"\n{line.strip()}"
                continue
            if fresh or kind not in parts[-1]:
                parts.append({kind: []})
            parts[-1][kind].append(line.strip()[2:].strip() if kind == "items" else line.strip())
            fresh = False
    return {"type": "paragraph", "parts": parts, "sources": block.sources}


def _draw_table(block: Table, weights: Sequence[int]) -> dict[str, Any]:
    return {
        "type": "table",
        "caption": block.caption,
        "header": _pad(block.header, len(weights)),
        "rows": [_pad(row, len(weights)) for row in block.rows],
        "weights": weights,
        "sources": block.sources,
    }


def _pad(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _weigh_tables(blocks: Sequence[Block]) -> dict[tuple[str, ...], list[int]]:
    """Column widths in parts; tables with the same header share them, so that they line up under each other."""
    rows: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for block in blocks:
        if isinstance(block, Table):
            rows.setdefault(block.header, [block.header]).extend(block.rows)
    widths = {header: max(map(len, cells)) for header, cells in rows.items()}
    return {
        header: [_weigh([_pad(row, widths[header])[column] for row in cells]) for column in range(widths[header])]
        for header, cells in rows.items()
    }


def _weigh(cells: Sequence[str]) -> int:
    """Short cells stay on one line, no word of the head is squeezed, long cells share the rest by their average."""
    lengths = [max(map(len, cell.split("\n"))) for cell in cells]
    average = sum(lengths) // max(len(lengths), 1)
    head = max(map(len, cells[0].split()), default=0) + 5
    return max(min(max(lengths, default=1), 24), min(average, 46), min(head, 24), 8)


def _draw_figures(group: Sequence[Figure], _language: Language) -> dict[str, Any]:
    return {
        "type": "figures",
        "figures": [
            {"caption": one.caption, "alternative": one.alternative, "sha256": one.sha256, "svg": one.svg}
            for one in group
        ],
        "sources": [n for one in group for n in one.sources],
    }


_TOGETHER: Final[dict[type[Block], Callable[[Any, Language], dict[str, Any]]]] = {
    Measurement: _draw_measurements,
    Figure: _draw_figures,
}
