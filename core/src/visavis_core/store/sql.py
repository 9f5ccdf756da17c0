"""The SQL store: one thread and one connection write, a few threads read, and a failed write ends writing.

Knows: transactions, durability, the lock that keeps a second writer out, and the step from open to faulted.
Refuses to know: what is written. The record and the accounts bring their own statements as functions of a connection.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, exc, inspect, text
from visavis_sdk.text import Text

from visavis_core.store.engines import open_engine, read_url, sqlite_file
from visavis_core.store.faults import ReadFailed, StoreBusy, StoreRefused, WriteFailed
from visavis_core.store.schema import upgrade

__all__ = ["REFUSED_STATEMENTS", "Store", "sync_directory"]

T = TypeVar("T")

# "visavis" in ASCII, as the key of PostgreSQL's advisory lock: one sequencer per database.
_ADVISORY_LOCK = int.from_bytes(b"visavis", "big")
# A statement that was refused for what it said; the disk is well and the store goes on.
REFUSED_STATEMENTS = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)


class Store:
    """Open with `await Store.open(url)`; every write goes through `write`, so there is never a second writer."""

    def __init__(self, url: URL, *, readers: int, read_only: bool) -> None:
        self.url = url
        self.read_only = read_only
        self.faulted = ""
        self._closed = False
        self._readers = readers
        self._lock: int | None = None
        self._write_engine: Engine | None = None
        self._connection: Connection | None = None
        self._read_engine: Engine | None = None
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._read_threads = ThreadPoolExecutor(readers, thread_name_prefix="store-reader")

    @classmethod
    async def open(cls, url: str | URL, *, readers: int = 4, read_only: bool = False) -> Store:
        """Take the writer's lock, bring the schema to this version, and be ready.

        `read_only` looks at a store that another process may be writing. StoreRefused, StoreBusy, SchemaNewer.
        """
        store = cls(read_url(url), readers=readers, read_only=read_only)
        try:
            await asyncio.get_running_loop().run_in_executor(store._write_thread, store._open)
        except BaseException:
            await store.close()
            raise
        return store

    def _open(self) -> None:
        path = sqlite_file(self.url)
        if self.read_only:
            if path is not None and not path.is_file():
                raise StoreRefused(Text(fr=f"Aucune base à l’adresse {path}.", en=f"There is no store at {path}."))
        else:
            if path is not None:
                self._lock = _prepare_file(path)
            self._connect_writer()
        self._read_engine = open_engine(self.url, connections=self._readers, writer=False)
        with self._read_engine.connect() as connection:
            if self.read_only and not inspect(connection).has_table("event"):
                raise StoreRefused(Text(fr="Cette base n’est pas celle d’un visavis.", en="This is no visavis store."))

    def _connect_writer(self) -> None:
        self._write_engine = open_engine(self.url, connections=1, writer=True)
        try:
            self._connection = connection = self._write_engine.connect()
            if self.url.drivername != "sqlite":
                # Session lock on the very connection that writes: whoever loses it has lost the means to write too.
                taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK}).scalar()
                connection.commit()
                if not taken:
                    raise StoreBusy
            with connection.begin():
                upgrade(connection)
        except exc.DBAPIError as error:
            raise StoreRefused(
                Text(fr=f"La base ne s’ouvre pas ({_cause(error)}).", en=f"The store does not open ({_cause(error)}).")
            ) from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer thread as one durable transaction.

        WriteFailed when the write failed below SQL: it may or may not be on disk, and nothing more is written by
        this store. Whatever else `work` raises rolls back and comes through.
        """
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._write, work)

    def _write(self, work: Callable[[Connection], T]) -> T:
        if self.faulted or self._connection is None:
            raise WriteFailed(self.faulted or "closed")
        try:
            with self._connection.begin():
                return work(self._connection)
        except REFUSED_STATEMENTS:
            raise
        except (exc.SQLAlchemyError, OSError, MemoryError) as error:
            # A sync that failed may succeed when repeated although the pages are gone: never try again here.
            self.faulted = _cause(error)
            raise WriteFailed(self.faulted) from error

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader thread on one snapshot, also while faulted. ReadFailed when nothing can be read."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        if self._read_engine is None:
            raise ReadFailed("closed")
        try:
            with self._read_engine.connect() as connection, connection.begin():
                return work(connection)
        except (exc.OperationalError, exc.DatabaseError, exc.InterfaceError) as error:
            raise ReadFailed(_cause(error)) from error

    def _disconnect_writer(self) -> None:
        if self._connection is not None:
            if self.faulted:
                self._connection.invalidate()
            self._connection.close()
            self._connection = None
        if self._write_engine is not None:
            self._write_engine.dispose()
            self._write_engine = None

    async def close(self) -> None:
        """Readers first: the writer's connection must be the last, and make SQLite's final checkpoint. Idempotent."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._read_threads.shutdown)
        if self._read_engine is not None:
            self._read_engine.dispose()
            self._read_engine = None
        await loop.run_in_executor(self._write_thread, self._disconnect_writer)
        await loop.run_in_executor(None, self._write_thread.shutdown)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _prepare_file(path: Path) -> int:
    """Make the folder and file private and durable, and take the writer's lock. Returns the lock's descriptor."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            sync_directory(path.parent)
        except BaseException:
            os.close(lock)
            raise
    except BlockingIOError as error:
        raise StoreBusy from error
    except OSError as error:
        raise StoreRefused(
            Text(
                fr=f"Impossible d’écrire à l’adresse {path} ({_cause(error)}).",
                en=f"Cannot write at {path} ({_cause(error)}).",
            )
        ) from error
    return lock


def sync_directory(path: Path) -> None:
    """A new name is only as durable as its directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _cause(error: BaseException) -> str:
    """A short code for people and alarms: `SQLITE_FULL`, `ENOSPC`, an SQLSTATE. Never the message: it quotes data."""
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno else type(error).__name__
    original = getattr(error, "orig", None)
    for name in ("sqlite_errorname", "sqlstate"):
        code = getattr(original, name, None)
        if isinstance(code, str):
            return code
    return type(original or error).__name__
