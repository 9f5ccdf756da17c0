"""Sign-ins: opaque 256-bit tokens in a cookie, rows on the server, limits on idleness and age.

Knows: a token is stored as its SHA-256 only; every change of level draws a new one; a row can be revoked at once.
Refuses to know: how the person proved who they are (`signing_in`).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from typing import Literal

import msgspec
import sqlalchemy as sa

from visavis_core.identity.accounts import Account
from visavis_core.identity.subject import ProfessionalIdentity, Subject
from visavis_core.identity.tables import account as account_table
from visavis_core.identity.tables import sign_in as table
from visavis_core.moments import Clock, later, seconds_between
from visavis_core.store.faults import StoreFault
from visavis_core.store.ports import Transactions

__all__ = ["COOKIE", "Pending", "Renewal", "SessionLimits", "Sessions", "hash_token"]

COOKIE = "__Host-visavis"
PENDING_SECONDS = 5 * 60  # between the password and the code
TOUCH_AFTER_SECONDS = 60  # a page a second must not be a write a second
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{43}$")

Kind = Literal["account", "guest", "pending", "renewal"]


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. A guest has no idle limit: a relative beside a patient touches nothing for an hour."""

    idle: int
    absolute: int
    guest: int


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """The password was right; the code is awaited."""

    account: str


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """Everything was right, with a password that is good once: only another one can be chosen with this."""

    account: str
    amr: tuple[str, ...]


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    def __init__(self, *, store: Transactions, clock: Clock, limits: SessionLimits) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits

    async def open_account(self, account: Account, amr: tuple[str, ...], replaces: str = "") -> str:
        """A new token for a signed-in account; the one it replaces is void from this moment."""
        acr = "aal2" if len(amr) > 1 else "aal1"  # NIST SP 800-63B §4
        return await self._open(
            "account", replaces, seconds=self._limits.absolute, account=account.id, acr=acr, amr=amr
        )

    async def open_pending(self, account: Account, replaces: str = "") -> str:
        return await self._open("pending", replaces, seconds=PENDING_SECONDS, account=account.id, acr="", amr=("pwd",))

    async def open_renewal(self, account: Account, amr: tuple[str, ...], replaces: str = "") -> str:
        return await self._open("renewal", replaces, seconds=PENDING_SECONDS, account=account.id, acr="", amr=amr)

    async def open_guest(self, act: str, participant: str, replaces: str = "") -> str:
        return await self._open(
            "guest", replaces, seconds=self._limits.guest, act=act, participant=participant, acr="aal1", amr=("link",)
        )

    async def subject(self, token: str) -> Subject | None:
        """Who this token stands for now, or None: unknown, too old, idle too long, or the account was closed."""
        row = await self._row(token)
        if row is None or row.kind in ("pending", "renewal"):
            return None
        if row.kind == "guest":
            return Subject(
                kind="guest",
                id=row.participant,
                acr=row.acr,
                amr=tuple(row.amr.split()),
                act=row.act,
                participant=row.participant,
            )
        identity = msgspec.json.decode(row.identity, type=ProfessionalIdentity)
        return Subject(
            kind="account",
            id=row.account,
            identity=identity,
            system_roles=tuple(row.roles.split()),
            acr=row.acr,
            amr=tuple(row.amr.split()),
            display_name=identity.display_name,
            language=row.language,
        )

    async def pending(self, token: str) -> Pending | None:
        row = await self._row(token)
        return Pending(account=row.account) if row is not None and row.kind == "pending" else None

    async def renewal(self, token: str) -> Renewal | None:
        row = await self._row(token)
        if row is None or row.kind != "renewal":
            return None
        return Renewal(account=row.account, amr=tuple(row.amr.split()))

    async def close(self, token: str) -> None:
        await self._store.write(lambda c: c.execute(sa.delete(table).where(table.c.token_sha256 == hash_token(token))))

    async def close_all(self, account: str) -> None:
        await self._store.write(lambda c: c.execute(sa.delete(table).where(table.c.account == account)))

    async def sweep(self) -> None:
        """Forgets what has expired; run now and then, nothing depends on it."""
        now = self._clock()
        await self._store.write(lambda c: c.execute(sa.delete(table).where(table.c.expires_at < now)))

    async def _open(
        self,
        kind: Kind,
        replaces: str,
        *,
        seconds: int,
        acr: str,
        amr: tuple[str, ...],
        account: str = "",
        act: str = "",
        participant: str = "",
    ) -> str:
        token = secrets.token_urlsafe(32)
        now = self._clock()
        row = {
            "token_sha256": hash_token(token),
            "kind": kind,
            "account": account,
            "act": act,
            "participant": participant,
            "acr": acr,
            "amr": " ".join(amr),
            "created_at": now,
            "seen_at": now,
            "expires_at": later(now, seconds),
        }

        def write(connection: sa.Connection) -> None:
            if replaces:
                connection.execute(sa.delete(table).where(table.c.token_sha256 == hash_token(replaces)))
            connection.execute(sa.insert(table).values(**row))

        await self._store.write(write)
        return token

    async def _row(self, token: str) -> sa.Row[tuple[object, ...]] | None:
        if not _TOKEN.match(token):
            return None
        hashed = hash_token(token)
        joined = sa.select(
            table, account_table.c.roles, account_table.c.identity, account_table.c.language
        ).select_from(
            table.outerjoin(account_table, sa.and_(table.c.account == account_table.c.id, account_table.c.active))
        )
        row = await self._store.read(lambda c: c.execute(joined.where(table.c.token_sha256 == hashed)).first())
        if row is None or (row.kind != "guest" and row.identity is None):
            return None
        now = self._clock()
        idle = seconds_between(row.seen_at, now)
        if now >= row.expires_at or (row.kind == "account" and idle > self._limits.idle):
            # Nothing depends on the row going: the next request judges it the same way.
            await self._write_if_possible(sa.delete(table).where(table.c.token_sha256 == hashed))
            return None
        if idle > TOUCH_AFTER_SECONDS:
            await self._write_if_possible(sa.update(table).where(table.c.token_sha256 == hashed).values(seen_at=now))
        return row

    async def _write_if_possible(self, change: sa.Executable) -> None:
        """A store that only reads must keep nobody from reading: pages, exports and plan B stay within reach."""
        with contextlib.suppress(StoreFault):
            await self._store.write(lambda connection: connection.execute(change))
