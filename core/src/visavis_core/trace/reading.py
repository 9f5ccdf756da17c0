"""Reading an act back from the store, its chain checked and its bodies opened on the way.

Knows: the order of checks: chain first, key next, content last.
Refuses to know: what state the events make, and how to skip one that it cannot read.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select
from visavis_sdk.events import AnyEvent, Recorded
from visavis_sdk.text import Text

from visavis_core.store import tables
from visavis_core.store.ports import Keys
from visavis_core.trace.chain import follow_all
from visavis_core.trace.faults import RecordBroken, UnknownActRecord, UnknownEvent
from visavis_core.trace.record import HOUSE, Envelope
from visavis_core.trace.sealing import ActKey

__all__ = ["ActHead", "decode_body", "open_body", "read_act", "read_contents", "read_heads"]

_bodies: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_types = frozenset(str(struct.__struct_config__.tag) for struct in AnyEvent.__args__)


class ActHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where one act stands: `n` events, `head` the hash of the last (hex), `subject` the pseudonym of its key."""

    act: str
    n: int
    head: str
    subject: str


def decode_body(content: bytes) -> AnyEvent:
    """msgspec's errors come through: the callers know which event it is."""
    return _bodies.decode(content)


def open_body(envelope: Envelope, key: ActKey) -> bytes:
    """The exact bytes that were sealed. OpeningFailed, or RecordBroken when nothing was sealed."""
    if not isinstance(envelope.enc, msgspec.UnsetType):
        return key.open(envelope.enc, act=envelope.act, n=envelope.n, type_=envelope.type)
    raise RecordBroken(
        envelope.act, envelope.n, Text(fr="son contenu n’est pas scellé.", en="its content is not sealed.")
    )


def read_contents(connection: Connection, act: str) -> list[bytes]:
    """The exact stored bytes of an act, in order. UnknownActRecord when there are none."""
    wanted = select(tables.event.c.content).where(tables.event.c.act == act).order_by(tables.event.c.n)
    try:
        contents = [bytes(content) for content in connection.execute(wanted).scalars()]
    except (TypeError, ValueError) as error:
        # SQLite lets any column hold any type: who wrote text where bytes belong did not come through the journal.
        strange = Text(
            fr="les octets conservés ont été remplacés par autre chose.",
            en="the stored bytes were replaced by something else.",
        )
        raise RecordBroken(act, 0, strange) from error
    if not contents:
        raise UnknownActRecord(act)
    return contents


def read_act(keys: Keys, act: str, connection: Connection) -> tuple[Recorded, ...]:
    """UnknownActRecord, RecordBroken, OpeningFailed, UnknownEvent, SubjectErased, KeyMissing."""
    tail, envelopes = follow_all(act, read_contents(connection, act))
    key = ActKey.derive(keys.key_of(tail.subject), act)
    return tuple(_recorded(envelope, key) for envelope in envelopes)


def _recorded(envelope: Envelope, key: ActKey) -> Recorded:
    if envelope.type not in _types:
        raise UnknownEvent(envelope.act, envelope.n, envelope.type)
    try:
        body = decode_body(open_body(envelope, key))
    except msgspec.MsgspecError as error:
        strange = Text(
            fr="son contenu n’a pas la forme que cette version connaît.",
            en="its content is not of the form this version knows.",
        )
        raise RecordBroken(envelope.act, envelope.n, strange) from error
    return Recorded(
        act=envelope.act, n=envelope.n, at=envelope.at, actor=envelope.actor, body=body, cause=envelope.cause
    )


def read_heads(connection: Connection) -> tuple[ActHead, ...]:
    """Every act, oldest first."""
    rows = connection.execute(
        select(tables.act).where(tables.act.c.act != HOUSE).order_by(tables.act.c.opened_position)
    )
    return tuple(ActHead(act=row.act, n=row.n, head=row.head, subject=row.subject) for row in rows)
