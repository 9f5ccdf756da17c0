"""What leaves the act as files: the notes as PDF, the whole act with its proof.

Knows: which picture bytes and which blocks a document needs, and that taking an act out is a right of its own.
Refuses to know: how a page is set (`documents`), how an export is built or verified (`trace.export`).
"""

from __future__ import annotations

import io

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from visavis_core.documents.assembly import figures_of
from visavis_core.documents.framing import note_frame
from visavis_core.documents.notes import NoteKind, note_document
from visavis_core.documents.pdf import PrintError
from visavis_core.identity.permissions import Verb
from visavis_core.store.faults import BlobDamaged, BlobMissing
from visavis_core.trace.export import export_act
from visavis_core.web.pages.notes import blocks_of, note_of
from visavis_core.web.pages.visit import Visit, signed_in, visit

__all__ = ["print_note", "routes"]

EXPORT_BYTES = 512 << 20


async def print_note(seen: Visit, note: NoteKind) -> bytes:
    """One note as PDF/A, in the reader's language. Raises `PrintError`, in words."""
    language, zone = seen.scene.words.language, seen.house.renderer.zone
    document = note_document(seen.act, seen.sheet, note, language, await blocks_of(seen), zone=zone)
    mark = seen.scene.words("note.demo_mark") if seen.house.renderer.demo else ""
    frame = note_frame(seen.act, note, language, zone=zone, verification=seen.house.holdings.signer.vkey, mark=mark)
    figures = {sha256: await _picture(seen, sha256) for sha256 in figures_of(document)}
    return await seen.house.printer.print(document, frame, figures={k: v for k, v in figures.items() if v})


async def _picture(seen: Visit, sha256: str) -> bytes:
    try:
        return b"".join([chunk async for chunk in seen.house.blobs.get(seen.act.id, sha256)])
    except (BlobMissing, BlobDamaged):
        # The printer says in words that a picture is missing; its hash stays on the page.
        return b""


@signed_in
async def note_pdf(request: Request) -> Response:
    """`GET …/notes/{note}.pdf`, shown in the browser."""
    seen = await visit(request)
    note = note_of(request)
    try:
        content = await print_note(seen, note)
    except PrintError as failed:
        return _cannot_print(seen, failed)
    return _file(content, "application/pdf", f"{note}-{seen.act.id}.pdf", shown=True)


@signed_in
async def act_zip(request: Request) -> Response:
    """`GET …/export.zip`: events, proof, signed head, stills and both notes, for a stranger to check offline."""
    seen = await visit(request)
    await seen.house.practice.check(seen.subject, Verb.EXPORT_ACT, seen.act.id)
    documents: dict[str, bytes] = {}
    for note in ("assisting", "on_site"):
        try:
            documents[f"note_{note}.pdf"] = await print_note(seen, note)
        except PrintError as failed:
            return _cannot_print(seen, failed)
    await seen.house.journal.checkpoint()
    holdings, sink = seen.house.holdings, io.BytesIO()
    await export_act(
        holdings.store,
        holdings.keys,
        holdings.signer,
        seen.house.blobs,
        seen.act.id,
        sink,
        made_at=seen.house.clock(),
        documents=documents,
    )
    return _file(sink.getvalue(), "application/zip", f"visavis-{seen.act.id}.zip", shown=False)


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
    how = "inline" if shown else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


routes = [
    Route("/acts/{act}/notes/{note}.pdf", note_pdf, methods=["GET"]),
    Route("/acts/{act}/export.zip", act_zip, methods=["GET"]),
]
