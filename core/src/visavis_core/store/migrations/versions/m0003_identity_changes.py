"""Identity: passwords good once, and what was done to accounts by whom.

Written out, not taken from `identity.tables`: a step means the same for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_identity_changes"
down_revision = "0002_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_account", sa.Column("one_time_until", sa.String(32)))
    op.create_table(
        "identity_change",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("change", sa.String(40), nullable=False),
        sa.Column("by", sa.String(120), nullable=False),
    )
    op.create_index("identity_change_account", "identity_change", ["account"])
