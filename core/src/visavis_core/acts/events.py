"""The exact bytes of an event's body, both ways.

Knows: deterministic JSON (RFC 8259, keys in declaration order, mappings sorted) and the closed union of bodies.
Refuses to know: the envelope, the chain, sealing and storage; those belong to the trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import msgspec
from visavis_sdk.events import AnyEvent, Event, NoteSection

__all__ = [
    "EVENT_TYPES",
    "AnyEvent",
    "UnreadableEventError",
    "decode_event",
    "encode_event",
    "event_type",
    "hash_sections",
]

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class UnreadableEventError(ValueError):
    """Bytes that are no event this version knows. `reason` names the type or the field, never a value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encode_event(body: Event) -> bytes:
    """Canonical bytes: the same body gives the same bytes in every process and on every machine."""
    return _ENCODER.encode(body)


def decode_event(data: bytes) -> AnyEvent:
    """The body of `data`. Raises `UnreadableEventError`; an unknown type is refused by name, never skipped."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableEventError(str(error)) from None


def event_type(body: Event) -> str:
    """The name on disk, such as `consent.given`."""
    return cast("str", body.__struct_config__.tag)


def hash_sections(sections: Sequence[NoteSection]) -> str:
    """SHA-256 in hex over the deterministic JSON array of a note's sections: what a signature covers."""
    return hashlib.sha256(_ENCODER.encode(tuple(sections))).hexdigest()


EVENT_TYPES: dict[str, type[Event]] = {
    cast("str", kind.__struct_config__.tag): kind for kind in cast("tuple[type[Event], ...]", AnyEvent.__args__)
}
