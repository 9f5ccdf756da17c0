"""The record: events, act tails, signed heads, blobs.

Written out, not taken from `tables`: a step means the same for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_trace"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "event",
        sa.Column("position", position, primary_key=True, autoincrement=False),
        sa.Column("act", sa.String(128), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_index("uq_event_act_n", "event", ["act", "n"], unique=True)
    op.create_table(
        "act",
        sa.Column("act", sa.String(128), primary_key=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("opened_position", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_act_subject", "act", ["subject"])
    op.create_index("ix_act_opened_position", "act", ["opened_position"])
    op.create_table(
        "checkpoint",
        sa.Column("size", position, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "blob",
        sa.Column("act", sa.String(128), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.UniqueConstraint("file", name="uq_blob_file"),
    )
