"""Judging an export zip with the vkey alone: every byte of it is either proved or found.

Knows: the order: list and statement, files, container, then the proofs of each event, then what was opened.
Refuses to know: any store, and any key but the one enclosed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypeVar, cast

import msgspec
from visavis_sdk.events import StillCaptured

from visavis_core.trace import manifest as layout
from visavis_core.trace.archive import Comparison, stream_entry, write_archive
from visavis_core.trace.chain import Tail, follow
from visavis_core.trace.checkpoint import Checkpoint, Verifier, open_checkpoint
from visavis_core.trace.faults import CheckpointInvalid, OpeningFailed, ProofInvalid, RecordBroken
from visavis_core.trace.findings import Finding, Report, find
from visavis_core.trace.manifest import Inclusion, KeyFile, Manifest, open_statement, statement
from visavis_core.trace.merkle import hash_leaf, verify_inclusion
from visavis_core.trace.proof import verify_proof
from visavis_core.trace.reading import decode_body, open_body
from visavis_core.trace.record import Envelope
from visavis_core.trace.sealing import ActKey

__all__ = ["verify_export"]

T = TypeVar("T")


def verify_export(path: str | Path | IO[bytes], vkey: str) -> Report:
    """Verify an export against a vkey had from elsewhere (a printed report, the house's site, a witness).

    All findings that can still be told are told, the most telling first. CheckpointInvalid when the vkey is malformed,
    OSError when there is no such file.
    """
    verifier = Verifier.read(vkey)
    if not isinstance(path, (str, Path)):
        return _Export(path, verifier).judge()
    with open(path, "rb") as file:
        return _Export(file, verifier).judge()


class _Stop(Exception):  # noqa: N818 - nothing after this can be judged
    pass


class _Export:
    def __init__(self, file: IO[bytes], verifier: Verifier) -> None:
        self._file = file
        self._verifier = verifier
        self._vkey = verifier.vkey
        self._findings: list[Finding] = []
        self._act = ""
        self._envelopes: list[Envelope] = []
        self._contents: list[bytes] = []
        self._size = 0

    def judge(self) -> Report:
        try:
            with zipfile.ZipFile(self._file) as self._zip:
                self._names = self._zip.namelist()
                self._judge_all()
        except _Stop:
            pass
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, LookupError, ValueError, OSError, struct.error):
            # What zipfile and the readers below raise on a damaged archive, and there is much of it.
            self._tell("container")
        return Report(events=len(self._envelopes), acts=1, heads=1, size=self._size, findings=tuple(self._findings))

    def _judge_all(self) -> None:
        manifest = self._judge_manifest()
        self._judge_files(manifest)
        if not self._findings:
            self._judge_container(manifest)
        if self._findings and not any(finding.file == layout.EVENTS for finding in self._findings):
            # A file that is not what was exported is named; its proofs would only say so a second time.
            return
        checkpoint = self._judge_head()
        self._judge_chain(manifest)
        self._judge_inclusion(checkpoint)
        if manifest.opened:
            self._judge_opened(manifest)

    def _tell(self, code: str, *, file: str = "", n: int = -1) -> None:
        self._findings.append(find(code, act=self._act if n >= 0 else "", n=n, file=file))

    def _read(self, name: str, limit: int = 1 << 28) -> bytes:
        if self._zip.getinfo(name).file_size > limit:
            self._tell("unreadable", file=name)
            raise _Stop
        return b"".join(self._stream(name))

    def _stream(self, name: str) -> Iterator[bytes]:
        return stream_entry(self._file, self._zip.getinfo(name))

    def _decode(self, name: str, content: bytes, form: type[T]) -> T:
        try:
            decoded = msgspec.json.decode(content, type=form)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._tell("unreadable", file=name)
            raise _Stop from None
        return decoded

    def _judge_manifest(self) -> Manifest:
        for name in (layout.MANIFEST, layout.STATEMENT):
            if name not in self._names:
                self._tell("absent", file=name)
                raise _Stop
        written = self._read(layout.MANIFEST)
        try:
            stated = open_statement(self._read(layout.STATEMENT, 1 << 16).decode(), self._verifier)
        except (CheckpointInvalid, UnicodeDecodeError):
            self._tell("signature", file=layout.STATEMENT)
            raise _Stop from None
        manifest = self._decode(layout.MANIFEST, written, Manifest)
        self._act = manifest.act
        if stated != statement(manifest, written) or manifest.origin != self._verifier.name:
            self._tell("hash", file=layout.MANIFEST)
            raise _Stop
        return manifest

    def _judge_files(self, manifest: Manifest) -> None:
        listed = {entry.name: entry for entry in manifest.files}
        own = {layout.MANIFEST, layout.STATEMENT}
        for name in listed.keys() - set(self._names):
            self._tell("absent", file=name)
        for name in set(self._names) - listed.keys() - own:
            self._tell("foreign", file=name)
        for name in sorted(listed.keys() & set(self._names)):
            entry, digest, size = listed[name], hashlib.sha256(), 0
            for stride in self._stream(name):
                digest.update(stride)
                size += len(stride)
            if size != entry.size or digest.hexdigest() != entry.sha256:
                self._tell("hash", file=name)
        if layout.VKEY in listed and self._read(layout.VKEY, 1024).decode(errors="replace").strip() != self._vkey:
            self._tell("vkey", file=layout.VKEY)

    def _judge_container(self, manifest: Manifest) -> None:
        """An export has one writing. Made again from its files it must be the same archive, to the bit."""
        again = Comparison(self._file)
        names = [*(entry.name for entry in manifest.files), layout.MANIFEST, layout.STATEMENT]
        # typing: zipfile and we use the raw file's writing half, which IO[bytes] describes and RawIOBase does not.
        write_archive(cast("IO[bytes]", again), ((name, self._stream(name)) for name in names))
        if not again.same():
            self._tell("container")

    def _judge_head(self) -> Checkpoint:
        try:
            checkpoint = open_checkpoint(self._read(layout.CHECKPOINT, 1 << 16).decode(), self._verifier)
        except CheckpointInvalid:
            self._tell("signature", file=layout.CHECKPOINT)
            raise _Stop from None
        self._size = checkpoint.size
        return checkpoint

    def _judge_chain(self, manifest: Manifest) -> None:
        self._contents = _lines(self._read(layout.EVENTS))
        tail = Tail(manifest.act)
        for content in self._contents:
            try:
                tail, envelope = follow(tail, content)
            except RecordBroken as error:
                self._tell("chain", file=layout.EVENTS, n=error.n)
                raise _Stop from None
            self._envelopes.append(envelope)
        if (tail.n, tail.head) != (manifest.events, manifest.head):
            self._tell("tail", file=layout.EVENTS, n=tail.n)

    def _judge_inclusion(self, checkpoint: Checkpoint) -> None:
        places = _lines(self._read(layout.INCLUSION))
        if len(places) != len(self._contents):
            self._tell("unreadable", file=layout.INCLUSION)
            raise _Stop
        for n, (content, line) in enumerate(zip(self._contents, places, strict=True)):
            place = self._decode(layout.INCLUSION, line, Inclusion)
            path = [_decode64(step) for step in place.path]
            leaf = hash_leaf(content)
            if place.n != n or not verify_inclusion(leaf, place.index, checkpoint.size, path, checkpoint.root):
                self._tell("proof", file=layout.EVENTS, n=n)
                raise _Stop
        try:
            proved = verify_proof(
                self._read(layout.LAST_PROOF, 1 << 20).decode(), hash_leaf(self._contents[-1]), self._verifier
            )
        except (ProofInvalid, CheckpointInvalid, IndexError):
            proved = None
        if proved != checkpoint:
            self._tell("proof", file=layout.LAST_PROOF)

    def _judge_opened(self, manifest: Manifest) -> None:
        enclosed = self._decode(layout.KEY, self._read(layout.KEY, 4096), KeyFile)
        key_bytes = _decode64(enclosed.key)
        opened = _lines(self._read(layout.OPENED))
        if len(key_bytes) != 32 or len(opened) != len(self._envelopes):
            self._tell("opened", file=layout.OPENED)
            raise _Stop
        key = ActKey(key_bytes)
        if enclosed.kid != key.kid or enclosed.act != manifest.act:
            self._tell("key", file=layout.KEY)
            raise _Stop
        named = set(manifest.absent)
        for envelope, written in zip(self._envelopes, opened, strict=True):
            try:
                body = open_body(envelope, key)
            except OpeningFailed:
                self._tell("key", file=layout.KEY, n=envelope.n)
                raise _Stop from None
            if body != written:
                self._tell("opened", file=layout.OPENED, n=envelope.n)
            elif envelope.type == "still.captured":
                still = decode_body(body)
                named.add(still.sha256 if isinstance(still, StillCaptured) else "")
        for entry in manifest.files:
            if entry.name.startswith("stills/") and entry.sha256 not in named:
                self._tell("still", file=entry.name)


def _lines(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    if lines.pop() != b"":
        raise ValueError("the last line is cut off")
    return lines


def _decode64(text: str) -> bytes:
    """Empty when the text is not base64: no 32-byte value is."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
