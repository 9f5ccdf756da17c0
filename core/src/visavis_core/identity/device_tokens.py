"""Tokens by which a device without hands publishes one source of one act, in the name of who let it in.

Knows: what a token says, its signature (HMAC-SHA256 under a key of the house) and its end.
Refuses to know: whether the act, the person or the consent still allow it; that is asked anew at every use.

Signed rather than kept in a table: it survives a restart of the server, and what would have to be looked up to revoke
it (the act's phase, the consent, the account) is looked up anyway.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec

from visavis_core.identity.accounts import Account
from visavis_core.identity.subject import Subject
from visavis_core.moments import Clock, later

__all__ = ["DEVICE_PREFIX", "DeviceClaims", "DeviceTokens", "is_device_token", "read_claims", "subject_of_device"]

DEVICE_PREFIX = "vdt_"
LONGEST_TOKEN = 1_024
SOURCE_PREFIX = "device."  # tells a page that a stream of its own person is not its own camera


class DeviceClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` is the event's; pseudonyms only, for a device shows and keeps its token in the clear."""

    id: str
    act: str
    account: str
    source: str
    expires_at: str


class DeviceTokens:
    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = hmac.digest(key, b"visavis device token v1", hashlib.sha256)
        self._clock = clock

    def end_of(self, seconds: int) -> str:
        return later(self._clock(), seconds)

    def sign(self, claims: DeviceClaims) -> str:
        body = msgspec.json.encode(claims)
        return DEVICE_PREFIX + _written(body) + "." + _written(self._mac(body))

    def read(self, token: str) -> DeviceClaims | None:
        """The claims, None when it is not ours, was changed or has expired: to who holds it, it is the same."""
        split = _split(token)
        if split is None or not hmac.compare_digest(split[1], self._mac(split[0])):
            return None
        claims = _claims(split[0])
        return claims if claims is not None and self._clock() < claims.expires_at else None

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)


def is_device_token(token: str) -> bool:
    return token.startswith(DEVICE_PREFIX)


def read_claims(token: str) -> DeviceClaims | None:
    """What a token says, unverified: for the device itself, which must know where to go."""
    split = _split(token)
    return None if split is None else _claims(split[0])


def subject_of_device(account: Account) -> Subject:
    """Who acts when a device does: the person who let it in, known by a token only."""
    return Subject(
        kind="account",
        id=account.id,
        identity=account.identity,
        system_roles=account.roles,
        acr="aal1",
        amr=("device_token",),
        display_name=account.identity.display_name,
        language=account.language,
    )


def _claims(body: bytes) -> DeviceClaims | None:
    try:
        return msgspec.json.decode(body, type=DeviceClaims)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None


def _split(token: str) -> tuple[bytes, bytes] | None:
    body, dot, mac = token.removeprefix(DEVICE_PREFIX).partition(".")
    if not token.startswith(DEVICE_PREFIX) or not dot or len(token) > LONGEST_TOKEN:
        return None
    try:
        return _unwritten(body), _unwritten(mac)
    except (binascii.Error, ValueError):
        return None


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unwritten(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
