"""The envelope: the exact bytes that one event leaves on disk, for decades.

Knows: which part of an event stays legible for ever (pseudonyms, types, times) and how the bytes are written once.
Refuses to know: keys, storage, and any second way of writing: bytes are hashed as stored and never re-encoded.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from visavis_sdk.events import Actor
from visavis_sdk.text import Text

from visavis_core.trace.faults import DraftInvalid, RecordBroken, RecordTooLarge

__all__ = ["HOUSE", "MAX_RECORD_BYTES", "Envelope", "Sealed", "check_clear", "decode", "encode"]

# C2SP tlog-tiles length-prefixes an entry with a uint16: a larger record could never be served as tiles.
MAX_RECORD_BYTES = 65_535

# The chain of the record's own notices (a clock that stepped, a key destroyed). No clinical act may carry this id.
HOUSE = "trace"

_PSEUDONYM = re.compile(r"[A-Za-z0-9_.:@-]{1,128}\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_TYPE = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,60}\Z")


class Sealed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event body under AES-256-GCM. `kid` commits to the key (64 hex), `nonce` is 12 bytes, both texts base64."""

    kid: str
    nonce: str
    ct: str

    @classmethod
    def of(cls, kid: str, nonce: bytes, ciphertext: bytes) -> Sealed:
        return cls(kid=kid, nonce=base64.b64encode(nonce).decode(), ct=base64.b64encode(ciphertext).decode())

    def parts(self) -> tuple[bytes, bytes]:
        """(nonce, ciphertext). ValueError when either is not strict base64."""
        try:
            return base64.b64decode(self.nonce, validate=True), base64.b64decode(self.ct, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error


class Envelope(msgspec.Struct, frozen=True, kw_only=True, tag_field="v", tag=1, forbid_unknown_fields=True):
    """One event in its chain. `prev` is the leaf hash (hex) of the act's previous record, empty for the first.

    Exactly one of `enc` (clinical events, always) and `data` (the record's own notices) is present.
    `basis` is the number of the consent event an access relied on.
    """

    type: str
    at: str
    act: str
    n: int
    prev: str
    actor: Actor
    subject: str
    basis: int | None
    cause: str
    enc: Sealed | UnsetType = UNSET
    data: dict[str, Any] | UnsetType = UNSET


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Envelope, strict=True)


def check_clear(envelope: Envelope) -> None:
    """Refuse (DraftInvalid) a clear part that is not pseudonyms, types and times: free words could name a patient."""
    actor = envelope.actor
    checks = (
        ("type", _TYPE.match(envelope.type)),
        ("at", _MOMENT.match(envelope.at)),
        ("act", _PSEUDONYM.match(envelope.act)),
        ("n", envelope.n >= 0),
        ("prev", _HASH.match(envelope.prev) if envelope.n else envelope.prev == ""),
        ("actor", actor.id == "" or _PSEUDONYM.match(actor.id)),
        ("actor.acr", len(actor.acr) <= 128),
        ("actor.amr", len(actor.amr) <= 8 and all(len(means) <= 32 for means in actor.amr)),
        ("subject", _PSEUDONYM.match(envelope.subject)),
        ("basis", envelope.basis is None or 0 <= envelope.basis < max(envelope.n, 1)),
        ("cause", envelope.cause == "" or _PSEUDONYM.match(envelope.cause)),
        ("enc|data", (envelope.enc is UNSET) != (envelope.data is UNSET)),
    )
    for part, holds in checks:
        if not holds:
            raise DraftInvalid(part)


def encode(envelope: Envelope) -> bytes:
    """The one writing of an envelope: deterministic JSON, UTF-8, one line, at most 65,535 bytes (RecordTooLarge)."""
    check_clear(envelope)
    content = _encoder.encode(envelope)
    if len(content) > MAX_RECORD_BYTES:
        raise RecordTooLarge(len(content), MAX_RECORD_BYTES)
    return content


def decode(content: bytes, act: str, n: int) -> Envelope:
    """Read stored bytes that claim to be event `n` of `act`. RecordBroken when they are not a whole, known envelope."""
    try:
        envelope = _decoder.decode(content)
        check_clear(envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, DraftInvalid, RecursionError) as error:
        unreadable = Text(
            fr="ses octets ne forment pas un événement lisible.", en="its bytes are not a readable event."
        )
        raise RecordBroken(act, n, unreadable) from error
    return envelope
