"""The writer's side of the record, as plain functions of one transaction.

Knows: act tails, the growing tree, and how a batch of drafts becomes rows and outcomes.
Refuses to know: threads, queues and futures; and it changes its own memory only when told that the rows are durable.
"""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update
from visavis_sdk.events import Actor, Event, Recorded
from visavis_sdk.text import Text

from visavis_core.store import tables
from visavis_core.store.faults import KeyMissing, StoreFault
from visavis_core.store.ports import Keys
from visavis_core.trace.chain import Tail
from visavis_core.trace.checkpoint import Checkpoint, Signer, open_checkpoint
from visavis_core.trace.faults import ActFull, ClockBehind, Conflict, DraftInvalid, RecordBroken, TraceFault
from visavis_core.trace.merkle import HASH_BYTES, Growth, hash_leaf
from visavis_core.trace.reading import decode_body
from visavis_core.trace.record import HOUSE, Envelope, encode
from visavis_core.trace.sealing import NONCE_BYTES, ActKey

__all__ = ["CLOCK_TOLERANCE_SECONDS", "Append", "Draft", "Ledger", "Notice", "Staged"]

# A restart right after a small correction by NTP is no lie about time; an hour is.
CLOCK_TOLERANCE_SECONDS = 2.0
MAX_EVENTS_PER_ACT = 100_000
MAX_DRAFTS = 256
_KEPT_TAILS = 4096
_KEPT_KEYS = 512
_STRIDE = 1000
_HOUSE_SUBJECT = "house"

# Built once: building a statement costs as much as running it.
_ADD_EVENTS = insert(tables.event)
_ADD_ACTS = insert(tables.act)
_ADD_HEAD = insert(tables.checkpoint)
_MOVE_TAILS = update(tables.act).where(tables.act.c.act == bindparam("of"))

_bodies = msgspec.json.Encoder(order="deterministic")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event before it has its place. `basis` is the number of the consent event it relied on, if any."""

    at: str
    actor: Actor
    body: Event
    cause: str = ""
    basis: int | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the record says about itself, in clear: no patient is in it. Types begin with `trace.`."""

    at: str
    type: str
    data: dict[str, Any]


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One caller's wish: these drafts as events `expected_n`, `expected_n` + 1, … of `act`, all or none."""

    act: str
    expected_n: int
    drafts: tuple[Draft, ...] = ()
    notices: tuple[Notice, ...] = ()
    subject: str = ""


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction will have done once it is durable: one outcome per wish, and the memory that follows."""

    outcomes: tuple[tuple[Recorded, ...] | TraceFault | StoreFault, ...]
    growth: Growth
    tails: Mapping[str, Tail]


class Ledger:
    def __init__(self, keys: Keys, signer: Signer, *, random: Callable[[int], bytes] = os.urandom) -> None:
        self._keys = keys
        self._signer = signer
        self._random = random
        self._growth = Growth()
        self._tails: OrderedDict[str, Tail] = OrderedDict()
        self._act_keys: OrderedDict[tuple[str, str], ActKey] = OrderedDict()
        self.signed_size = 0
        self.note = ""
        self._signed_root = b""

    @property
    def size(self) -> int:
        return self._growth.size

    def load(self, connection: Connection, now: str) -> None:
        """Stand where the disk stands: last signed head, then every record after it, hashed again.

        Refuses (RecordBroken, CheckpointInvalid, ClockBehind) to continue a record that lost signed events, that
        another key signed, or whose last head is in the future.
        """
        self._tails.clear()
        self._act_keys.clear()
        self._growth, self.signed_size, self.note, self._signed_root = Growth(), 0, "", b""
        last = connection.execute(
            select(tables.checkpoint).order_by(tables.checkpoint.c.size.desc()).limit(1)
        ).one_or_none()
        if last is not None:
            head = open_checkpoint(last.note, self._signer.verifier)
            behind = (datetime.fromisoformat(last.at) - datetime.fromisoformat(now)).total_seconds()
            if behind > CLOCK_TOLERANCE_SECONDS:
                raise ClockBehind(now, last.at)
            self._growth = self._resume_tree(connection, head, last.peaks)
            self.signed_size, self.note, self._signed_root = head.size, last.note, head.root
        newer = select(tables.event).where(tables.event.c.position >= self._growth.size)
        in_order = newer.order_by(tables.event.c.position)
        try:
            with connection.execute(in_order, execution_options={"yield_per": _STRIDE}) as rows:
                for row in rows:
                    leaf = hash_leaf(row.content)
                    if row.position != self._growth.size or leaf != bytes(row.leaf):
                        raise RecordBroken(row.act, row.n, _CHANGED)
                    self._growth.append(leaf)
        except (TypeError, ValueError) as error:  # SQLite lets a column hold another type than its own
            raise RecordBroken(HOUSE, self._growth.size, _CHANGED) from error

    def _resume_tree(self, connection: Connection, head: Checkpoint, peaks: bytes) -> Growth:
        kept = [peaks[start : start + HASH_BYTES] for start in range(0, len(peaks), HASH_BYTES)]
        present = connection.execute(
            select(func.count()).select_from(tables.event).where(tables.event.c.position < head.size)
        ).scalar_one()
        if present == head.size and len(kept) == head.size.bit_count() and len(peaks) % HASH_BYTES == 0:
            growth = Growth(head.size, kept)
            if growth.root() == head.root:
                return growth
        raise RecordBroken(HOUSE, head.size, _LOST)

    def extends(self, connection: Connection, head: Checkpoint) -> bool:
        """Whether what was loaded goes on from `head`, which was durable here before anybody kept it elsewhere."""
        if head.size >= self.signed_size:
            # Its own row is missing when the sizes differ: heads were taken out, be the events what they may.
            return head.size == self.signed_size and head.root == self._signed_root
        growth = Growth()
        leaves = (
            select(tables.event.c.leaf).where(tables.event.c.position < head.size).order_by(tables.event.c.position)
        )
        with connection.execute(leaves, execution_options={"yield_per": _STRIDE}) as rows:
            try:
                for (leaf,) in rows:
                    growth.append(bytes(leaf))
            except (TypeError, ValueError):  # SQLite lets a column hold another type than its own
                return False
        return growth.size == head.size and growth.root() == head.root

    def stage(self, connection: Connection, wishes: Sequence[Append]) -> Staged:
        """Write the rows of every wish that can be granted; nothing here is true until the transaction commits."""
        growth, tails, standing = self._growth.copy(), dict[str, Tail](), self._stand(connection, wishes)
        outcomes: list[tuple[Recorded, ...] | TraceFault | StoreFault] = []
        rows: list[dict[str, object]] = []
        opened: list[str] = []
        drawn = self._draw_subjects(wishes, standing)
        for wish in wishes:
            tail = tails.get(wish.act) or standing[wish.act]
            try:
                after, contents, recorded = self._write_out(tail, wish, drawn)
            except (TraceFault, KeyMissing) as error:  # this caller's alone; the others' events go on
                outcomes.append(error)
                continue
            if tail.n == 0:
                opened.append(wish.act)
            for n, content in enumerate(contents, start=tail.n):
                leaf = hash_leaf(content)
                rows.append({"position": growth.size, "act": wish.act, "n": n, "leaf": leaf, "content": content})
                growth.append(leaf)
            tails[wish.act] = after
            outcomes.append(recorded)
        if rows:
            first = {str(row["act"]): row["position"] for row in reversed(rows)}
            self._insert(connection, rows, tails, {act: first[act] for act in opened})
        return Staged(outcomes=tuple(outcomes), growth=growth, tails=tails)

    def settle(self, staged: Staged) -> None:
        """The transaction is durable: remember."""
        self._growth = staged.growth
        for act, tail in staged.tails.items():
            self._tails[act] = tail
            self._tails.move_to_end(act)
        while len(self._tails) > _KEPT_TAILS:
            self._tails.popitem(last=False)

    def sign(self, connection: Connection, at: str) -> tuple[int, str]:
        """Sign the head and write it down; (size, note), the earlier one when nothing is new."""
        growth = self._growth
        if growth.size == self.signed_size:
            return self.signed_size, self.note
        note = Checkpoint(self._signer.name, growth.size, growth.root()).signed(self._signer)
        row = {"size": growth.size, "at": at, "note": note, "peaks": b"".join(growth.peaks)}
        connection.execute(_ADD_HEAD, row)
        return growth.size, note

    def forget_keys(self) -> None:
        """A key was destroyed; none is remembered here."""
        self._act_keys.clear()

    def _stand(self, connection: Connection, wishes: Sequence[Append]) -> dict[str, Tail]:
        """Where each act stands before this transaction, asked for all of them at once."""
        standing = {wish.act: self._tails.get(wish.act) or Tail(wish.act) for wish in wishes}
        unknown = [act for act in standing if act not in self._tails]
        if unknown:
            for row in connection.execute(select(tables.act).where(tables.act.c.act.in_(unknown))):
                standing[row.act] = Tail(row.act, row.n, row.head, row.subject)
        return standing

    def _draw_subjects(self, wishes: Sequence[Append], standing: Mapping[str, Tail]) -> dict[str, str]:
        """A pseudonym and a key for each act that opens here without one, durable before the first record they seal."""
        drawn: dict[str, str] = {}
        for wish in wishes:
            if wish.drafts and not wish.subject and not wish.expected_n and standing[wish.act].n == 0:
                drawn.setdefault(wish.act, f"sub_{secrets.token_hex(15)}")
        if drawn:
            self._keys.create(tuple(drawn.values()))  # should the record then fail, a key without a record harms nobody
        return drawn

    def _act_key(self, subject: str, act: str) -> ActKey:
        key = self._act_keys.get((subject, act))
        if key is None:
            key = self._act_keys[subject, act] = ActKey.derive(self._keys.key_of(subject), act)
        self._act_keys.move_to_end((subject, act))
        while len(self._act_keys) > _KEPT_KEYS:
            self._act_keys.popitem(last=False)
        return key

    def _write_out(
        self, tail: Tail, wish: Append, drawn: Mapping[str, str]
    ) -> tuple[Tail, list[bytes], tuple[Recorded, ...]]:
        drafts: tuple[Draft | Notice, ...] = (*wish.drafts, *wish.notices)
        expected = tail.n if wish.act == HOUSE else wish.expected_n
        if expected != tail.n:
            raise Conflict(wish.act, wish.expected_n, tail.n)
        if not 0 < len(drafts) <= MAX_DRAFTS or (wish.act == HOUSE) != bool(wish.notices):
            raise DraftInvalid("drafts")
        if wish.act != HOUSE and tail.n + len(drafts) > MAX_EVENTS_PER_ACT:
            raise ActFull(wish.act, MAX_EVENTS_PER_ACT)
        subject = _HOUSE_SUBJECT if wish.act == HOUSE else tail.subject or wish.subject or drawn[wish.act]
        key = None if wish.act == HOUSE else self._act_key(subject, wish.act)
        contents: list[bytes] = []
        recorded: list[Recorded] = []
        for draft in drafts:
            if isinstance(draft, Notice):
                envelope = _declare(tail, draft)
            else:
                assert key is not None
                body = _write_body(draft.body)
                envelope = self._seal(tail, subject, draft, body, key)
                recorded.append(
                    Recorded(
                        act=wish.act,
                        n=tail.n,
                        at=draft.at,
                        actor=draft.actor,
                        body=decode_body(body),  # the caller gets what a reader will get
                        cause=draft.cause,
                    )
                )
            contents.append(encode(envelope))
            tail = Tail(wish.act, tail.n + 1, hash_leaf(contents[-1]).hex(), subject)
        return tail, contents, tuple(recorded)

    def _seal(self, tail: Tail, subject: str, draft: Draft, body: bytes, key: ActKey) -> Envelope:
        type_ = str(draft.body.__struct_config__.tag)
        return Envelope(
            type=type_,
            at=draft.at,
            act=tail.act,
            n=tail.n,
            prev=tail.head,
            actor=draft.actor,
            subject=subject,
            basis=draft.basis,
            cause=draft.cause,
            enc=key.seal(body, act=tail.act, n=tail.n, type_=type_, nonce=self._random(NONCE_BYTES)),
        )

    def _insert(
        self,
        connection: Connection,
        rows: list[dict[str, object]],
        tails: Mapping[str, Tail],
        opened: Mapping[str, object],
    ) -> None:
        connection.execute(_ADD_EVENTS, rows)
        fresh = [
            {
                "act": act,
                "n": tails[act].n,
                "head": tails[act].head,
                "subject": tails[act].subject,
                "opened_position": position,
            }
            for act, position in opened.items()
        ]
        if fresh:
            connection.execute(_ADD_ACTS, fresh)
        grown = [{"of": act, "n": tail.n, "head": tail.head} for act, tail in tails.items() if act not in opened]
        if grown:
            connection.execute(_MOVE_TAILS, grown)


def _write_body(body: Event) -> bytes:
    """Refuse (DraftInvalid) what could be written but never read again: nothing unreadable is acknowledged."""
    try:
        content = _bodies.encode(body)
        decode_body(content)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise DraftInvalid("body") from error
    return content


def _declare(tail: Tail, notice: Notice) -> Envelope:
    return Envelope(
        type=notice.type,
        at=notice.at,
        act=tail.act,
        n=tail.n,
        prev=tail.head,
        actor=Actor(kind="system", id="trace"),
        subject=_HOUSE_SUBJECT,
        basis=None,
        cause="",
        data=notice.data,
    )


_CHANGED = Text(
    fr="les octets conservés ont été modifiés ou un événement manque.",
    en="the stored bytes were changed or an event is missing.",
)
_LOST = Text(
    fr="des événements déjà signés manquent ou la tête signée ne correspond plus. Lancer « visavis trace verify ».",
    en="events that were signed are missing, or the signed head does not fit. Run “visavis trace verify”.",
)
