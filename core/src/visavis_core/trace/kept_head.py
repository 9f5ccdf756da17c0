"""The last signed head, kept in a file outside the database: who can write only the database cannot take it back.

Knows: that the file is replaced whole, is durable before `keep` returns, and never goes back to a smaller head.
Refuses to know: whether a head is true (`checkpoint`), and what a record that does not extend it is worth (`journal`).
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from visavis_core.store.sql import sync_directory

__all__ = ["KeptHead"]

MAX_BYTES = 1 << 16


class KeptHead:
    """`path` lies beside the signer's key. The file may be behind the database (a kill between both), never ahead."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.Lock()
        self._size = -1

    def read(self) -> str:
        """The note; empty when none was ever kept. Text that is no note is the caller's to refuse. OSError."""
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES).decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def keep(self, size: int, note: str) -> None:
        """Keep the head of `size` events, durable on return. OSError."""
        # A caller that gave up waiting leaves its thread at work: a later, larger head must not be overwritten by it.
        with self._guard:
            if size <= self._size:
                return
            part = self.path.with_name(self.path.name + ".part")
            try:
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(note.encode())
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
                raise
            sync_directory(self.path.parent)
            self._size = size
