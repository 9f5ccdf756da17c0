"""Typed blocks of a document. Plugins and core return blocks, never markup.

Knows: which blocks exist, and that each cites the events it comes from (`sources`: event numbers in the act).
Refuses to know: page, font, HTML, PDF: one assembly in the core draws them all.

A plugin offers a `ReportTemplate` per form; its `build` is pure and gives the blocks of one section.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from visavis_sdk.obligations import ActView
from visavis_sdk.text import Language, Text

__all__ = [
    "Block",
    "Figure",
    "Finding",
    "Heading",
    "Measurement",
    "Paragraph",
    "ReportContext",
    "ReportDocument",
    "ReportTemplate",
    "Signature",
    "Table",
]


class Heading(msgspec.Struct, frozen=True, kw_only=True, tag="heading"):
    text: str
    level: int = 2  # 2 or 3; 1 is the document's title
    sources: tuple[int, ...] = ()


class Paragraph(msgspec.Struct, frozen=True, kw_only=True, tag="paragraph"):
    text: str
    sources: tuple[int, ...] = ()


class Measurement(msgspec.Struct, frozen=True, kw_only=True, tag="measurement"):
    """A value with its UCUM unit and method. `value` is a decimal string; empty with `absent` saying why."""

    label: str
    value: str
    unit: str = ""
    method: str = ""
    absent: str = ""
    sources: tuple[int, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sources: tuple[int, ...] = ()


class Figure(msgspec.Struct, frozen=True, kw_only=True, tag="figure"):
    """A still by SHA-256, or a first-party SVG; always with words for who cannot see it."""

    caption: str
    alternative: str
    sha256: str = ""
    svg: str = ""
    sources: tuple[int, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True, tag="finding"):
    """What the software flags. A professional decides.

    `fields` names the form's fields it is about, so that a screen can lead there.
    """

    severity: Literal["information", "attention", "alert"]
    text: str
    source: str = ""  # of the threshold
    sources: tuple[int, ...] = ()
    fields: tuple[str, ...] = ()


class Signature(msgspec.Struct, frozen=True, kw_only=True, tag="signature"):
    name: str
    title: str
    at: str
    content_sha256: str
    sources: tuple[int, ...] = ()


Block = Heading | Paragraph | Measurement | Table | Figure | Finding | Signature


class ReportDocument(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    language: Language
    blocks: tuple[Block, ...]


class ReportContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a template builds from: the act, one saved form, and the language of the reader.

    `sources` are the numbers of the events the answers come from (the `FormSaved`); each block cites them or others.
    """

    act: ActView
    answers: Any  # the form's own struct, an instance of the template's `FormDefinition.answers`
    instance: str
    language: Language
    sources: tuple[int, ...]


class ReportTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """The section of a note that a form becomes. `form` is a `FormDefinition.id`; `build` is pure."""

    id: str
    form: str
    title: Text
    build: Callable[[ReportContext], Sequence[Block]]
