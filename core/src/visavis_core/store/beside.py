"""Writing accounts beside a running server: one short transaction at a time, on a connection of its own.

Knows: SQLite's WAL lets a second process write while the first one waits its turn (milliseconds here, five seconds at
most there), and only the server checkpoints. PostgreSQL never cared.
Refuses to know: the record. Events have one writer, who alone knows where the tree ends; this store cannot append one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, exc
from visavis_sdk.text import Text

from visavis_core.store.engines import open_engine, read_url, sqlite_file
from visavis_core.store.faults import StoreRefused
from visavis_core.store.schema import require_current
from visavis_core.store.sql import REFUSED_STATEMENTS

__all__ = ["StoreBeside"]

T = TypeVar("T")


class StoreBeside:
    """`Transactions` without the writer's lock. StoreRefused says in words what keeps it from working."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, url: str | URL) -> StoreBeside:
        read = read_url(url)
        path = sqlite_file(read)
        if path is not None and not path.is_file():
            raise StoreRefused(Text(fr=f"Aucune base à l’adresse {path}.", en=f"There is no store at {path}."))
        store = cls(open_engine(read, connections=1, writer=True, checkpoints=False))
        try:
            await store.read(require_current)
        except BaseException:
            await store.close()
            raise
        return store

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.write(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """One transaction, whole or not at all. What it takes time to make (a hash) is made before."""
        return await asyncio.to_thread(self._write, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.dispose)

    def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except REFUSED_STATEMENTS:
            raise
        except exc.SQLAlchemyError as error:
            raise StoreRefused(
                Text(
                    fr="La base est occupée ou ne répond pas ; rien n’a été changé. Réessayez.",
                    en="The store is busy or does not answer; nothing was changed. Try again.",
                )
            ) from error
