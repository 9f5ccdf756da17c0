"""Identity: accounts, sign-ins, invitation links.

Written out, not taken from `identity.tables`: a step means the same for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_identity"
down_revision = "0001_trace"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_account",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(120), nullable=False, unique=True),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("totp", sa.LargeBinary()),
        sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False, server_default=""),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "identity_sign_in",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("account", sa.String(64), nullable=False, server_default=""),
        sa.Column("act", sa.String(128), nullable=False, server_default=""),
        sa.Column("participant", sa.String(128), nullable=False, server_default=""),
        sa.Column("acr", sa.String(32), nullable=False),
        sa.Column("amr", sa.String(120), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
    )
    op.create_index("identity_sign_in_account", "identity_sign_in", ["account"])
    op.create_index("identity_sign_in_act", "identity_sign_in", ["act"])
    op.create_table(
        "identity_invitation",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("act", sa.String(128), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("consumed_at", sa.String(32)),
    )
    op.create_index("identity_invitation_act", "identity_invitation", ["act"])
