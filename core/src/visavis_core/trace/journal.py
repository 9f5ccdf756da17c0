"""The journal: the only way an event gets into the record, and the first to read it back.

Knows: queueing, group commit, acknowledgement only after durability, heads signed in time, and when to stop.
Refuses to know: who may append and what events mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec
from sqlalchemy import Connection
from visavis_sdk.events import Recorded

from visavis_core.store.faults import WriteFailed
from visavis_core.store.ports import Keys
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer, open_checkpoint
from visavis_core.trace.faults import CheckpointInvalid, DraftInvalid, JournalStopped, RecordRewound
from visavis_core.trace.kept_head import KeptHead
from visavis_core.trace.ledger import Append, Draft, Ledger, Notice
from visavis_core.trace.reading import ActHead, read_act, read_heads
from visavis_core.trace.record import HOUSE

__all__ = ["ActHead", "Draft", "Head", "Journal", "Notice"]

T = TypeVar("T")

QUEUED_WISHES = 4096
BATCH_WISHES = 512
CLOCK_STEP_SECONDS = 1.0
# After these the head is signed at once: a session or an act that ended should not wait for the timer.
_ENDINGS = frozenset({"session.closed", "act.closed"})


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A signed head of the tree: its size and the C2SP note. Size 0 and an empty note when nothing was recorded."""

    size: int
    note: str


class _Waiting(msgspec.Struct, frozen=True):
    wish: Append
    answer: asyncio.Future[tuple[Recorded, ...]]


class Journal:
    """Open with `await Journal.open(…)`, close with `await journal.close()`.

    There is no way back from a stop but a new start: who follows the record (rooms, queue, plugins) would have to be
    told what reached the disk unacknowledged, and a start reads all of it anyway.
    """

    def __init__(
        self,
        store: Store,
        keys: Keys,
        signer: Signer,
        clock: Callable[[], str],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        on_stop: Callable[[str], None] | None = None,
        kept: KeptHead | None = None,
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._monotonic = monotonic
        self._on_stop = on_stop
        self._kept = kept
        self._signer = signer
        self._ledger = Ledger(keys, signer)
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(QUEUED_WISHES)
        self._turn = asyncio.Lock()  # one writer at a time sees and changes the ledger
        self._news = asyncio.Event()
        self._ending = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._clocks: tuple[datetime, float] | None = None
        self._closing = False
        self.vkey = signer.vkey
        self.stopped = ""

    @classmethod
    async def open(
        cls,
        store: Store,
        keys: Keys,
        signer: Signer,
        clock: Callable[[], str],
        origin: str,
        *,
        head_every: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
        on_stop: Callable[[str], None] | None = None,
        kept: KeptHead | None = None,
    ) -> Journal:
        """Continue the record in `store`, or begin one. `origin` names the tree and must be the signer's name.

        A new head is signed every `head_every` seconds when there is news. `on_stop` is told the cause of a stop, once.

        `kept` is where the last head stays outside the store: a store that does not extend it is refused.

        RecordBroken, RecordRewound, CheckpointInvalid or ClockBehind when it would be wrong to continue.
        """
        if signer.name != origin:
            raise DraftInvalid("origin")
        journal = cls(store, keys, signer, clock, monotonic=monotonic, on_stop=on_stop, kept=kept)
        note = "" if kept is None else await asyncio.to_thread(kept.read)
        await store.write(lambda connection: journal._load(connection, note))
        await journal._keep_head()
        if journal._ledger.size > journal._ledger.signed_size:
            # A process that was killed left a tail no head covers; nobody may append again for days.
            journal._news.set()
            journal._ending.set()
        journal._tasks = [
            asyncio.create_task(journal._commit_for_ever(), name="journal-commit"),
            asyncio.create_task(journal._sign_for_ever(head_every), name="journal-heads"),
        ]
        for task in journal._tasks:
            task.add_done_callback(journal._end)
        return journal

    async def append(
        self, act: str, expected_n: int, drafts: Sequence[Draft], *, subject: str = ""
    ) -> tuple[Recorded, ...]:
        """Append drafts as events `expected_n`… of `act`, all or none; returns once they are durable.

        Conflict when the act has another length; RecordTooLarge, DraftInvalid, ActFull, SubjectErased for this caller
        only; JournalStopped when nothing is acknowledged any more. With `expected_n` 0 the act is opened with a new
        subject key, or with the key of `subject`.
        """
        if act == HOUSE:
            raise DraftInvalid("act")
        return await self._submit(Append(act=act, expected_n=expected_n, drafts=tuple(drafts), subject=subject))

    async def note(self, notice: Notice) -> None:
        """Record something about the record itself, in its own chain."""
        await self._submit(Append(act=HOUSE, expected_n=0, notices=(notice,)))

    async def read(self, act: str) -> tuple[Recorded, ...]:
        """Every event of an act, its chain checked on the way.

        UnknownActRecord, RecordBroken, OpeningFailed, UnknownEvent, SubjectErased.
        """
        return await self._store.read(partial(read_act, self._keys, act))

    async def acts(self) -> tuple[ActHead, ...]:
        """Every act, oldest first."""
        return await self._store.read(read_heads)

    async def checkpoint(self) -> Head:
        """Sign and keep the head of everything acknowledged so far; the earlier head when nothing is new."""
        if self.stopped:
            raise JournalStopped(self.stopped)
        async with self._turn:
            size, note = await self._guarded(
                self._store.write(lambda connection: self._ledger.sign(connection, self._clock()))
            )
            self._ledger.signed_size, self._ledger.note = size, note
            await self._guarded(self._keep_head())
        return Head(size=size, note=note)

    async def shred(self, subject: str, reason: str) -> None:
        """Destroy a subject's key by decision. Noted before it is done, so that no erasure goes unrecorded.

        `reason` is a code (`retention.expired`), not words about a person.
        """
        await self.note(Notice(at=self._clock(), type="trace.key_shredded", data={"subject": subject, "why": reason}))
        async with self._turn:
            await asyncio.to_thread(self._keys.shred, subject)
            self._ledger.forget_keys()

    async def close(self) -> None:
        """Acknowledge what is queued, sign the last head, stop. The store stays open: it is the caller's."""
        self._closing = True
        await self._queue.join()
        if not self.stopped:
            with contextlib.suppress(JournalStopped):
                await self.checkpoint()
        self.stopped = self.stopped or "closed"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _load(self, connection: Connection, note: str) -> None:
        self._ledger.load(connection, self._clock())
        if self._kept is None or not note:
            return
        rewound = RecordRewound(str(self._kept.path))
        try:
            head = open_checkpoint(note, self._signer.verifier)
        except CheckpointInvalid as error:
            raise rewound from error
        if not self._ledger.extends(connection, head):
            raise rewound

    async def _keep_head(self) -> None:
        """After the head is durable in the store: the file may be behind it, never ahead."""
        if self._kept is not None and self._ledger.note:
            await asyncio.to_thread(self._kept.keep, self._ledger.signed_size, self._ledger.note)

    async def _submit(self, wish: Append) -> tuple[Recorded, ...]:
        if self.stopped or self._closing:
            raise JournalStopped(self.stopped or "closed")
        answer: asyncio.Future[tuple[Recorded, ...]] = asyncio.get_running_loop().create_future()
        await self._queue.put(_Waiting(wish, answer))
        if self.stopped:
            self._refuse_queued()
        return await answer

    async def _commit_for_ever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH_WISHES and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._commit(batch)
            for _ in batch:
                self._queue.task_done()

    async def _commit(self, batch: list[_Waiting]) -> None:
        wishes = [waiting.wish for waiting in batch]
        try:
            async with self._turn:
                staged = await self._guarded(
                    self._store.write(lambda connection: self._ledger.stage(connection, wishes))
                )
                self._ledger.settle(staged)
        except JournalStopped as stopped:
            for waiting in batch:
                _refuse(waiting, stopped)
            self._refuse_queued()
            return
        for waiting, outcome in zip(batch, staged.outcomes, strict=True):
            if isinstance(outcome, Exception):
                _refuse(waiting, outcome)
            elif not waiting.answer.done():
                waiting.answer.set_result(outcome)
        self._news.set()
        if any(draft.body.__struct_config__.tag in _ENDINGS for wish in wishes for draft in wish.drafts):
            self._ending.set()

    async def _guarded(self, writing: Awaitable[T]) -> T:
        """Any failure of a write ends acknowledging: after it nobody knows what the disk holds."""
        try:
            return await writing
        except WriteFailed as fault:
            raise self._stop(fault.cause) from fault
        except Exception as error:  # a bug in the writer must stop the record, not leave its callers waiting
            raise self._stop(type(error).__name__) from error

    def _stop(self, cause: str) -> JournalStopped:
        if not self.stopped:
            self.stopped = cause
            if self._on_stop is not None:
                self._on_stop(cause)
        return JournalStopped(self.stopped)

    def _end(self, task: asyncio.Task[None]) -> None:
        """These tasks have no end of their own: without the one nothing is answered, without the other unsigned."""
        if task.cancelled():
            return
        error = task.exception()
        self._stop(type(error).__name__)
        self._refuse_queued()

    def _refuse_queued(self) -> None:
        while not self._queue.empty():
            _refuse(self._queue.get_nowait(), JournalStopped(self.stopped))
            self._queue.task_done()

    async def _sign_for_ever(self, every: float) -> None:
        while True:
            await self._news.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), every)
            self._news.clear()
            self._ending.clear()
            with contextlib.suppress(JournalStopped):
                await self._watch_clock()
                await self.checkpoint()

    async def _watch_clock(self) -> None:
        """Times in the record are the clock's; when it jumps, the record says so, and order stays the numbers'."""
        wall, steady = datetime.fromisoformat(self._clock()), self._monotonic()
        before, self._clocks = self._clocks, (wall, steady)
        if before is None:
            return
        stepped = (wall - before[0]).total_seconds() - (steady - before[1])
        if abs(stepped) > CLOCK_STEP_SECONDS:
            data = {"seconds": f"{stepped:.3f}"}
            await self.note(Notice(at=self._clock(), type="trace.clock_stepped", data=data))


def _refuse(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
