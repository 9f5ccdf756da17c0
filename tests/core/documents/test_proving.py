"""The proof that travels with a note can be taken out of the PDF and checked."""

from __future__ import annotations

import io

import msgspec
import pikepdf
from visavis_core.documents.framing import note_frame
from visavis_core.documents.notes import note_document
from visavis_core.documents.pdf import Printer
from visavis_core.documents.proving import proof_attachments, verification_line
from visavis_core.trace.chain import Tail
from visavis_core.trace.checkpoint import Checkpoint
from visavis_core.trace.export import ActProof
from visavis_core.trace.proof import Proof

from tests.core.documents import scene

VKEY = "visavis.example/clinic+3a1b2c4d+AVdMJRbAoFr7s9Hkd2MZxhl5uXhPTNMyYp4xG4Tya2Ul"
NOTE = "visavis.example/clinic\n1284\n" + "A" * 43 + "=\n\n— visavis.example/clinic c2ln\n"


def proof_of(events: int) -> ActProof:
    contents = tuple(b'{"n":%d}' % n for n in range(events))
    head = Checkpoint(origin="visavis.example/clinic", size=1284, root=b"\0" * 32)
    return ActProof(
        tail=Tail(act="act_9fK2lQ0bRtW"),
        contents=contents,
        envelopes=(),
        proofs=tuple(Proof(n, (b"\1" * 32,), NOTE) for n in range(events)),
        head=head,
        note=NOTE,
    )


async def test_the_files_of_the_proof_come_back_out_of_the_pdf_byte_for_byte() -> None:
    act = scene.completed()
    proof = proof_of(act.n - 1)  # somebody opened the dossier after the head was signed
    files = proof_attachments(proof, act, VKEY, "fr")
    line = verification_line(proof, VKEY)
    printer = Printer()
    content = await printer.print(
        note_document(act, scene.sheet(act), "on_site", "fr", zone=scene.ZONE),
        note_frame(act, "on_site", "fr", zone=scene.ZONE, verification=line),
        files,
        {scene.STILL_SHA256: scene.STILL},
    )
    await printer.close()
    with pikepdf.open(io.BytesIO(content)) as opened:
        taken = {name: spec.get_file().read_bytes() for name, spec in opened.attachments.items()}
    assert taken == {one.name: one.content for one in files}
    assert taken["records.jsonl"].splitlines() == list(proof.contents)
    numbers = [msgspec.json.decode(event)["n"] for event in taken["events.jsonl"].splitlines()]
    assert numbers == list(range(act.n - 1))
    assert taken["proof.txt"].startswith(b"c2sp.org/tlog-proof@v1\n")
    assert line.startswith("1284 · AAAA")
    assert line.endswith(VKEY)
