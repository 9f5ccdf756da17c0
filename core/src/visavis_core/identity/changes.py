"""What was done to an account, by whom: one row in the same transaction as the deed.

Knows: the words a change is kept under.
Refuses to know: acts. Who opened which dossier is in the act's own record, not here.
"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa

from visavis_core.identity.tables import change as table

__all__ = ["Change", "note_of"]

Change = Literal[
    "account.added",
    "account.disabled",
    "account.enabled",
    "password.changed",
    "password.reset",
    "second_factor.enrolled",
    "second_factor.reset",
]


def note_of(at: str, account: str, change: Change, by: str) -> sa.Insert:
    """`by` is an account's id or `operator:NAME`; `at` is RFC 3339."""
    return sa.insert(table).values(at=at, account=account, change=change, by=by[:120])
