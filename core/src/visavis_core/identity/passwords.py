"""Passwords: hashed with Argon2id in a thread, at most two at once.

Knows: RFC 9106 hashing with argon2-cffi's defaults (64 MiB, 3 passes, 4 lanes), and what a password must be.
Refuses to know: whose it is.
"""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from visavis_sdk.text import Text

__all__ = ["Passwords", "weakness_of"]

SHORTEST = 12
LONGEST = 256
AT_ONCE = 2  # each costs 64 MiB and about 150 ms of a core; more would stall the media beside it


def weakness_of(password: str, login: str) -> Text | None:
    """Why a password is refused (length and not the login itself, NIST SP 800-63B §5.1.1.2), or None."""
    if len(password) < SHORTEST:
        return Text(
            fr=f"Le mot de passe doit compter au moins {SHORTEST} caractères. Une phrase convient bien.",
            en=f"The password needs at least {SHORTEST} characters. A sentence does well.",
        )
    if len(password) > LONGEST:
        return Text(
            fr=f"Le mot de passe ne peut pas dépasser {LONGEST} caractères.",
            en=f"The password cannot be longer than {LONGEST} characters.",
        )
    if len(set(password)) < 5 or (login and login.casefold() in password.casefold()):
        return Text(
            fr="Ce mot de passe se devine trop facilement. Choisissez-en un autre.",
            en="This password is too easy to guess. Choose another.",
        )
    return None


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._decoy = ""

    async def hash(self, password: str) -> str:
        async with self._at_once:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        if len(password) > LONGEST:
            return False
        async with self._at_once:
            matches = await asyncio.to_thread(self._matches, stored, password)
        return matches and stored is not None

    def _matches(self, stored: str | None, password: str) -> bool:
        # An unknown login costs the same as a known one, so that the answer's time tells nothing. The decoy comes with
        # the first password of all, known or not; made at the start it would hold the start up.
        self._decoy = self._decoy or self._hasher.hash("no account has this password")
        try:
            return self._hasher.verify(stored or self._decoy, password)
        except (VerificationError, InvalidHashError):
            return False
