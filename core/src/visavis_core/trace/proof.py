"""Offline proofs that one record is in the tree: C2SP tlog-proof text, made and read.

Knows: the text's lines and its verification with a vkey.
Refuses to know: the record itself; its leaf hash is given by who holds the bytes.
"""

from __future__ import annotations

import base64
import binascii
import re

import msgspec
from visavis_sdk.text import Text

from visavis_core.trace.checkpoint import Checkpoint, Verifier, open_checkpoint
from visavis_core.trace.faults import ProofInvalid
from visavis_core.trace.merkle import HASH_BYTES, verify_inclusion

__all__ = ["Proof", "read_proof", "verify_proof"]

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})\Z")
_MAX_BYTES = 1 << 20


class Proof(msgspec.Struct, frozen=True):
    """A leaf's place (`index` from 0), its path (32-byte hashes, leaf side first) and the signed checkpoint's note."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        path = "".join(f"{base64.b64encode(step).decode()}\n" for step in self.path)
        return f"{_HEADER}\nindex {self.index}\n{path}\n{self.checkpoint}"


def _refused() -> ProofInvalid:
    return ProofInvalid(Text(fr="Ce texte n’est pas une preuve d’inclusion.", en="This text is not a tlog proof."))


def read_proof(text: str) -> Proof:
    """Parse; ProofInvalid when the text has another form. An `extra` line is allowed and not trusted."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if len(text) > _MAX_BYTES or not separator or lines[0] != _HEADER:
        raise _refused()
    rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    index = _INDEX.match(rest[0]) if rest else None
    if index is None or len(rest) > 65:
        raise _refused()
    try:
        path = tuple(base64.b64decode(line.encode("ascii"), validate=True) for line in rest[1:])
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _refused() from error
    proof = Proof(int(index[1]), path, checkpoint)
    # Written again it must be the same text: base64 with stray bits would be a second spelling of one proof.
    if any(len(step) != HASH_BYTES for step in path) or not proof.text().endswith("\n".join([*rest, "", checkpoint])):
        raise _refused()
    return proof


def verify_proof(text: str, leaf: bytes, verifier: Verifier) -> Checkpoint:
    """The checkpoint under which `leaf` is proved. ProofInvalid or CheckpointInvalid otherwise."""
    proof = read_proof(text)
    checkpoint = open_checkpoint(proof.checkpoint, verifier)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise ProofInvalid(
            Text(fr="La preuve ne mène pas à la racine signée.", en="The proof does not lead to the signed root.")
        )
    return checkpoint
