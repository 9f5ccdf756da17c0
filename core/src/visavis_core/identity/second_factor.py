"""Time-based codes (RFC 6238), with the secret sealed at rest and each code good once.

Knows: steps of 30 s, one step of drift on either side, the sealing of a secret to its account.
Refuses to know: which accounts need one (`signing_in`) and where the last accepted step is kept (`accounts`).
"""

from __future__ import annotations

import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from visavis_sdk.text import Text

__all__ = ["KeyUnreadable", "SecondFactor", "open_key"]

STEP_SECONDS = 30
DRIFT_STEPS = 1
NONCE_BYTES = 12
KEY_BYTES = 32


class KeyUnreadable(RuntimeError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """The key that seals second factors cannot be read, or is not 32 bytes."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.message = Text(
            fr=f"La clé des seconds facteurs ne convient pas : {why.fr}.",
            en=f"The key of second factors does not do: {why.en}.",
        )


def open_key(path: Path) -> bytes:
    """The 32-byte key in `path`, made on first use with mode 0600."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(KEY_BYTES)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise KeyUnreadable(Text(fr=f"{path} ({error.strerror})", en=f"{path} ({error.strerror})")) from None
    if len(key) != KEY_BYTES:
        raise KeyUnreadable(
            Text(
                fr=f"{path} compte {len(key)} octets au lieu de {KEY_BYTES}",
                en=f"{path} has {len(key)} bytes instead of {KEY_BYTES}",
            )
        )
    return key


class SecondFactor:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def draw(self) -> str:
        """A fresh secret of 160 bits, in base32 as authenticator applications read it."""
        return pyotp.random_base32()

    def uri(self, secret: str, login: str, issuer: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)

    def seal(self, secret: str, account: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), account.encode())

    def open(self, sealed: bytes, account: str) -> str:
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], account.encode()).decode()
        except InvalidTag:
            raise KeyUnreadable(
                Text(fr="elle n’ouvre pas les seconds facteurs de cette base", en="it does not open those kept here")
            ) from None

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """The step a code belongs to, or None. The caller accepts it only if it is later than the last accepted one.

        All three candidates are compared, always, so that the time taken tells nothing.
        """
        typed = "".join(code.split())
        current = int(now.timestamp()) // STEP_SECONDS
        totp = pyotp.TOTP(secret)
        found: int | None = None
        for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
            expected = totp.generate_otp(step)
            if hmac.compare_digest(expected.encode(), typed.encode()):
                found = step
        return found
