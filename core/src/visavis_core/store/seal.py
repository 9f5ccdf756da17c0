"""The key ring: one key per subject, in a small file of its own, wrapped by the site's key.

Knows: how keys are drawn, wrapped (AES Key Wrap, RFC 3394), found, rewrapped and destroyed.
Refuses to know: what they seal. It is a separate file so that its backups can be short-lived: a key that was destroyed
must not come back from last year's tape.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from visavis_sdk.text import Text

from visavis_core.store.engines import BUSY_MILLISECONDS, check_sqlite
from visavis_core.store.faults import KekInvalid, KeyMissing, WriteFailed
from visavis_core.store.sql import sync_directory
from visavis_core.trace.faults import SubjectErased

__all__ = ["KeyRing", "make_secret", "read_secret"]

SECRET_BYTES = 32
_CACHED_KEYS = 1024
_LAYOUT = 1


def read_secret(reference: str) -> bytes:
    """32 bytes from `env:NAME` or `file:/path`, written as base64 or 64 hex digits. KekInvalid in words.

    A file must be its owner's alone: anybody who can read it can read every dossier.
    """
    kind, _, where = reference.partition(":")
    if kind == "env":
        written = os.environ.get(where, "")
    elif kind == "file":
        try:
            with open(where, encoding="ascii") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise _invalid(
                        f"le fichier {where} est lisible par d’autres (chmod 0400)",
                        f"file {where} can be read by others (chmod 0400)",
                    )
                written = file.read(256)
        except (OSError, UnicodeDecodeError) as error:
            raise _invalid(f"le fichier {where} ne se lit pas", f"file {where} cannot be read") from error
    else:
        raise _invalid("elle se donne par « env: » ou « file: »", "it is given as “env:” or “file:”")
    written = written.strip()
    try:
        secret = bytes.fromhex(written) if len(written) == 64 else base64.b64decode(written, validate=True)
    except (ValueError, binascii.Error) as error:
        raise _invalid("elle n’est ni en base64 ni en hexadécimal", "it is neither base64 nor hex") from error
    if len(secret) != SECRET_BYTES:
        raise _invalid("elle doit faire 32 octets", "it must be 32 bytes")
    return secret


def make_secret(path: Path, *, random: Callable[[int], bytes] = os.urandom) -> None:
    """Draw a secret into a new file of mode 0400. FileExistsError rather than overwrite a key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(random(SECRET_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)


def _invalid(fr: str, en: str) -> KekInvalid:
    return KekInvalid(Text(fr=f"Clé du site inutilisable : {fr}.", en=f"The site key cannot be used: {en}."))


class KeyRing:
    """Keys by subject. `keks` are the site's keys: the first wraps, all unwrap, so a change of key is two steps."""

    def __init__(
        self, path: Path, keks: Sequence[bytes], *, random: Callable[[int], bytes] = os.urandom, create: bool = True
    ) -> None:
        if not keks or any(len(kek) != SECRET_BYTES for kek in keks):
            raise _invalid("elle doit faire 32 octets", "it must be 32 bytes")
        check_sqlite()
        self._keks = {_name(kek): kek for kek in keks}
        self._current = _name(keks[0])
        self._random = random
        self._guard = threading.Lock()
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        try:
            self._connection = self._open(path, create=create)
        except (sqlite.Error, OSError) as error:
            raise _invalid(
                f"le fichier des clés {path} ne s’ouvre pas", f"the key file {path} does not open"
            ) from error

    def _open(self, path: Path, *, create: bool) -> sqlite.Connection:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            sync_directory(path.parent)
        connection = sqlite.connect(f"file:{path}?mode=rw", uri=True, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            connection.execute(f"PRAGMA {pragma}")
        layout = connection.execute("PRAGMA user_version").fetchone()[0]
        if layout > _LAYOUT:
            connection.close()
            raise _invalid("le fichier des clés vient d’une version plus récente", "the key file is of a newer version")
        if layout == 0:
            connection.executescript(
                "BEGIN IMMEDIATE;"
                "CREATE TABLE IF NOT EXISTS subject_key"
                " (subject TEXT PRIMARY KEY, kek TEXT NOT NULL, wrapped BLOB) WITHOUT ROWID;"
                f"PRAGMA user_version={_LAYOUT}; COMMIT"
            )
        return connection

    def create(self, subjects: tuple[str, ...]) -> None:
        """Draw a key for each subject and wait until they are on disk. A subject that has one already is refused."""
        kek = self._keks[self._current]
        drawn = [(subject, self._random(SECRET_BYTES)) for subject in subjects]
        self._change(
            "INSERT INTO subject_key (subject, kek, wrapped) VALUES (?, ?, ?)",
            [(subject, self._current, aes_key_wrap(kek, key)) for subject, key in drawn],
        )
        with self._guard:
            for subject, key in drawn:
                self._remember(subject, key)

    def key_of(self, subject: str) -> bytes:
        with self._guard:
            if subject in self._cache:
                self._cache.move_to_end(subject)
                return self._cache[subject]
            row = self._connection.execute(
                "SELECT kek, wrapped FROM subject_key WHERE subject = ?", (subject,)
            ).fetchone()
            if row is None:
                raise KeyMissing(subject)
            if row[1] is None:
                raise SubjectErased(subject)
            key = self._unwrap(row[0], row[1])
            self._remember(subject, key)
            return key

    def shred(self, subject: str) -> None:
        """Destroy the key: overwritten in the file, gone from the log file beside it, forgotten in memory."""
        self._change("UPDATE subject_key SET wrapped = NULL, kek = '' WHERE subject = ?", [(subject,)])
        with self._guard:
            self._cache.pop(subject, None)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def rewrap(self) -> int:
        """Wrap every key with the first site key; returns how many changed. Then the old site key can be retired."""
        with self._guard:
            rows = self._connection.execute(
                "SELECT subject, kek, wrapped FROM subject_key WHERE wrapped IS NOT NULL AND kek <> ?", (self._current,)
            ).fetchall()
        kek = self._keks[self._current]
        changed = [(self._current, aes_key_wrap(kek, self._unwrap(old, wrapped)), name) for name, old, wrapped in rows]
        self._change("UPDATE subject_key SET kek = ?, wrapped = ? WHERE subject = ?", changed)
        return len(changed)

    def close(self) -> None:
        with self._guard:
            self._cache.clear()
            self._connection.close()

    def _unwrap(self, name: str, wrapped: bytes) -> bytes:
        kek = self._keks.get(name)
        if kek is None:
            raise _invalid("ce n’est pas celle qui protège ce fichier des clés", "it is not the one of this key file")
        try:
            return aes_key_unwrap(kek, wrapped)
        except InvalidUnwrap as error:
            raise _invalid("le fichier des clés est abîmé", "the key file is damaged") from error

    def _change(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._guard:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(statement, rows)
                self._connection.execute("COMMIT")
            except sqlite.Error as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise WriteFailed(getattr(error, "sqlite_errorname", type(error).__name__)) from error

    def _remember(self, subject: str, key: bytes) -> None:
        self._cache[subject] = key
        self._cache.move_to_end(subject)
        while len(self._cache) > _CACHED_KEYS:
            self._cache.popitem(last=False)


def _name(kek: bytes) -> str:
    """Says which site key wrapped a row, without saying anything about the key."""
    return hashlib.sha256(b"visavis/kek/v1\x00" + kek).hexdigest()[:16]
