"""What leaves the act as files: the notes as PDF, the whole act with its proof.

Knows: that a note is printed under a head signed just now, and that taking an act out is a right of its own.
Refuses to know: how a page is set (`documents`), how an export is built or verified (`trace.export`).
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from visavis_core.documents.notes import NOTES, NoteKind, note_language
from visavis_core.documents.papers import print_note
from visavis_core.documents.pdf import PrintError
from visavis_core.locale import catalogue
from visavis_core.trace.export import ActProof, export_act, sign_and_prove
from visavis_core.web.pages.notes import blocks_of, note_of
from visavis_core.web.pages.visit import Visit, signed_in, visit, visit_of

__all__ = ["note_content", "routes"]

# An export is built in memory: a larger one is for the command line, which writes to a file.
EXPORT_BYTES = 256 << 20
STRIDE = 1 << 18


async def proof_of(seen: Visit) -> ActProof:
    """The act's proof under a head signed just now."""
    house = seen.house
    return await sign_and_prove(house.journal.checkpoint, house.holdings.store, house.holdings.signer, seen.act.id)


async def note_content(seen: Visit, note: NoteKind, proof: ActProof) -> bytes:
    """One note as PDF/A, in its own language, with the act's proof. Raises `PrintError`, in words."""
    house = seen.house
    language = note_language(seen.act, note, seen.scene.words.language)
    return await print_note(
        house.printer,
        house.blobs,
        seen.act,
        seen.sheet,
        note,
        await blocks_of(seen, language),
        language=language,
        zone=house.renderer.zone,
        proof=proof,
        vkey=house.holdings.signer.vkey,
        mark=catalogue(language)("note.demo_mark") if house.renderer.demo else "",
    )


@signed_in
async def note_pdf(request: Request) -> Response:
    """`GET …/notes/{note}.pdf`, shown in the browser."""
    seen = await visit(request)
    note = note_of(request)
    try:
        content = await note_content(seen, note, await proof_of(seen))
    except PrintError as failed:
        return _cannot_print(seen, failed)
    return _file(content, "application/pdf", f"{note}-{seen.act.id}.pdf", shown=True)


@signed_in
async def act_zip(request: Request) -> Response:
    """`GET …/export.zip`: events, proof, signed head, stills and both notes, for a stranger to check offline."""
    seen = await visit(request)
    # Before anything is built, so that the export itself holds the event that says who took it.
    act = await seen.house.practice.note_export(seen.subject, seen.act.id)
    seen = visit_of(request, seen.house, seen.subject, act)
    # A file without a name: what it holds is in clear, and no crash may leave it behind.
    sink = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        async with seen.house.exports:
            size = await _build(seen, sink)
    except PrintError as failed:
        sink.close()
        return _cannot_print(seen, failed)
    except BaseException:
        sink.close()
        raise
    headers = {**_headers(f"visavis-{seen.act.id}.zip", shown=False), "Content-Length": str(size)}
    return StreamingResponse(_strides(sink), headers=headers, media_type="application/zip")


async def _build(seen: Visit, sink: IO[bytes]) -> int:
    """Writes the export with both notes into `sink`, rewinds it, and gives its size in bytes."""
    proof = await proof_of(seen)
    documents = {f"note_{note}.pdf": await note_content(seen, note, proof) for note in NOTES}
    holdings = seen.house.holdings
    await export_act(
        holdings.store,
        holdings.keys,
        holdings.signer,
        seen.house.blobs,
        seen.act.id,
        sink,
        made_at=seen.house.clock(),
        documents=documents,
        limit=EXPORT_BYTES,
        proof=proof,
    )
    size = sink.seek(0, io.SEEK_END)
    sink.seek(0)
    return size


async def _strides(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while stride := await asyncio.to_thread(file.read, STRIDE):
            yield stride


def _cannot_print(seen: Visit, failed: PrintError) -> Response:
    words = seen.scene.words
    return seen.house.renderer.page(
        seen.request,
        "error.html",
        status=503,
        status_code=503,
        title=words("note.no_pdf"),
        message=words.text(failed.message),
        code=str(failed.code),
        back=f"/acts/{seen.act.id}",
        details=(),
    )


def _file(content: bytes, media_type: str, name: str, *, shown: bool) -> Response:
    return Response(content, media_type=media_type, headers=_headers(name, shown=shown))


def _headers(name: str, *, shown: bool) -> dict[str, str]:
    how = "inline" if shown else "attachment"
    return {"Content-Disposition": f'{how}; filename="{name}"', "Cache-Control": "no-store"}


routes = [
    Route("/acts/{act}/notes/{note}.pdf", note_pdf, methods=["GET"]),
    Route("/acts/{act}/export.zip", act_zip, methods=["GET"]),
]
