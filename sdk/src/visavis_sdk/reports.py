"""Typed blocks of a document. Plugins and core return blocks, never markup.

Knows: which blocks exist, and that each cites the events it comes from (`sources`: event numbers in the act).
Refuses to know: page, font, HTML, PDF: one assembly in the core draws them all.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from visavis_sdk.text import Language

__all__ = [
    "Block",
    "Figure",
    "Finding",
    "Heading",
    "Measurement",
    "Paragraph",
    "ReportDocument",
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
    """What the software flags. A professional decides."""

    severity: Literal["information", "attention", "alert"]
    text: str
    source: str = ""  # of the threshold
    sources: tuple[int, ...] = ()


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
