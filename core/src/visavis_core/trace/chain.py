"""The chain of one act: each record names the hash of the one before it, and its own number.

Knows: how bytes continue a chain. An act can therefore be shown alone, without gap or reorder, beside no other patient.
Refuses to know: the tree over all acts, and what the events say.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from visavis_sdk.text import Text

from visavis_core.trace.faults import RecordBroken
from visavis_core.trace.merkle import hash_leaf
from visavis_core.trace.record import Envelope, decode

__all__ = ["Tail", "follow", "follow_all"]


class Tail(msgspec.Struct, frozen=True):
    """Where an act's chain stands: `n` records so far, `head` the last one's leaf hash (hex, empty at 0)."""

    act: str
    n: int = 0
    head: str = ""
    subject: str = ""


def follow(tail: Tail, content: bytes) -> tuple[Tail, Envelope]:
    """Take the next stored bytes of an act. RecordBroken names what does not fit."""
    envelope = decode(content, tail.act, tail.n)
    checks = (
        (envelope.act == tail.act, "il appartient à un autre acte.", "it belongs to another act."),
        (
            envelope.n == tail.n,
            f"il porte le numéro {envelope.n}.",
            f"it carries number {envelope.n}.",
        ),
        (
            envelope.prev == tail.head,
            "il ne suit pas l’événement précédent : l’un des deux a été modifié, ou un événement manque.",
            "it does not follow the event before it: one of the two was changed, or an event is missing.",
        ),
        (
            tail.n == 0 or envelope.subject == tail.subject,
            "il porte un autre pseudonyme que le reste de l’acte.",
            "it carries another pseudonym than the rest of the act.",
        ),
    )
    for holds, fr, en in checks:
        if not holds:
            raise RecordBroken(tail.act, tail.n, Text(fr=fr, en=en))
    head = hash_leaf(content).hex()
    return Tail(tail.act, tail.n + 1, head, envelope.subject), envelope


def follow_all(act: str, contents: Iterable[bytes]) -> tuple[Tail, list[Envelope]]:
    """A whole chain from its first record."""
    tail, envelopes = Tail(act), []
    for content in contents:
        tail, envelope = follow(tail, content)
        envelopes.append(envelope)
    return tail, envelopes
