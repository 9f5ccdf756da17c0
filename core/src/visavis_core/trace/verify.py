"""Judging a store, or an export, with public inputs only: the vkey, and heads somebody kept outside.

Knows: the order of judgement and where it stops: at the first bad event, because after it nothing can be said.
Refuses to know: keys that open; a store is verified without reading a word of any dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, func, select
from sqlalchemy import exc as sql_faults
from visavis_sdk.text import Text

from visavis_core.store import tables
from visavis_core.store.engines import open_engine, read_url, sqlite_file
from visavis_core.store.faults import StoreRefused
from visavis_core.trace.chain import Tail, follow
from visavis_core.trace.checkpoint import Checkpoint, Verifier, open_checkpoint
from visavis_core.trace.faults import CheckpointInvalid, RecordBroken
from visavis_core.trace.findings import Finding, Report, find
from visavis_core.trace.merkle import Growth, hash_leaf
from visavis_core.trace.record import HOUSE
from visavis_core.trace.verify_export import verify_export

__all__ = ["Progress", "verify_export", "verify_record", "verify_store"]

Progress = Callable[[int, int], None]  # (events looked at, events in all)
_STRIDE = 500
# Heads are signed every ten seconds; a busy machine is given six times that.
_LONGEST_UNSIGNED_SECONDS = 60.0


def verify_store(
    url: str,
    vkey: str,
    *,
    known: Sequence[str] = (),
    kept: str = "",
    now: str = "",
    progress: Progress | None = None,
) -> Report:
    """Verify the store at `url`, which a running server may be writing: one snapshot is judged, nothing is changed.

    `known` are signed heads kept elsewhere (an outside sink, a printed report): the store must extend each of them.
    `kept` is the one beside the signer's key, read before this is called (it is never ahead of the store); `now` makes
    events that no head covers a minute later a finding. Without a head from elsewhere, who holds both the machine and
    its key could have rewritten everything. StoreRefused, CheckpointInvalid (for a malformed vkey).
    """
    verifier = Verifier.read(vkey)
    address = read_url(url)
    path = sqlite_file(address)
    if path is not None and not path.is_file():
        raise StoreRefused(Text(fr=f"Aucune base à l’adresse {path}.", en=f"There is no store at {path}."))
    engine = open_engine(address, connections=1, writer=False)
    try:
        with engine.connect() as connection, connection.begin():
            return verify_record(connection, verifier, known=known, kept=kept, now=now, progress=progress)
    except sql_faults.DBAPIError as error:
        raise StoreRefused(
            Text(fr="La base ne se lit pas comme celle d’un visavis.", en="The store does not read as a visavis store.")
        ) from error
    finally:
        engine.dispose()


def verify_record(
    connection: Connection,
    verifier: Verifier,
    *,
    known: Sequence[str] = (),
    kept: str = "",
    now: str = "",
    progress: Progress | None = None,
) -> Report:
    """As `verify_store`, in the caller's transaction."""
    judgement = _Judgement(verifier, progress or (lambda _done, _total: None))
    try:
        judgement.hear_heads(connection, known, kept)
        judgement.hear_events(connection)
        judgement.hear_tails(connection)
        judgement.hear_signed(now)
    except _Found as found:
        return judgement.report(found.finding)
    except (TypeError, ValueError, AttributeError):
        # SQLite lets any column hold any type: a row that is not of its table's types was not written by a journal.
        return judgement.report(find("unreadable", detail=f"{judgement.size}"))
    return judgement.report()


class _Found(Exception):  # noqa: N818 - carries the first finding out of the loops
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class _Judgement:
    def __init__(self, verifier: Verifier, progress: Progress) -> None:
        self._verifier = verifier
        self._progress = progress
        self._heads: dict[int, tuple[Checkpoint, str]] = {}
        self._tails: dict[str, Tail] = {}
        self._tree = Growth()
        self._signed = 0
        self._kept = -1
        self._unsigned_since = ""
        self._met = 0  # the last head that fitted: what is wrong lies after it

    @property
    def size(self) -> int:
        return self._tree.size

    def report(self, finding: Finding | None = None) -> Report:
        acts = sum(1 for act in self._tails if act != HOUSE)
        return Report(
            events=self._tree.size,
            acts=acts,
            heads=len(self._heads),
            unsigned=max(self._tree.size - self._signed, 0),
            size=self._signed,
            findings=() if finding is None else (finding,),
        )

    def hear_heads(self, connection: Connection, known: Iterable[str], kept: str) -> None:
        for row in connection.execute(select(tables.checkpoint).order_by(tables.checkpoint.c.size)):
            try:
                head = open_checkpoint(row.note, self._verifier)
            except CheckpointInvalid as error:
                raise _Found(find("signature", detail=f"{row.size}")) from error
            if head.size != row.size:
                raise _Found(find("root", detail=f"{row.size}"))
            self._heads[head.size] = (head, "root")
            self._signed = head.size
        for note in known:
            head = open_checkpoint(note, self._verifier)
            mine = self._heads.get(head.size)
            if mine is not None and mine[0].root != head.root:
                raise _Found(find("known", detail=f"{head.size}"))
            self._heads.setdefault(head.size, (head, "known"))
        if kept:
            self._hear_kept(kept)

    def _hear_kept(self, kept: str) -> None:
        try:
            head = open_checkpoint(kept, self._verifier)
        except CheckpointInvalid as error:
            raise _Found(find("kept")) from error
        mine = self._heads.get(head.size)
        if mine is not None and mine[0].root != head.root:
            raise _Found(find("kept", detail=f"{head.size}"))
        self._heads.setdefault(head.size, (head, "kept"))
        self._kept = head.size

    def hear_events(self, connection: Connection) -> None:
        total = connection.execute(select(func.count()).select_from(tables.event)).scalar_one()
        self._meet_head()
        in_order = select(tables.event).order_by(tables.event.c.position)
        with connection.execute(in_order, execution_options={"yield_per": _STRIDE}) as rows:
            for row in rows:
                self._hear_event(row)
                if self._tree.size % _STRIDE == 0:
                    self._progress(self._tree.size, total)
        self._progress(self._tree.size, total)
        beyond = [size for size in self._heads if size > self._tree.size]
        if beyond:
            code = "kept" if max(beyond) == self._kept > self._signed else "missing"
            raise _Found(find(code, detail=f"{self._tree.size} < {max(beyond)}"))

    def _hear_event(self, row: Row[tuple[int, str, int, bytes, bytes]]) -> None:
        content = bytes(row.content)
        if row.position != self._tree.size:
            raise _Found(find("missing", detail=f"{self._tree.size}"))
        tail = self._tails.get(row.act) or Tail(row.act)
        if row.n != tail.n:
            raise _Found(find("missing" if row.n > tail.n else "place", act=row.act, n=tail.n))
        try:
            self._tails[row.act], envelope = follow(tail, content)
        except RecordBroken as error:
            raise _Found(find("chain", act=row.act, n=row.n)) from error
        leaf = hash_leaf(content)
        if leaf != bytes(row.leaf):
            raise _Found(find("leaf", act=row.act, n=row.n))
        if self._tree.size >= self._signed and not self._unsigned_since:
            self._unsigned_since = envelope.at
        self._tree.append(leaf)
        self._meet_head()

    def _meet_head(self) -> None:
        head = self._heads.get(self._tree.size)
        if head is None:
            return
        if head[0].root != self._tree.root():
            raise _Found(find(head[1], detail=f"{self._met} … {self._tree.size}"))
        self._met = self._tree.size

    def hear_tails(self, connection: Connection) -> None:
        entered = {
            row.act: Tail(row.act, row.n, row.head, row.subject) for row in connection.execute(select(tables.act))
        }
        for act in sorted(entered.keys() | self._tails.keys()):
            if entered.get(act) != self._tails.get(act):
                reached = self._tails.get(act) or Tail(act)
                raise _Found(find("tail", act=act, n=reached.n))

    def hear_signed(self, now: str) -> None:
        """After the events: what is wrong with them says more than a head that is wanting."""
        if self._kept > self._signed:
            raise _Found(find("beheaded", detail=f"{self._signed} < {self._kept}"))
        if now and self._unsigned_since:
            waited = datetime.fromisoformat(now) - datetime.fromisoformat(self._unsigned_since)
            if waited.total_seconds() > _LONGEST_UNSIGNED_SECONDS:
                raise _Found(find("waiting", detail=f"{self._tree.size - self._signed}"))
