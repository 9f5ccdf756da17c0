"""Sealing an event body so that it can be erased, exported alone, and opened in one way only.

Knows: how an act's key follows from its subject's key, what a sealed body is bound to, and how a key is committed to.
Refuses to know: where keys live, and randomness: the nonce is given.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis_core.trace.faults import OpeningFailed
from visavis_core.trace.record import Sealed

__all__ = ["KEY_BYTES", "NONCE_BYTES", "ActKey", "bind", "commit_key"]

KEY_BYTES = 32
NONCE_BYTES = 12


def commit_key(key: bytes) -> str:
    """64 hex digits that commit to `key`.

    AES-GCM alone does not: two keys can be made to open one ciphertext to two texts. With this in the envelope, which
    is under the chain, an export's opening key is the only one that can ever be shown.
    """
    return hashlib.sha256(b"visavis/kid/v1\x00" + key).hexdigest()


def bind(act: str, n: int, type_: str) -> bytes:
    """Associated data: a sealed body opens in its own place only."""
    return f"visavis/record/v1\n{act}\n{n}\n{type_}".encode()


class ActKey:
    """The key of one act's event bodies, derived (HKDF-SHA256, RFC 5869) so that an export opens this act alone.

    A subject's key may cover several acts of one patient; handing it out would open them all.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("an act's key is 32 bytes")
        self.key = key
        self.kid = commit_key(key)
        self._cipher = AESGCM(key)

    @classmethod
    def derive(cls, subject_key: bytes, act: str) -> ActKey:
        info = b"visavis/act-key/v1\n" + act.encode()
        return cls(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(subject_key))

    def seal(self, body: bytes, *, act: str, n: int, type_: str, nonce: bytes) -> Sealed:
        return Sealed.of(self.kid, nonce, self._cipher.encrypt(nonce, body, bind(act, n, type_)))

    def open(self, sealed: Sealed, *, act: str, n: int, type_: str) -> bytes:
        """The body's exact bytes. OpeningFailed when the key is not the committed one or anything was changed."""
        if sealed.kid != self.kid:
            raise OpeningFailed(act, n)
        try:
            nonce, ciphertext = sealed.parts()
            return self._cipher.decrypt(nonce, ciphertext, bind(act, n, type_))
        except (InvalidTag, ValueError) as error:
            raise OpeningFailed(act, n) from error
