"""Single-use links: a patient, a relative or an interpreter comes in without an account.

Knows: a link is 192 random bits, kept only as a hash, for one act and one person, for four hours or one use.
Refuses to know: the person's name and role; those are in the act's sealed record (`InvitationIssued`).
"""

from __future__ import annotations

import re
import secrets

import msgspec
import sqlalchemy as sa
from visavis_sdk.vocabulary import Role, Side

from visavis_core.acts.commands import IssueInvitation
from visavis_core.identity.permissions import Verb
from visavis_core.identity.sessions import Sessions, hash_token
from visavis_core.identity.subject import Subject
from visavis_core.identity.tables import invitation as table
from visavis_core.moments import Clock, later
from visavis_core.service import Practice
from visavis_core.store.ports import Transactions

__all__ = ["LIFETIME_SECONDS", "Invitation", "InvitationMade", "InvitationSpent", "Invitations"]

LIFETIME_SECONDS = 4 * 60 * 60  # a family is told in the morning of an act at noon
_TOKEN = re.compile(r"^[A-Za-z0-9_-]{32}$")


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """`path` holds the token and is shown once to who invited; it is not kept and not logged."""

    id: str
    path: str
    expires_at: str


class InvitationSpent(LookupError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """The link was used, is too old, or never existed: to the person who holds it, it is the same."""


class InvitationMade(Exception):  # noqa: N818 -- same
    """The same gesture already made a link and showed it; its token is not kept, so it cannot be shown again."""


class Invitations:
    def __init__(self, *, store: Transactions, practice: Practice, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._practice = practice
        self._sessions = sessions
        self._clock = clock

    async def issue(
        self,
        subject: Subject,
        act: str,
        *,
        role: Role,
        side: Side,
        display_name: str,
        quality: str = "",
        cause: str = "",
    ) -> Invitation:
        """Recorded in the act first; a crash in between leaves an invitation whose link nobody ever saw.

        Raises `InvitationMade` when `cause` made one before.
        """
        await self._practice.check(subject, Verb.INVITE, act)
        token = secrets.token_urlsafe(24)
        expires_at = later(self._clock(), LIFETIME_SECONDS)
        command = IssueInvitation(
            role=role,
            side=side,
            display_name=display_name,
            quality=quality,
            token_sha256=hash_token(token),
            expires_at=expires_at,
        )
        performed = await self._practice.perform(subject, act, command, cause)
        if performed.repeated:
            raise InvitationMade
        issued = next(i for i in performed.act.invitations.values() if i.token_sha256 == command.token_sha256)
        row = {"token_sha256": command.token_sha256, "id": issued.invitation, "act": act, "expires_at": expires_at}
        await self._store.write(lambda c: c.execute(sa.insert(table).values(**row)))
        return Invitation(id=issued.invitation, path=f"/join/{token}", expires_at=expires_at)

    async def is_open(self, token: str) -> bool:
        """Would this link let somebody in? Looking does not use it: messengers open links to preview them."""
        return await self._find(token) is not None

    async def consume(self, token: str, replaces: str = "") -> tuple[str, str]:
        """(guest's sign-in token, act id). The link is void before this returns; InvitationSpent if it was already."""
        row = await self._find(token)
        if row is None:
            raise InvitationSpent
        take = (
            sa.update(table)
            .where(table.c.token_sha256 == hash_token(token), table.c.consumed_at.is_(None))
            .values(consumed_at=self._clock())
        )
        if await self._store.write(lambda c: c.execute(take).rowcount) != 1:
            raise InvitationSpent
        return await self._sessions.open_guest(row.act, row.id, replaces), row.act

    async def _find(self, token: str) -> sa.Row[tuple[object, ...]] | None:
        if not _TOKEN.match(token):
            return None
        wanted = sa.select(table).where(
            table.c.token_sha256 == hash_token(token),
            table.c.consumed_at.is_(None),
            table.c.expires_at > self._clock(),
        )
        return await self._store.read(lambda c: c.execute(wanted).first())
