"""Contents too large for an event (stills, documents), per act, by the SHA-256 of their exact bytes, sealed at rest.

Knows: streaming in with a limit and a hash to meet, durability in the right order, streaming out.
Refuses to know: what a content shows. File names are random: a directory listing tells nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from visavis_core.store import tables
from visavis_core.store.chunks import SALT_BYTES, SealedWriter, read_sealed
from visavis_core.store.faults import BlobDamaged, BlobMismatch, BlobMissing, BlobStoreFull, BlobTooLarge
from visavis_core.store.ports import BlobStat, Keys, Transactions
from visavis_core.store.sql import REFUSED_STATEMENTS, sync_directory
from visavis_core.trace.faults import UnknownActRecord

__all__ = ["Blobs"]

P = ParamSpec("P")
T = TypeVar("T")

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,48}/[a-z0-9.+-]{1,48}\Z")
# One hop to a thread per this many bytes, not per network packet.
_STRIDE = 1 << 18
_SIMULTANEOUS = 8
UPLOAD_SECONDS = 600.0
_PART = ".part"


class Blobs:
    """Open with `await Blobs.open(…)`. At most 8 uploads at once; more wait their turn."""

    def __init__(self, directory: Path, store: Transactions, keys: Keys, clock: Callable[[], str]) -> None:
        self._directory = directory
        self._store = store
        self._keys = keys
        self._clock = clock
        self._room = asyncio.Semaphore(_SIMULTANEOUS)

    @classmethod
    async def open(cls, directory: Path, store: Transactions, keys: Keys, clock: Callable[[], str]) -> Blobs:
        """Make the directory, and clear what uploads cut off by a crash left behind."""
        await asyncio.to_thread(_prepare, directory)
        return cls(directory, store, keys, clock)

    async def put(
        self,
        act: str,
        chunks: AsyncIterable[bytes],
        *,
        sha256: str,
        limit: int,
        media_type: str = "application/octet-stream",
        timeout: float = UPLOAD_SECONDS,
    ) -> BlobStat:
        """Take a content of at most `limit` bytes with this SHA-256 (64 hex); returns once it is durable and listed.

        The same content put twice is one content; a content listed whose file is gone is written again. BlobTooLarge,
        BlobMismatch, BlobStoreFull, UnknownActRecord, SubjectErased, TimeoutError after `timeout` seconds; none leaves
        a file. Cut off (cancelled, WriteFailed) while being listed, its file stays: the row may be durable even so.
        """
        if not _SHA256.match(sha256) or not _MEDIA_TYPE.match(media_type):
            raise BlobMismatch
        subject = await self._store.read(lambda connection: _subject_of(connection, act))
        key = await asyncio.to_thread(self._keys.key_of, subject)
        name = secrets.token_hex(16)
        path = self._path(name)
        part = path.with_name(name + _PART)
        async with self._room:
            try:
                async with asyncio.timeout(timeout):
                    size = await self._receive(part, chunks, key, act=act, sha256=sha256, limit=limit)
                known = await self._store.read(lambda connection: _row(connection, act, sha256))
                if known is not None:
                    # Success must mean that it can be read back, and a row alone does not.
                    if not await _on_disk(self._path(known.file).is_file):
                        await _on_disk(_keep, part, self._path(known.file))
                    return _stat(known)
                await _on_disk(_keep, part, path)
            finally:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(part.unlink, missing_ok=True)
            stat = BlobStat(act=act, sha256=sha256, size=size, media_type=media_type, at=self._clock())
            return await self._list(stat, name, path)

    async def stat(self, act: str, sha256: str) -> BlobStat | None:
        row = await self._store.read(lambda connection: _row(connection, act, sha256))
        return None if row is None else _stat(row)

    async def get(self, act: str, sha256: str) -> AsyncIterator[bytes]:
        """Stream the plain content. BlobMissing, BlobDamaged, SubjectErased."""
        row = await self._store.read(lambda connection: _row(connection, act, sha256))
        if row is None:
            raise BlobMissing
        subject = await self._store.read(lambda connection: _subject_of(connection, act))
        key = await asyncio.to_thread(self._keys.key_of, subject)
        try:
            file: IO[bytes] = await asyncio.to_thread(open, self._path(row.file), "rb")
        except OSError as error:
            raise BlobDamaged from error
        try:
            content = read_sealed(file, key, act=act, sha256=sha256)
            while stride := await asyncio.to_thread(_take, content):
                yield stride
        finally:
            await asyncio.to_thread(file.close)

    async def read(self, act: str, sha256: str, *, limit: int = 1 << 28) -> bytes:
        """The whole plain content, its hash checked once more. BlobTooLarge above `limit` bytes."""
        stat = await self.stat(act, sha256)
        if stat is None:
            raise BlobMissing
        if stat.size > limit:
            raise BlobTooLarge(limit)
        content = b"".join([stride async for stride in self.get(act, sha256)])
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobDamaged
        return content

    def _path(self, name: str) -> Path:
        return self._directory / name[:2] / name

    async def _receive(
        self, part: Path, chunks: AsyncIterable[bytes], key: bytes, *, act: str, sha256: str, limit: int
    ) -> int:
        file = await _on_disk(_create, part)
        try:
            writer = SealedWriter(file, key, act=act, sha256=sha256, salt=os.urandom(SALT_BYTES))
            digest, size, pending = hashlib.sha256(), 0, bytearray()

            def advance(content: bytes) -> None:
                digest.update(content)
                writer.write(content)

            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise BlobTooLarge(limit)
                pending += chunk
                if len(pending) >= _STRIDE:
                    await _on_disk(advance, bytes(pending))
                    pending.clear()
            await _on_disk(advance, bytes(pending))
            if digest.hexdigest() != sha256:
                raise BlobMismatch
            await _on_disk(_finish, writer, file)
        finally:
            # Closing flushes, and on a full disk flushing fails again: the first failure is the one to tell.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(file.close)
        return size

    async def _list(self, stat: BlobStat, name: str, path: Path) -> BlobStat:
        """The row comes last: what is listed is on disk. Who loses a race for the same content takes the winner's."""
        row = {
            "act": stat.act,
            "sha256": stat.sha256,
            "file": name,
            "size": stat.size,
            "media_type": stat.media_type,
            "at": stat.at,
        }

        def enter(connection: Connection) -> None:
            connection.execute(insert(tables.blob), row)

        try:
            await self._store.write(enter)
        except REFUSED_STATEMENTS as error:
            # Only a refused statement is sure to have listed nothing. After a cancellation or a failed write the row
            # may be durable, and a row without its file is worse than a file without its row.
            await asyncio.to_thread(path.unlink, missing_ok=True)
            winner = await self.stat(stat.act, stat.sha256) if isinstance(error, IntegrityError) else None
            if winner is None:
                raise
            return winner
        return stat


async def _on_disk(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Only our own file's errors are the disk's: a sender that goes away raises OSError too, and means otherwise."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise BlobStoreFull(os.strerror(error.errno or 0)) from error


def _prepare(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    sync_directory(directory.parent)
    # Another process may be receiving (an export on the command line beside the server): only what is older than any
    # upload may last was left by a crash.
    oldest_live = time.time() - 2 * UPLOAD_SECONDS
    for left in directory.glob(f"*/*{_PART}"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < oldest_live:
                left.unlink()


def _create(part: Path) -> IO[bytes]:
    _make_room(part)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _make_room(path: Path) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        sync_directory(path.parent.parent)


def _finish(writer: SealedWriter, file: IO[bytes]) -> None:
    writer.finish()
    file.flush()
    os.fsync(file.fileno())


def _keep(part: Path, path: Path) -> None:
    _make_room(path)
    part.rename(path)
    sync_directory(path.parent)


def _take(content: Iterator[bytes]) -> bytes:
    taken = bytearray()
    for chunk in content:
        taken += chunk
        if len(taken) >= _STRIDE:
            break
    return bytes(taken)


def _subject_of(connection: Connection, act: str) -> str:
    subject = connection.execute(select(tables.act.c.subject).where(tables.act.c.act == act)).scalar_one_or_none()
    if subject is None:
        raise UnknownActRecord(act)
    return str(subject)


def _row(connection: Connection, act: str, sha256: str) -> Row[tuple[str, str, str, int, str, str]] | None:
    return connection.execute(
        select(tables.blob).where(tables.blob.c.act == act, tables.blob.c.sha256 == sha256)
    ).one_or_none()


def _stat(row: Row[tuple[str, str, str, int, str, str]]) -> BlobStat:
    return BlobStat(act=row.act, sha256=row.sha256, size=row.size, media_type=row.media_type, at=row.at)
