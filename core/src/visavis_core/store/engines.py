"""SQLAlchemy engines as the record needs them: durable writes, one writer, quiet readers.

Knows: SQLite's switches (WAL, FULL, BEGIN IMMEDIATE) and PostgreSQL's (synchronous_commit), and which SQLite is sound.
Refuses to know: tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool
from visavis_sdk.text import Text

from visavis_core.store.faults import StoreRefused

__all__ = ["MINIMUM_SQLITE", "check_sqlite", "open_engine", "read_url", "sqlite_file"]

# 3.7.0 to 3.51.2 can corrupt a database when two connections write or checkpoint at once (WAL reset, fixed 3.51.3).
MINIMUM_SQLITE = (3, 51, 3)
BUSY_MILLISECONDS = 5_000


def read_url(url: str | URL) -> URL:
    """`sqlite:///path` or `postgresql+psycopg://…`; anything else is refused in words."""
    try:
        read = make_url(url)
    except ArgumentError as error:
        raise StoreRefused(Text(fr="Adresse de base illisible.", en="Unreadable store address.")) from error
    if read.drivername not in {"sqlite", "postgresql+psycopg"} or (read.drivername == "sqlite" and not read.database):
        raise StoreRefused(
            Text(
                fr="La base doit être « sqlite:///chemin » ou « postgresql+psycopg://… ».",
                en="The store must be “sqlite:///path” or “postgresql+psycopg://…”.",
            )
        )
    return read


def sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def check_sqlite(version: tuple[int, ...] = sqlite.sqlite_version_info) -> None:
    if version < MINIMUM_SQLITE:
        found = ".".join(map(str, version))
        needed = ".".join(map(str, MINIMUM_SQLITE))
        raise StoreRefused(
            Text(
                fr=f"SQLite {found} peut corrompre ses données ; {needed} au moins est nécessaire (paquet pysqlite3).",
                en=f"SQLite {found} can corrupt its data; {needed} or later is needed (package pysqlite3).",
            )
        )


def open_engine(url: URL, *, connections: int, writer: bool, checkpoints: bool = True) -> Engine:
    """An engine with a fixed number of connections. `checkpoints` false: a writer beside the one that does them.

    Parameters never appear in errors: they may hold patient data."""
    common: dict[str, Any] = {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": 30,
        "hide_parameters": True,
    }
    if url.drivername != "sqlite":
        options = "-c synchronous_commit=on -c timezone=UTC -c lock_timeout=10000"
        if not writer:
            options += " -c default_transaction_read_only=on"
        return create_engine(url, pool_pre_ping=not writer, connect_args={"options": options}, **common)
    check_sqlite()
    engine = create_engine(
        url,
        module=sqlite,
        poolclass=QueuePool,
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
        **common,
    )
    _tune_sqlite(engine, writer=writer, checkpoints=writer and checkpoints)
    return engine


def _tune_sqlite(engine: Engine, *, writer: bool, checkpoints: bool) -> None:
    pragmas = [
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",  # NORMAL loses acknowledged events in a power cut
        "PRAGMA mmap_size=0",  # an I/O error must be an error code, not a signal
        "PRAGMA foreign_keys=ON",
        "PRAGMA secure_delete=ON",
        # Only the writer checkpoints; see MINIMUM_SQLITE.
        "PRAGMA wal_autocheckpoint=1000" if checkpoints else "PRAGMA wal_autocheckpoint=0",
    ]
    if not writer:
        pragmas = [pragma for pragma in pragmas if "journal_mode" not in pragma] + ["PRAGMA query_only=ON"]

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: ours begin as the next listener says.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")
