"""Who listens to media's events, and what is left out for one that does not keep up.

Knows: events and bounded queues. Refuses to know: what anybody does with an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from visavis_media.messages import LinkClosed, LinkConnected, LinkSilent, LinkStats, StatsSummary, WorkerLost

__all__ = ["Listeners", "MediaEvent"]

MediaEvent = LinkConnected | LinkSilent | LinkClosed | LinkStats | StatsSummary | WorkerLost


class Listeners:
    """`waiting`: events that may wait for one listener."""

    def __init__(self, waiting: int) -> None:
        self._waiting = waiting
        self._queues: set[asyncio.Queue[MediaEvent | None]] = set()

    async def events(self) -> AsyncIterator[MediaEvent]:
        """Every event from now on. A listener that does not keep up loses statistics first, then the oldest."""
        queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue(self._waiting)
        self._queues.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._queues.discard(queue)

    def tell(self, event: MediaEvent) -> None:
        for queue in self._queues:
            offer(queue, event)

    def close(self) -> None:
        for queue in self._queues:
            offer(queue, None)


def offer(queue: asyncio.Queue[MediaEvent | None], event: MediaEvent | None) -> None:
    if queue.full():
        if isinstance(event, StatsSummary | LinkStats):
            return
        queue.get_nowait()
    queue.put_nowait(event)
