"""One note of an act on paper: its sections, its pictures, and the proof it carries with it.

Knows: what a printed note is made of, for the pages, the export and the command line alike.
Refuses to know: who may have it, how its forms' blocks were built (a plugin's templates), and how it is set.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from visavis_sdk.reports import Block
from visavis_sdk.text import Language

from visavis_core.acts.act import Act
from visavis_core.documents.assembly import figures_of
from visavis_core.documents.framing import note_frame
from visavis_core.documents.notes import NoteKind, note_document
from visavis_core.documents.pdf import Printer
from visavis_core.documents.proving import proof_attachments, verification_line
from visavis_core.obligations.sheet import ConformitySheet
from visavis_core.store.faults import BlobDamaged, BlobMissing
from visavis_core.trace.export import ActProof

__all__ = ["Pictures", "print_note"]


class Pictures(Protocol):
    """What is needed of `store.blobs.Blobs`."""

    def get(self, act: str, sha256: str, /) -> AsyncIterator[bytes]: ...


async def print_note(
    printer: Printer,
    pictures: Pictures,
    act: Act,
    sheet: ConformitySheet,
    note: NoteKind,
    blocks: Mapping[str, tuple[Block, ...]],
    *,
    language: Language,
    zone: str,
    proof: ActProof,
    vkey: str,
    mark: str = "",
) -> bytes:
    """The note as PDF/A with the proof attached and the signed head's line at its foot. Raises `PrintError`."""
    document = note_document(act, sheet, note, language, blocks, zone=zone)
    frame = note_frame(act, note, language, zone=zone, verification=verification_line(proof, vkey), mark=mark)
    figures = {sha256: await _picture(pictures, act.id, sha256) for sha256 in figures_of(document)}
    return await printer.print(
        document,
        frame,
        proof_attachments(proof, act, vkey, language),
        {sha256: picture for sha256, picture in figures.items() if picture},
    )


async def _picture(pictures: Pictures, act: str, sha256: str) -> bytes:
    try:
        return b"".join([chunk async for chunk in pictures.get(act, sha256)])
    except (BlobMissing, BlobDamaged):
        # The printer says in words that a picture is missing; its hash stays on the page.
        return b""
