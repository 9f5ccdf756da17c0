"""One assembly of typed blocks into the data a page template reads.

Knows: the blocks of `visavis_sdk.reports`, how they group on a page, their bounds, and that every word is data.
Refuses to know: Typst, fonts and PDF (that is `press`), and the act (that is `notes`).

Markup never travels: the template receives strings and shows them as strings, so `#eval` in an answer is five letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Literal

import msgspec
from visavis_sdk.reports import (
    Block,
    Figure,
    Finding,
    Heading,
    Measurement,
    Paragraph,
    ReportDocument,
    Signature,
    Table,
)

from visavis_core.documents.glyphs import legible
from visavis_core.documents.words import words

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
    data: dict[str, Any] = {
        "title": document.title,
        "language": document.language,
        "frame": msgspec.to_builtins(frame),
        "words": speak.area("page"),
        "blocks": list(_draw_blocks(document.blocks)),
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


def _draw_blocks(blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    """Measurements that follow each other share one table; heading levels never skip (PDF/UA-1, 7.4.2)."""
    depth = 0
    for kind, group in groupby(blocks, key=type):
        if kind is Measurement:
            yield _draw_measurements([block for block in group if isinstance(block, Measurement)])
            continue
        for block in group:
            if isinstance(block, Heading):
                depth = min(max(block.level - 1, 1), depth + 1, 3)
                yield {"type": "heading", "text": block.text, "level": depth, "sources": block.sources}
            else:
                yield _DRAWN[kind](block)


def _draw_measurements(group: Sequence[Measurement]) -> dict[str, Any]:
    return {
        "type": "measurements",
        "rows": [
            {"label": m.label, "value": m.value, "unit": m.unit, "method": m.method, "absent": m.absent} for m in group
        ],
        "methods": any(m.method for m in group),
        "sources": sorted({n for m in group for n in m.sources}),
    }


def _draw_paragraph(block: Paragraph) -> dict[str, Any]:
    """Blank lines part paragraphs; a line that begins with a dash is an item of a list, dash kept out."""
    parts: list[dict[str, Any]] = []
    for stretch in block.text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.rstrip() for line in stretch.split("\n") if line.strip()]
        for is_item, group in groupby(lines, key=lambda line: line.lstrip().startswith(_ITEM_MARKS)):
            run = list(group)
            if is_item:
                parts.append({"items": [line.lstrip()[2:].strip() for line in run]})
            else:
                parts.append({"lines": run})
    return {"type": "paragraph", "parts": parts, "sources": block.sources}


def _draw_table(block: Table) -> dict[str, Any]:
    width = max([len(block.header), *(len(row) for row in block.rows)], default=0)
    header = [*block.header, *[""] * (width - len(block.header))]
    rows = [[*row, *[""] * (width - len(row))] for row in block.rows]
    return {
        "type": "table",
        "caption": block.caption,
        "header": header,
        "rows": rows,
        "weights": [_weigh([line[column] for line in [header, *rows]]) for column in range(width)],
        "sources": block.sources,
    }


def _weigh(cells: Sequence[str]) -> int:
    """A column's width in parts: short cells stay on one line, long ones share what is left by their average."""
    lengths = [max(map(len, cell.split("\n"))) for cell in cells]
    average = sum(lengths) // max(len(lengths), 1)
    return max(min(max(lengths, default=1), 18), min(average, 60), 8)


def _draw_figure(block: Figure) -> dict[str, Any]:
    return {
        "type": "figure",
        "caption": block.caption,
        "alternative": block.alternative,
        "sha256": block.sha256,
        "svg": block.svg,
        "sources": block.sources,
    }


def _draw_plain(block: Finding | Signature) -> dict[str, Any]:
    return dict(msgspec.to_builtins(block))


_DRAWN: Final[dict[type[Block], Any]] = {
    Paragraph: _draw_paragraph,
    Table: _draw_table,
    Figure: _draw_figure,
    Finding: _draw_plain,
    Signature: _draw_plain,
}
