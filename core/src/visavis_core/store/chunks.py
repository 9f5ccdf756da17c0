"""One sealed file: AES-256-GCM in chunks, so that gigabytes stream and a cut or swapped chunk is seen.

Knows: the layout. `vvb1`, a 32-byte salt, then chunks of 65,536 bytes each followed by its 16-byte tag; the nonce is
the chunk's number (11 bytes, big-endian) and a byte that is 1 for the last chunk only.
Refuses to know: directories, names, and whose key it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis_core.store.faults import BlobDamaged

__all__ = ["CHUNK_BYTES", "SALT_BYTES", "SealedWriter", "read_sealed"]

CHUNK_BYTES = 65_536
SALT_BYTES = 32
_TAG_BYTES = 16
_MAGIC = b"vvb1"


def _file_key(subject_key: bytes, salt: bytes, act: str, sha256: str) -> AESGCM:
    """A key for this file alone: the counter nonces below never meet those of another file."""
    info = f"visavis/blob-key/v1\n{act}\n{sha256}".encode()
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(subject_key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter:
    """Feed with `write`, then `finish` once."""

    def __init__(self, file: IO[bytes], subject_key: bytes, *, act: str, sha256: str, salt: bytes) -> None:
        self._file = file
        self._cipher = _file_key(subject_key, salt, act, sha256)
        self._pending = bytearray()
        self._number = 0
        file.write(_MAGIC + salt)

    def write(self, content: bytes) -> None:
        self._pending += content
        # A full chunk waits until more comes, because only then is it known not to be the last.
        while len(self._pending) > CHUNK_BYTES:
            self._emit(bytes(self._pending[:CHUNK_BYTES]), last=False)
            del self._pending[:CHUNK_BYTES]

    def finish(self) -> None:
        self._emit(bytes(self._pending), last=True)
        self._pending.clear()

    def _emit(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


def read_sealed(file: IO[bytes], subject_key: bytes, *, act: str, sha256: str) -> Iterator[bytes]:
    """Yield the plain content chunk by chunk. BlobDamaged when a chunk was changed, moved, added or cut off."""
    header = file.read(len(_MAGIC) + SALT_BYTES)
    if header[: len(_MAGIC)] != _MAGIC or len(header) != len(_MAGIC) + SALT_BYTES:
        raise BlobDamaged
    cipher = _file_key(subject_key, header[len(_MAGIC) :], act, sha256)
    number, sealed = 0, file.read(CHUNK_BYTES + _TAG_BYTES)
    while True:
        following = file.read(CHUNK_BYTES + _TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise BlobDamaged from error
        if not following:
            return
        number, sealed = number + 1, following
