"""Proof: what happened in order, the chain checked on the spot, the signed head, and the files to take away.

Knows: how to check one act's chain from its stored bytes and what to show of the result.
Refuses to know: how to verify an export elsewhere; the export brings its own instructions.
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from visavis_core.acts.decisions.conclusion import NOTE_AUTHORS
from visavis_core.trace.chain import follow_all
from visavis_core.trace.reading import read_contents
from visavis_core.web.pages.timeline import Moment, tell
from visavis_core.web.pages.visit import signed_in, visit

__all__ = ["ProofPage", "routes"]


class ProofPage(msgspec.Struct, frozen=True, kw_only=True):
    """`head` is the hash of the last event, `note` the signed head of the whole tree (C2SP checkpoint)."""

    moments: tuple[Moment, ...]
    technical: int
    all: bool
    events: int
    head: str
    tree: int
    note: str
    vkey: str
    signed_notes: tuple[str, ...]


@signed_in
async def show_proof(request: Request) -> Response:
    seen = await visit(request)
    act, holdings = seen.act, seen.house.holdings
    # From the stored bytes, not from memory: what is shown as checked was checked now.
    tail, _ = await holdings.store.read(lambda connection: follow_all(act.id, read_contents(connection, act.id)))
    signed = await seen.house.journal.checkpoint()
    everything = request.query_params.get("all") == "1"
    duties = (line.obligation for line in seen.sheet.lines)
    titles = {(duty.id, duty.jurisdiction): duty.title for duty in duties}
    told = tell(act, seen.scene.words, seen.scene.formats, titles)
    view = ProofPage(
        moments=tuple(moment for moment in told if everything or not moment.technical),
        technical=sum(moment.technical for moment in told),
        all=everything,
        events=tail.n,
        head=tail.head,
        tree=signed.size,
        note=signed.note,
        vkey=holdings.signer.vkey,
        signed_notes=tuple(note for note in NOTE_AUTHORS if act.note_signed(note)),
    )
    return seen.page("proof.html", view=view)


routes = [Route("/acts/{act}/proof", show_proof, methods=["GET"], name="proof")]
