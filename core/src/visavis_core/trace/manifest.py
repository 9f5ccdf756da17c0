"""The layout of an export: which files it holds, its list of them, and the statement that signs the list.

Knows: names, the manifest's form, and the note that binds act, length, head and list.
Refuses to know: where the contents come from.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from visavis_sdk.text import Text

from visavis_core.trace.checkpoint import Verifier, open_note
from visavis_core.trace.faults import CheckpointInvalid

__all__ = [
    "CHECKPOINT",
    "EVENTS",
    "FORMAT",
    "INCLUSION",
    "KEY",
    "LAST_PROOF",
    "MANIFEST",
    "OPENED",
    "STATEMENT",
    "VKEY",
    "FileEntry",
    "Inclusion",
    "KeyFile",
    "Manifest",
    "open_statement",
    "statement",
]

FORMAT = "visavis export v1"

EVENTS = "events.jsonl"
OPENED = "events-opened.jsonl"
KEY = "key.json"
INCLUSION = "proof/inclusion.jsonl"
LAST_PROOF = "proof/last.tlog-proof"
CHECKPOINT = "proof/checkpoint.txt"
VKEY = "proof/vkey.txt"
MANIFEST = "manifest.json"
STATEMENT = "manifest.note"

_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)?$")]
_Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class FileEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Name
    size: int
    sha256: _Sha256


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every file but this one and its statement. `absent` are stills the record names that the house does not hold."""

    format: str
    act: str
    origin: str
    events: int
    head: _Sha256
    tree_size: int
    made_at: str
    opened: bool
    absent: tuple[_Sha256, ...] = ()
    files: Annotated[tuple[FileEntry, ...], msgspec.Meta(max_length=20_000)]


class Inclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event's place in the tree; `path` in base64, leaf side first."""

    n: int
    index: int
    path: tuple[str, ...]


class KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens this act and no other. The associated data of event n is the four lines of `aad`, filled in."""

    act: str
    kid: str
    key: str  # base64
    cipher: str = "AES-256-GCM"
    aad: str = "visavis/record/v1\\n<act>\\n<n>\\n<type>"
    kid_is: str = "SHA-256('visavis/kid/v1' || 0x00 || key), hex"


def statement(manifest: Manifest, written: bytes) -> str:
    """The house says: this act had this many events and this head, and this is the list of the files."""
    # The first line can be no tree's origin (it has spaces), so this note can never pass for a checkpoint.
    digest = hashlib.sha256(written).hexdigest()
    return f"{FORMAT}\n{manifest.act}\n{manifest.events} {manifest.head}\n{digest}\n"


def open_statement(note: str, verifier: Verifier) -> str:
    """What the note states. CheckpointInvalid unless `verifier`'s key signed it, and nobody else's line is beside."""
    stated = open_note(note, verifier)
    if note.count("\n— ") != 1:
        raise CheckpointInvalid(Text(fr="Une signature de trop.", en="One signature too many."))
    return stated
