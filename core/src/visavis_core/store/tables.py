"""The tables of the record. The migrations create them; this is what queries are written with.

Knows: columns. An event row is immutable: nothing in the core updates or deletes one.
Refuses to know: SQL dialects, and what the bytes say.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

__all__ = ["act", "blob", "checkpoint", "event", "metadata"]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

# One leaf of the tree: `leaf` = SHA-256(0x00 || content). `position` counts from 0 without gap over all acts.
event = Table(
    "event",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("act", String(128), nullable=False),
    Column("n", Integer, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("uq_event_act_n", "act", "n", unique=True),
)

# The tail of each act's chain, written in the same transaction as its events.
act = Table(
    "act",
    metadata,
    Column("act", String(128), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("subject", String(128), nullable=False, index=True),
    Column("opened_position", BigInteger, nullable=False, index=True),
)

# Signed heads. `peaks` (roots of the complete subtrees) lets a start continue the tree without hashing it all again:
# they fold to the signed root, or the start falls back to every leaf.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("note", Text, nullable=False),
    Column("peaks", LargeBinary, nullable=False),
)

blob = Table(
    "blob",
    metadata,
    Column("act", String(128), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("file", String(64), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("at", String(27), nullable=False),
)
