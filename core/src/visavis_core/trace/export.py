"""Handing out one act with all that proves it, in a zip that a stranger can check offline.

Knows: what goes in, and that what opens the act goes in only here.
Refuses to know: who may export (the shell decides and records it) and how the documents were made.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import IO, Protocol

import msgspec
from sqlalchemy import Connection, select
from visavis_sdk.events import BriefingProvided, StillCaptured

from visavis_core.store import tables
from visavis_core.store.faults import BlobDamaged, BlobMissing
from visavis_core.store.ports import BlobStat, Keys, Transactions
from visavis_core.store.sql import sync_directory
from visavis_core.trace import manifest as layout
from visavis_core.trace.archive import write_archive
from visavis_core.trace.chain import Tail, follow_all
from visavis_core.trace.checkpoint import Checkpoint, Signer, open_checkpoint
from visavis_core.trace.faults import DraftInvalid, ExportTooLarge, NotYetSigned, SubjectErased, UnknownActRecord
from visavis_core.trace.manifest import FileEntry, Inclusion, KeyFile, Manifest
from visavis_core.trace.merkle import Forest, complete_parts, inclusion_ranges
from visavis_core.trace.proof import Proof
from visavis_core.trace.reading import decode_body, open_body
from visavis_core.trace.record import Envelope
from visavis_core.trace.sealing import ActKey

__all__ = ["ActProof", "Contents", "Exported", "export_act", "export_act_to", "prove_act", "sign_and_prove"]

_json = msgspec.json.Encoder(order="deterministic")
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}
_STRIDE = 1000
MAX_PICTURE_BYTES = 1 << 30
PROOFS_TRIED = 5


class Contents(Protocol):
    """Where stills and documents come from; `Blobs` is one."""

    async def stat(self, act: str, sha256: str) -> BlobStat | None: ...
    def get(self, act: str, sha256: str) -> AsyncIterator[bytes]: ...


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What an export held. `absent` are stills that events name and the store does not have."""

    act: str
    events: int
    head: str
    tree_size: int
    opened: bool
    absent: tuple[str, ...]


class ActProof(msgspec.Struct, frozen=True, kw_only=True):
    """An act's exact bytes, each one's place and path, under one signed head."""

    tail: Tail
    contents: tuple[bytes, ...]
    envelopes: tuple[Envelope, ...]
    proofs: tuple[Proof, ...]
    head: Checkpoint
    note: str


async def prove_act(store: Transactions, signer: Signer, act: str) -> ActProof:
    """The act and its inclusion proofs under the last signed head; `proofs[-1].text()` goes into a report.

    UnknownActRecord, RecordBroken; NotYetSigned when the head does not cover the act's last event: sign one first.
    """
    return await store.read(lambda connection: _prove(connection, signer, act))


def _prove(connection: Connection, signer: Signer, act: str) -> ActProof:
    rows = connection.execute(select(tables.event).where(tables.event.c.act == act).order_by(tables.event.c.n)).all()
    if not rows:
        raise UnknownActRecord(act)
    contents = tuple(bytes(row.content) for row in rows)
    tail, envelopes = follow_all(act, contents)
    last = connection.execute(
        select(tables.checkpoint).order_by(tables.checkpoint.c.size.desc()).limit(1)
    ).one_or_none()
    if last is None or last.size <= rows[-1].position:
        raise NotYetSigned(act)
    head = open_checkpoint(last.note, signer.verifier)
    wanted = complete_parts(part for row in rows for part in inclusion_ranges(row.position, head.size))
    leaves = select(tables.event.c.leaf).where(tables.event.c.position < head.size).order_by(tables.event.c.position)
    with connection.execute(leaves, execution_options={"yield_per": _STRIDE}) as result:
        forest = Forest((bytes(leaf) for leaf in result.scalars()), wanted)
    proofs = tuple(Proof(row.position, tuple(forest.prove_inclusion(row.position)), last.note) for row in rows)
    return ActProof(tail=tail, contents=contents, envelopes=tuple(envelopes), proofs=proofs, head=head, note=last.note)


async def sign_and_prove(
    sign: Callable[[], Awaitable[object]], store: Transactions, signer: Signer, act: str
) -> ActProof:
    """`prove_act` under a head signed just now. `sign` is `journal.checkpoint`.

    An act that is being written may grow between the two; then both are done again, `PROOFS_TRIED` times in all.
    """
    for _ in range(PROOFS_TRIED - 1):
        await sign()
        with contextlib.suppress(NotYetSigned):
            return await prove_act(store, signer, act)
    await sign()
    return await prove_act(store, signer, act)


async def export_act(
    store: Transactions,
    keys: Keys,
    signer: Signer,
    blobs: Contents,
    act: str,
    sink: IO[bytes],
    *,
    made_at: str,
    documents: Mapping[str, bytes] | None = None,
    limit: int = MAX_PICTURE_BYTES,
    proof: ActProof | None = None,
) -> Exported:
    """Write the act's export into `sink` (seekable, binary), under `proof` (`sign_and_prove`) or the last signed head.

    `documents` are files to enclose by plain name (`note_expert.pdf`). An act whose key was destroyed exports with its
    chain and proofs, unopened. `limit` bounds the bytes of all pictures together, which are held in memory.
    UnknownActRecord, RecordBroken, NotYetSigned, ExportTooLarge; DraftInvalid for a document's name.
    """
    proof = proof or await prove_act(store, signer, act)
    try:
        key = ActKey.derive(await asyncio.to_thread(keys.key_of, proof.tail.subject), act)
    except SubjectErased:
        key = None
    files = dict(_texts(proof, signer.vkey))
    absent: list[str] = []
    if key is not None:
        bodies = await asyncio.to_thread(_open_all, proof.envelopes, key)
        files[layout.OPENED] = _join(bodies)
        enclosed = KeyFile(act=act, kid=key.kid, key=base64.b64encode(key.key).decode())
        files[layout.KEY] = _json.encode(enclosed) + b"\n"
        pictures, absent = await _pictures(blobs, act, proof.envelopes, bodies, limit)
        files |= pictures
    for name, content in sorted((documents or {}).items()):
        files[f"documents/{_plain(name)}"] = content
    entries = await asyncio.to_thread(_entries, files)
    manifest = Manifest(
        format=layout.FORMAT,
        act=act,
        origin=signer.name,
        events=proof.tail.n,
        head=proof.tail.head,
        tree_size=proof.head.size,
        made_at=made_at,
        opened=key is not None,
        absent=tuple(sorted(absent)),
        files=entries,
    )
    written = _json.encode(manifest) + b"\n"
    note = signer.sign(layout.statement(manifest, written)).encode()
    everything = [*files.items(), (layout.MANIFEST, written), (layout.STATEMENT, note)]
    await asyncio.to_thread(write_archive, sink, [(name, (content,)) for name, content in everything])
    return Exported(
        act=act,
        events=proof.tail.n,
        head=proof.tail.head,
        tree_size=proof.head.size,
        opened=manifest.opened,
        absent=manifest.absent,
    )


async def export_act_to(
    path: Path,
    store: Transactions,
    keys: Keys,
    signer: Signer,
    blobs: Contents,
    act: str,
    *,
    made_at: str,
    documents: Mapping[str, bytes] | None = None,
    proof: ActProof | None = None,
) -> Exported:
    """As `export_act`, into a new file that is its owner's alone and appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            exported = await export_act(
                store, keys, signer, blobs, act, file, made_at=made_at, documents=documents, proof=proof
            )
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        part.rename(path)
        sync_directory(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return exported


def _texts(proof: ActProof, vkey: str) -> Iterator[tuple[str, bytes]]:
    enclosed = resources.files("visavis_core.trace") / "enclosed"
    readme = (enclosed / "README.txt").read_text(encoding="utf-8")
    yield "README.txt", readme.replace("{act}", proof.tail.act).replace("{vkey}", vkey).encode()
    yield "verify.py", (enclosed / "verify_act.py").read_bytes()
    yield layout.EVENTS, _join(proof.contents)
    yield layout.INCLUSION, _join(_json.encode(_place(n, place)) for n, place in enumerate(proof.proofs))
    yield layout.LAST_PROOF, proof.proofs[-1].text().encode()
    yield layout.CHECKPOINT, proof.note.encode()
    yield layout.VKEY, f"{vkey}\n".encode()


def _entries(files: Mapping[str, bytes]) -> tuple[FileEntry, ...]:
    return tuple(
        FileEntry(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    )


def _place(n: int, proof: Proof) -> Inclusion:
    return Inclusion(n=n, index=proof.index, path=tuple(base64.b64encode(step).decode() for step in proof.path))


def _join(lines: Iterable[bytes]) -> bytes:
    """JSON never holds a raw newline, so a line is a record's exact bytes."""
    return b"".join(line + b"\n" for line in lines)


def _open_all(envelopes: Sequence[Envelope], key: ActKey) -> list[bytes]:
    return [open_body(envelope, key) for envelope in envelopes]


async def _pictures(
    blobs: Contents, act: str, envelopes: Sequence[Envelope], bodies: Sequence[bytes], limit: int
) -> tuple[dict[str, bytes], list[str]]:
    found: dict[str, bytes] = {}
    absent: list[str] = []
    total = 0
    for envelope, content in zip(envelopes, bodies, strict=True):
        if envelope.type not in {"still.captured", "briefing.provided"}:
            continue
        body = decode_body(content)
        wanted: tuple[str, ...] = (body.sha256,) if isinstance(body, StillCaptured) else ()
        folder = "stills"
        if isinstance(body, BriefingProvided):
            wanted, folder = body.documents, "briefing"
        for sha256 in wanted:
            try:
                stat = await blobs.stat(act, sha256)
                if stat is None:
                    raise BlobMissing
                total += stat.size
                if total > limit:
                    raise ExportTooLarge(act, limit)
                name = f"{folder}/{sha256}.{_SUFFIXES.get(stat.media_type, 'bin')}"
                found[name] = b"".join([stride async for stride in blobs.get(act, sha256)])
            except (BlobMissing, BlobDamaged):
                # The export goes on without it and says so: a lost picture must not hide the rest of the act.
                absent.append(sha256)
    return found, absent


def _plain(name: str) -> str:
    """A document's name inside the archive: letters, digits, dot, dash, underscore."""
    if not name.isascii() or not name.replace(".", "").replace("-", "").replace("_", "").isalnum() or name[0] in ".-":
        raise DraftInvalid("documents")
    return name
