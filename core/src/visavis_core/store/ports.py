"""What the rest of the core asks of a store, as Protocols.

Knows: transactions in one writer and many readers, subject keys, sealed blobs.
Refuses to know: SQLite, PostgreSQL, files or S3.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy import Connection

__all__ = ["BlobStat", "BlobStore", "Keys", "Transactions"]

T = TypeVar("T")


class Transactions(Protocol):
    """Work is a plain function of a connection. It runs whole in one transaction, or not at all."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run in the one writer thread; returns once the transaction is durable. WriteFailed after an I/O error."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run in a reader thread on one snapshot."""
        ...


class Keys(Protocol):
    """Keys by subject pseudonym. Called from the store's threads, never from the loop."""

    def create(self, subjects: tuple[str, ...]) -> None:
        """Draw a 32-byte key for each and make them durable before returning."""
        ...

    def key_of(self, subject: str) -> bytes:
        """SubjectErased when destroyed, KeyMissing when never there."""
        ...

    def shred(self, subject: str) -> None:
        """Destroy the key for ever. Idempotent."""
        ...


class BlobStat(msgspec.Struct, frozen=True, kw_only=True):
    """One stored content by its hash. `size` is in bytes of plain content; `at` is RFC 3339 UTC."""

    act: str
    sha256: str
    size: int
    media_type: str
    at: str


class BlobStore(Protocol):
    """Contents too large for an event, per act, named by the SHA-256 of their exact bytes."""

    async def put(
        self, act: str, chunks: AsyncIterable[bytes], *, sha256: str, limit: int, media_type: str
    ) -> BlobStat: ...

    async def stat(self, act: str, sha256: str) -> BlobStat | None: ...

    def get(self, act: str, sha256: str) -> AsyncIterator[bytes]: ...
