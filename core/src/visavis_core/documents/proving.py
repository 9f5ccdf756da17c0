"""The proof that travels inside a note: the act's exact records, the events they hold, and the signed head's proof.

Knows: the files to attach to a PDF and the one line printed at its foot.
Refuses to know: how a proof is made (`trace.export.prove_act`) or checked (`trace.verify`), and who may have it.
"""

from __future__ import annotations

import base64
from typing import Final

import msgspec
from visavis_sdk.text import Language

from visavis_core.acts.act import Act
from visavis_core.documents.assembly import Attachment
from visavis_core.locale import words
from visavis_core.trace.export import ActProof

__all__ = ["proof_attachments", "verification_line"]

_JSON: Final = msgspec.json.Encoder(order="deterministic")


def verification_line(proof: ActProof, vkey: str) -> str:
    """Size of the tree, its root (base64) and the public key: what to compare with any other copy of the head."""
    return f"{proof.head.size} · {base64.b64encode(proof.head.root).decode()}\n{vkey}"


def proof_attachments(proof: ActProof, act: Act, vkey: str, language: Language) -> tuple[Attachment, ...]:
    """`records.jsonl`: the stored bytes, one record a line, as the tree holds them (personal content sealed).
    `events.jsonl`: the same events opened, by number, so that a margin's reference can be read. `proof.txt`: a C2SP
    tlog proof of the last record. `key.txt`: the verifier key."""
    speak = words(language)
    # A reading of this very dossier may have been recorded after the proof: what is not proved is not attached.
    events = b"".join(_JSON.encode(one) + b"\n" for one in act.events[: len(proof.contents)])
    files = (
        ("records.jsonl", b"".join(content + b"\n" for content in proof.contents), "application/jsonl", "source"),
        ("events.jsonl", events, "application/jsonl", "data"),
        ("proof.txt", proof.proofs[-1].text().encode(), "text/plain", "supplement"),
        ("key.txt", vkey.encode() + b"\n", "text/plain", "supplement"),
    )
    return tuple(
        msgspec.convert(
            {
                "name": name,
                "content": content,
                "media_type": media_type,
                "description": speak(f"proof.{name.partition('.')[0]}"),
                "relationship": relationship,
            },
            Attachment,
        )
        for name, content, media_type, relationship in files
    )
