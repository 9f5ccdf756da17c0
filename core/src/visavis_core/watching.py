"""Following one act as it grows, without losing an event and without growing without bound.

Knows: each watcher has a short queue; when a slow reader fills it, the rest is read again from the journal in order.
Refuses to know: who may follow; the caller asked `Practice` first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from weakref import WeakSet

from visavis_sdk.events import Recorded

__all__ = ["Watch", "Watchers"]

QUEUE_BOUND = 128

Read = Callable[[str], Awaitable[tuple[Recorded, ...]]]


class Watch(AsyncIterator[Recorded]):
    """`async with practice.watch(act) as events: async for recorded in events: …`; `close()` ends the iteration."""

    def __init__(self, act: str, after: int | None, read: Read, leave: Callable[[Watch], None]) -> None:
        self._act = act
        self._read = read
        self._leave = leave
        self._queue: deque[Recorded] = deque()
        self._resume: int | None = None if after is None else after + 1  # first event to fetch again, if any
        self._latest = -1 if after is None else after
        self._woken = asyncio.Event()
        self._closed = False

    def tell(self, events: tuple[Recorded, ...]) -> None:
        for event in events:
            self._latest = max(self._latest, event.n)
            if self._resume is None and len(self._queue) < QUEUE_BOUND:
                self._queue.append(event)
            elif self._resume is None:
                self._resume = event.n
        self._woken.set()

    async def __anext__(self) -> Recorded:
        while not self._closed:
            if self._queue:
                return self._queue.popleft()
            if self._resume is not None:
                await self._fetch(self._resume)
                continue
            self._woken.clear()
            await self._woken.wait()
        raise StopAsyncIteration

    async def _fetch(self, start: int) -> None:
        missed = [event for event in await self._read(self._act) if event.n >= start][:QUEUE_BOUND]
        self._queue.extend(missed)
        reached = missed[-1].n if missed else start - 1
        # Events told while the journal was being read are past `reached`; they are fetched on the next turn.
        self._resume = reached + 1 if missed and (len(missed) == QUEUE_BOUND or self._latest > reached) else None

    def close(self) -> None:
        self._closed = True
        self._woken.set()
        self._leave(self)

    async def __aenter__(self) -> Watch:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Watchers:
    """Who follows which act. Held weakly: a watcher dropped without `close` disappears with its reader."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._by_act: dict[str, WeakSet[Watch]] = {}

    def watch(self, act: str, after: int | None) -> Watch:
        watch = Watch(act, after, self._read, lambda gone: self._forget(act, gone))
        self._by_act.setdefault(act, WeakSet()).add(watch)
        return watch

    def tell(self, act: str, events: tuple[Recorded, ...]) -> None:
        for watch in tuple(self._by_act.get(act, ())):
            watch.tell(events)

    def close(self) -> None:
        for watches in tuple(self._by_act.values()):
            for watch in tuple(watches):
                watch.close()

    def _forget(self, act: str, watch: Watch) -> None:
        watches = self._by_act.get(act)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._by_act[act]
