"""The accounts of a practice: who may sign in, as whom, with what.

Knows: professionals' identities (B4), their hashed passwords and sealed second factors.
Refuses to know: what an account may do (`permissions`) and whether it is signed in (`sessions`).
"""

from __future__ import annotations

import re

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from visavis_sdk.text import Text

from visavis_core.identity.changes import note_of
from visavis_core.identity.passwords import Passwords, weakness_of
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity
from visavis_core.identity.tables import account as table
from visavis_core.identity.tables import sign_in
from visavis_core.moments import Clock, Ids, moment
from visavis_core.store.ports import Transactions

__all__ = ["Account", "AccountRefused", "Accounts"]

_LOGIN = re.compile(r"^[a-z0-9][a-z0-9._@+-]{1,118}$")
_ROLES = frozenset({CLINICIAN, ADMIN})
SAME_PASSWORD = Text(
    fr="C’est le mot de passe que vous venez de recevoir. Choisissez-en un autre.",
    en="This is the password you were just given. Choose another.",
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the program knows of an account in memory; never its password or secret."""

    id: str
    login: str
    roles: tuple[str, ...]
    identity: ProfessionalIdentity
    language: str
    active: bool
    created_at: str
    has_second_factor: bool
    must_change_password: bool = False


class AccountRefused(ValueError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """An account cannot be made as asked. `message` says why and what to do."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(message.en)
        self.code, self.message = code, message


class Accounts:
    def __init__(
        self, *, store: Transactions, passwords: Passwords, factor: SecondFactor, clock: Clock, ids: Ids
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._factor = factor
        self._clock = clock
        self._ids = ids

    async def add(
        self,
        *,
        login: str,
        password: str,
        identity: ProfessionalIdentity,
        roles: tuple[str, ...] = (CLINICIAN,),
        language: str = "",
        by: str = "",
    ) -> Account:
        folded = fold_login(login)
        _refuse_unfit(folded, password, identity, roles)
        account = Account(
            id=self._ids("account"),
            login=folded,
            roles=roles,
            identity=identity,
            language=language,
            active=True,
            created_at=self._clock(),
            has_second_factor=False,
        )
        row = {
            "id": account.id,
            "login": folded,
            "password": await self._passwords.hash(password),
            "roles": " ".join(roles),
            "identity": msgspec.json.encode(identity),
            "language": language,
            "active": True,
            "created_at": account.created_at,
        }

        def write(connection: sa.Connection) -> None:
            connection.execute(sa.insert(table).values(**row))
            connection.execute(note_of(account.created_at, account.id, "account.added", by or account.id))

        try:
            await self._store.write(write)
        except IntegrityError:
            raise AccountRefused(
                "account.login_taken",
                Text(fr="Cet identifiant est déjà pris.", en="This login is already taken."),
            ) from None
        return account

    async def get(self, account_id: str) -> Account | None:
        return await self._one(table.c.id == account_id)

    async def find(self, login: str) -> Account | None:
        return await self._one(table.c.login == fold_login(login))

    async def all(self) -> tuple[Account, ...]:
        rows = await self._store.read(lambda c: c.execute(sa.select(table).order_by(table.c.login)).all())
        return tuple(_account(row) for row in rows)

    async def check_password(self, login: str, password: str) -> Account | None:
        """The active account, or None; an unknown login takes as long as a wrong password."""
        folded = fold_login(login)
        row = await self._store.read(lambda c: c.execute(sa.select(table).where(table.c.login == folded)).first())
        matches = await self._passwords.verify(None if row is None else row.password, password)
        if row is None or not matches or not row.active:
            return None
        # A one-time password past its hour is a wrong one: its sentence must not say that it was right once.
        return None if row.one_time_until is not None and row.one_time_until <= self._clock() else _account(row)

    async def change_password(self, account_id: str, password: str) -> None:
        """The person's own choice: not the password they came in with. Ends every sign-in of the account."""
        row = await self._store.read(lambda c: c.execute(sa.select(table).where(table.c.id == account_id)).first())
        if row is None:
            raise LookupError("no such account")
        weakness = weakness_of(password, row.login)
        if weakness is not None:
            raise AccountRefused("account.weak_password", weakness)
        if await self._passwords.verify(row.password, password):
            raise AccountRefused("account.same_password", SAME_PASSWORD)
        hashed = await self._passwords.hash(password)
        at = self._clock()

        def write(connection: sa.Connection) -> None:
            own = sa.update(table).where(table.c.id == account_id).values(password=hashed, one_time_until=None)
            connection.execute(own)
            connection.execute(sa.delete(sign_in).where(sign_in.c.account == account_id))
            connection.execute(note_of(at, account_id, "password.changed", account_id))

        await self._store.write(write)

    async def enrol(self, account_id: str, *, by: str = "") -> str:
        """Draws and keeps a new second factor; returns its base32 secret, which is shown once."""
        secret = self._factor.draw()
        sealed = self._factor.seal(secret, account_id)
        at = self._clock()

        def write(connection: sa.Connection) -> None:
            connection.execute(sa.update(table).where(table.c.id == account_id).values(totp=sealed, totp_step=0))
            connection.execute(note_of(at, account_id, "second_factor.enrolled", by or account_id))

        await self._store.write(write)
        return secret

    async def check_code(self, account_id: str, code: str) -> bool:
        """Is this the current code? Each is good once: the step is taken in the same statement that compares it."""
        row = await self._store.read(
            lambda c: c.execute(sa.select(table.c.totp).where(table.c.id == account_id)).first()
        )
        if row is None or row.totp is None:
            return False
        secret = self._factor.open(row.totp, account_id)
        step = self._factor.step_of(secret, code, moment(self._clock()))
        if step is None:
            return False
        taken = sa.update(table).where(table.c.id == account_id, table.c.totp_step < step).values(totp_step=step)
        return bool(await self._store.write(lambda c: c.execute(taken).rowcount == 1))

    async def _one(self, condition: sa.ColumnElement[bool]) -> Account | None:
        row = await self._store.read(lambda c: c.execute(sa.select(table).where(condition)).first())
        return None if row is None else _account(row)


def fold_login(login: str) -> str:
    return login.strip().casefold()


def _refuse_unfit(login: str, password: str, identity: ProfessionalIdentity, roles: tuple[str, ...]) -> None:
    if not _LOGIN.match(login):
        raise AccountRefused(
            "account.login_invalid",
            Text(
                fr="L’identifiant doit compter de 2 à 119 lettres, chiffres ou signes . _ @ + -.",
                en="The login needs 2 to 119 letters, digits or . _ @ + - signs.",
            ),
        )
    if not identity.family_name.strip():
        raise AccountRefused("account.name_missing", Text(fr="Le nom manque.", en="The family name is missing."))
    if not roles or not set(roles) <= _ROLES:
        listed = ", ".join(sorted(_ROLES))
        raise AccountRefused(
            "account.role_unknown", Text(fr=f"Rôles possibles : {listed}.", en=f"Possible roles: {listed}.")
        )
    weakness = weakness_of(password, login)
    if weakness is not None:
        raise AccountRefused("account.weak_password", weakness)


def _account(row: sa.Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        login=row.login,
        roles=tuple(row.roles.split()),
        identity=msgspec.json.decode(row.identity, type=ProfessionalIdentity),
        language=row.language,
        active=bool(row.active),
        created_at=row.created_at,
        has_second_factor=row.totp is not None,
        must_change_password=row.one_time_until is not None,
    )
