"""Tokens for media clients without a cookie: an encoder, a camera's box. One token, one person, one act, one direction.

Knows: which grant a token stands for, until when. Refuses to know: what the person may do now: that is judged at each
use, so a token outlives neither the consent, nor the session, nor the part its owner has in the act.
Kept in memory as hashes: after a restart of the house a client asks for another one.
"""

from __future__ import annotations

import secrets

import msgspec

from visavis_core.identity.sessions import hash_token
from visavis_core.identity.subject import Subject
from visavis_core.moments import Clock, later

__all__ = ["MediaGrant", "MediaTokens", "TooManyTokens"]

MOST_TOKENS = 2_000
MOST_PER_PERSON = 10  # in one act
LIFETIME_SECONDS = 4 * 60 * 60
FORM = 43  # characters of a token: 256 bits


class TooManyTokens(Exception):  # noqa: N818 an answer, not an error of the program
    """The person holds as many as one act needs, or the house as many as it keeps."""


class MediaGrant(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is what a publisher may call its stream; empty for who watches."""

    id: str
    subject: Subject
    act: str
    direction: str  # publish | subscribe
    source: str
    expires_at: str


class MediaTokens:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, MediaGrant] = {}

    def draw(self, subject: Subject, act: str, direction: str, source: str) -> tuple[str, MediaGrant]:
        """The token, shown once, and its grant. Raises TooManyTokens."""
        now = self._clock()
        self._grants = {key: grant for key, grant in self._grants.items() if grant.expires_at > now}
        held = sum((grant.act, grant.subject.id) == (act, subject.id) for grant in self._grants.values())
        if held >= MOST_PER_PERSON or len(self._grants) >= MOST_TOKENS:
            raise TooManyTokens
        token = secrets.token_urlsafe(32)
        key = hash_token(token)
        grant = MediaGrant(
            id=key[:16],
            subject=subject,
            act=act,
            direction=direction,
            source=source,
            expires_at=later(now, LIFETIME_SECONDS),
        )
        self._grants[key] = grant
        return token, grant

    def find(self, token: str) -> MediaGrant | None:
        if len(token) != FORM:
            return None
        grant = self._grants.get(hash_token(token))
        return grant if grant is not None and grant.expires_at > self._clock() else None

    def revoke_of(self, act: str, owner: str) -> None:
        """Whoever signs out, or is put out, leaves no key behind."""
        self._grants = {
            key: grant for key, grant in self._grants.items() if (grant.act, grant.subject.id) != (act, owner)
        }
