"""Signed heads of the tree, in the text formats of C2SP signed-note 1.0.0 and tlog-checkpoint 1.0.0, with Ed25519.

Knows: how a note is signed, what a vkey is, and the three lines of a checkpoint.
Refuses to know: when to sign, and where the head is shown. Times are not signed here: the events say when.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from visavis_sdk.text import Text

from visavis_core.trace.faults import CheckpointInvalid

__all__ = ["Checkpoint", "Signer", "Verifier", "open_checkpoint", "open_note"]

MAX_NOTE_BYTES = 1 << 20
MAX_SIGNATURES = 16
_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]{1,200}\Z")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


def _refused(fr: str, en: str) -> CheckpointInvalid:
    return CheckpointInvalid(Text(fr=fr, en=en))


def _decode64(text: str) -> bytes:
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise _refused("Une ligne n’est pas en base64.", "A line is not base64.") from error
    # Python accepts stray bits before the padding; then two texts would be one signature, and a flipped bit go unseen.
    if base64.b64encode(content).decode() != text:
        raise _refused("Une ligne n’est pas en base64 canonique.", "A line is not canonical base64.")
    return content


class Verifier:
    """A public key by name. Made from a vkey: `<name>+<8 hex>+<base64(0x01 || 32-byte key)>`."""

    def __init__(self, name: str, public: bytes) -> None:
        if not _NAME.match(name) or len(public) != 32:
            raise _refused("Clé de vérification mal formée.", "Malformed verifier key.")
        self.name = name
        self.public = public
        self.key_id = hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]
        self._key = Ed25519PublicKey.from_public_bytes(public)

    @classmethod
    def read(cls, vkey: str) -> Verifier:
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = _decode64(encoded)
        if material[:1] != _ED25519:
            raise _refused("Cette clé n’est pas Ed25519.", "This key is not Ed25519.")
        verifier = cls(name, material[1:])
        if verifier.key_id.hex() != key_id:
            raise _refused("Clé de vérification mal recopiée.", "Verifier key miscopied: its id does not match.")
        return verifier

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def verifies(self, text: str, signature: bytes) -> bool:
        try:
            self._key.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Signer:
    """The deployment's Ed25519 note key. `name` is the origin of its tree."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())
        self.name = name

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    def sign(self, text: str) -> str:
        """A signed note. `text` ends with a newline and has no other control character."""
        if not text.endswith("\n") or any(ord(character) < 32 and character != "\n" for character in text):
            raise ValueError("a note is lines of text ending in a newline")
        signature = self.verifier.key_id + self._key.sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that `verifier`'s key signed. CheckpointInvalid otherwise; unknown signatures are ignored."""
    if len(note) > MAX_NOTE_BYTES or any(ord(character) < 32 and character != "\n" for character in note):
        raise _refused("Ce texte n’est pas une note signée.", "This text is not a signed note.")
    text, separator, trailer = note.rpartition("\n\n")
    lines = trailer.split("\n")
    if not separator or lines[-1] or not 2 <= len(lines) <= MAX_SIGNATURES + 1:
        raise _refused("Ce texte n’est pas une note signée.", "This text is not a signed note.")
    text += "\n"
    signed = False
    for line in lines[:-1]:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or not _NAME.match(parts[1]):
            raise _refused("Ligne de signature mal formée.", "Malformed signature line.")
        material = _decode64(parts[2])
        if parts[1] != verifier.name or material[:4] != verifier.key_id:
            continue
        if not verifier.verifies(text, material[4:]):
            raise _refused("La signature ne correspond pas au texte.", "The signature does not match the text.")
        signed = True
    if not signed:
        raise _refused("La clé attendue n’a pas signé ce texte.", "The expected key did not sign this text.")
    return text


class Checkpoint(msgspec.Struct, frozen=True):
    """A head: the tree of `origin` had `size` leaves and this `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, signer: Signer) -> str:
        return signer.sign(self.text())


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """A checkpoint signed by `verifier`, whose name is the expected origin. CheckpointInvalid otherwise."""
    lines = open_note(note, verifier).split("\n")
    # Extension lines are allowed by the format and never written by us: refusing them keeps one meaning per head.
    if len(lines) != 4 or lines[0] != verifier.name or not _SIZE.match(lines[1]):
        raise _refused("Cette note n’est pas un point de contrôle.", "This note is not a checkpoint.")
    root = _decode64(lines[2])
    if len(root) != 32:
        raise _refused("Cette note n’est pas un point de contrôle.", "This note is not a checkpoint.")
    return Checkpoint(lines[0], int(lines[1]), root)
