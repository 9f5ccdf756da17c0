"""Judging the pictures and papers of a store: what the events refer to is listed, present, whole and of its hash.

Knows: the blob table, the sealed files, and which events refer to a content.
Refuses to know: what a content shows. It is opened with its key, hashed and forgotten, chunk by chunk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Row, func, select
from visavis_sdk.events import BriefingProvided, StillCaptured

from visavis_core.store import tables
from visavis_core.store.chunks import read_sealed
from visavis_core.store.engines import open_engine, read_url
from visavis_core.store.faults import BlobDamaged, KeyMissing
from visavis_core.store.ports import Keys
from visavis_core.trace.faults import SubjectErased
from visavis_core.trace.findings import Finding, find
from visavis_core.trace.reading import decode_body, open_body
from visavis_core.trace.record import HOUSE, decode
from visavis_core.trace.sealing import ActKey

__all__ = ["Contents", "verify_contents"]

MAX_FINDINGS = 100
_REFERRING = frozenset({"still.captured", "briefing.provided"})
_STRIDE = 500


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """`looked` contents were opened and hashed; `erased` are of subjects whose key was destroyed: expected gone."""

    looked: int
    erased: int
    findings: tuple[Finding, ...] = ()


def verify_contents(url: str, keys: Keys, directory: Path, progress: Callable[[int, int], None]) -> Contents:
    """Beside a running server, of a record that was verified: one snapshot's table, the files as they are.

    At most 100 findings. TraceFault when an event that refers to a content does not open.
    """
    engine = open_engine(read_url(url), connections=1, writer=False)
    try:
        with engine.connect() as connection, connection.begin():
            return _judge(connection, keys, directory, progress)
    finally:
        engine.dispose()


def _judge(connection: Connection, keys: Keys, directory: Path, progress: Callable[[int, int], None]) -> Contents:
    subjects = {row.act: row.subject for row in connection.execute(select(tables.act.c.act, tables.act.c.subject))}
    wanted = _read_references(connection, keys, subjects)
    total = connection.execute(select(func.count()).select_from(tables.blob)).scalar_one()
    looked = erased = 0
    findings: list[Finding] = []
    for done, row in enumerate(connection.execute(select(tables.blob)), start=1):
        n = wanted.pop((row.act, row.sha256), -1)
        code = ""
        try:
            code = _judge_file(directory / row.file[:2] / row.file, keys.key_of(subjects.get(row.act, "")), row)
            looked += 1
        except SubjectErased:
            erased += 1
        except KeyMissing:
            code = "content_key"
        if code and len(findings) < MAX_FINDINGS:
            findings.append(find(code, act=row.act, n=n, detail=str(row.sha256)))
        progress(done, total)
    for (act, sha256), n in wanted.items():
        if len(findings) < MAX_FINDINGS:
            findings.append(find("content_unlisted", act=act, n=n, detail=sha256))
    return Contents(looked=looked, erased=erased, findings=tuple(findings))


def _read_references(connection: Connection, keys: Keys, subjects: dict[str, str]) -> dict[tuple[str, str], int]:
    """(act, SHA-256) to the number of the first event that refers to it; none of an erased subject."""
    wanted: dict[tuple[str, str], int] = {}
    event = tables.event.c
    contents = select(event.act, event.n, event.content).where(event.act != HOUSE).order_by(event.position)
    with connection.execute(contents, execution_options={"yield_per": _STRIDE}) as rows:
        for act, n, content in rows:
            envelope = decode(bytes(content), act, n)
            if envelope.type not in _REFERRING:
                continue
            try:
                key = ActKey.derive(keys.key_of(subjects[envelope.act]), envelope.act)
            except SubjectErased:
                continue
            body = decode_body(open_body(envelope, key))
            named: tuple[str, ...] = (body.sha256,) if isinstance(body, StillCaptured) else ()
            if isinstance(body, BriefingProvided):
                named = body.documents
            for sha256 in named:
                wanted.setdefault((envelope.act, sha256), envelope.n)
    return wanted


def _judge_file(path: Path, key: bytes, row: Row[tuple[str, str, str, int, str, str]]) -> str:
    """The code of what is wrong, or nothing."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            for chunk in read_sealed(file, key, act=row.act, sha256=row.sha256):
                digest.update(chunk)
                size += len(chunk)
    except FileNotFoundError:
        return "content_absent"
    except (BlobDamaged, OSError):
        return "content_damaged"
    return "" if digest.hexdigest() == row.sha256 and size == row.size else "content_damaged"
