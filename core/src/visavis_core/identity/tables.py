"""The tables of identity: accounts, what was done to them, sign-ins and invitation links.

Knows: columns. Tokens are kept only as SHA-256, passwords as Argon2id, second-factor secrets sealed.
Refuses to know: patients. Nothing about a patient or a guest's name is ever written here; that is sealed in the act.
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["METADATA", "account", "change", "invitation", "sign_in"]

METADATA = sa.MetaData()

account = sa.Table(
    "identity_account",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("login", sa.String(120), nullable=False, unique=True),  # folded to lower case
    sa.Column("password", sa.String(200), nullable=False),  # Argon2id, PHC string
    sa.Column("totp", sa.LargeBinary),  # sealed secret; null = no second factor enrolled
    sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),  # last 30 s step accepted (RFC 6238)
    sa.Column("roles", sa.String(200), nullable=False),  # space-separated system roles
    sa.Column("identity", sa.LargeBinary, nullable=False),  # ProfessionalIdentity as JSON
    sa.Column("language", sa.String(8), nullable=False, server_default=""),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("one_time_until", sa.String(32)),  # the password is good until then, to choose another; null = their own
)

change = sa.Table(
    "identity_change",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("change", sa.String(40), nullable=False),  # account.added, account.disabled, password.reset…
    sa.Column("by", sa.String(120), nullable=False),  # "operator:NAME" of the command line, or an account id
    sa.Index("identity_change_account", "account"),
)

sign_in = sa.Table(
    "identity_sign_in",
    METADATA,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # account | guest | pending | renewal
    sa.Column("account", sa.String(64), nullable=False, server_default=""),
    sa.Column("act", sa.String(128), nullable=False, server_default=""),  # of a guest
    sa.Column("participant", sa.String(128), nullable=False, server_default=""),  # of a guest
    sa.Column("acr", sa.String(32), nullable=False),
    sa.Column("amr", sa.String(120), nullable=False),  # space-separated, RFC 8176
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("seen_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("identity_sign_in_account", "account"),
    sa.Index("identity_sign_in_act", "act"),
)

invitation = sa.Table(
    "identity_invitation",
    METADATA,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(128), nullable=False),
    sa.Column("act", sa.String(128), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Column("consumed_at", sa.String(32)),
    sa.Index("identity_invitation_act", "act"),
)
