"""What an operator does to somebody's account: close it, open it, and replace what was lost.

Knows: each deed is one transaction with the end of the account's sign-ins and a row that says who did it.
Refuses to know: who may do so (a shell on the machine is the permission) and how a secret is shown.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
import sqlalchemy as sa
from visavis_sdk.text import Text

from visavis_core.identity.accounts import Account, AccountRefused, Accounts, fold_login
from visavis_core.identity.changes import Change, note_of
from visavis_core.identity.passwords import Passwords
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.tables import account as table
from visavis_core.identity.tables import change as change_table
from visavis_core.identity.tables import sign_in
from visavis_core.moments import Clock, later
from visavis_core.store.ports import Transactions

__all__ = ["ONE_TIME_SECONDS", "Administration", "Noted", "draw_password"]

ONE_TIME_SECONDS = 72 * 60 * 60  # given on a Friday, used on a Monday
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else when read aloud
_GROUPS, _GROUP = 4, 5  # 20 signs of 31: 99 bits


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done to one account."""

    at: str
    change: str
    by: str


class Administration:
    def __init__(
        self, *, store: Transactions, accounts: Accounts, passwords: Passwords, factor: SecondFactor, clock: Clock
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._passwords = passwords
        self._factor = factor
        self._clock = clock

    async def disable(self, login: str, *, by: str) -> Account:
        """Nobody signs in with it any more, and whoever is signed in is not, from their next request on."""
        return await self._change(login, "account.disabled", by, active=False)

    async def enable(self, login: str, *, by: str) -> Account:
        return await self._change(login, "account.enabled", by, active=True)

    async def reset_password(self, login: str, *, by: str) -> str:
        """A password good once, for 72 hours, to choose another with; returned here only."""
        password = draw_password()
        hashed = await self._passwords.hash(password)
        until = later(self._clock(), ONE_TIME_SECONDS)
        await self._change(login, "password.reset", by, password=hashed, one_time_until=until)
        return password

    async def reset_second_factor(self, login: str, *, by: str) -> str:
        """A new second factor in the place of the lost one; its base32 secret is returned here only."""
        account = await self._found(login)
        secret = self._factor.draw()
        sealed = self._factor.seal(secret, account.id)
        await self._change(login, "second_factor.reset", by, totp=sealed, totp_step=0)
        return secret

    async def changes(self, login: str) -> tuple[Noted, ...]:
        """What was done to an account, oldest first."""
        account = await self._found(login)
        asked = sa.select(change_table).where(change_table.c.account == account.id).order_by(change_table.c.id)
        rows = await self._store.read(lambda c: c.execute(asked).all())
        return tuple(Noted(at=row.at, change=row.change, by=row.by) for row in rows)

    async def _change(self, login: str, change: Change, by: str, **values: Any) -> Account:
        account = await self._found(login)
        at = self._clock()

        def write(connection: sa.Connection) -> None:
            connection.execute(sa.update(table).where(table.c.id == account.id).values(**values))
            connection.execute(sa.delete(sign_in).where(sign_in.c.account == account.id))
            connection.execute(note_of(at, account.id, change, by))

        await self._store.write(write)
        return account

    async def _found(self, login: str) -> Account:
        account = await self._accounts.find(login)
        if account is None:
            shown = fold_login(login)[:60]
            raise AccountRefused(
                "account.unknown",
                Text(
                    fr=f"Aucun compte « {shown} ». « visavis user list » les montre.",
                    en=f"There is no account “{shown}”. “visavis user list” shows them.",
                ),
            )
        return account


def draw_password() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
