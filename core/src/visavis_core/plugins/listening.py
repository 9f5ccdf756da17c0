"""One plugin being told of events, on a thread and a loop of its own.

Knows: the line of events waits in bounded memory, drops the newest when full and counts them; when the plugin last
came back.
Refuses to know: what a plugin does with an event, and what follows when it does not come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

from visavis_sdk.hooks import EventRecorded, Spec, terms_of
from visavis_sdk.hosting import Failure, FailureKind, Hooks

from visavis_core.plugins.eviction import Tenant

__all__ = ["EVENTS_WAITING", "Listener"]

EVENTS_WAITING = 1024
MARGIN_SECONDS = 1.0  # past the hook's budget; a coroutine is cancelled at the budget, only blocking code stays longer


class Listener:
    """`hooks` hold this one plugin. `on_full` is called when the line begins to drop, not for each event dropped."""

    def __init__(
        self,
        plugin: str,
        hooks: Hooks,
        *,
        on_full: Callable[[str], None] = lambda _plugin: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plugin = plugin
        self.dropped = 0
        self.budget = terms_of(Spec.on_event).budget
        self._hooks = hooks
        self._on_full = on_full
        self._clock = clock
        self._line: deque[EventRecorded] = deque()
        self._since: float | None = None  # when the event now in hand, or at the head of the line, got its turn
        self._looks = 0
        self._closed = False
        self._dropping = False
        self._tenant: Tenant | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._more: asyncio.Event | None = None

    def tell(self, event: EventRecorded) -> None:
        """Never waits."""
        if self._closed:
            return
        if len(self._line) >= EVENTS_WAITING:
            self.dropped += 1
            if not self._dropping:
                self._dropping = True
                self._on_full(self.plugin)
            return
        self._dropping = False
        if self._since is None:
            self._since = self._clock()
        self._line.append(event)
        self._wake()

    def start(self) -> None:
        if self._tenant is None and not self._closed:
            self._since = self._clock() if self._line else None
            self._tenant = Tenant(f"{self.plugin}-events", self._live)
            self._tenant.start()

    def close(self) -> None:
        """Told nothing more, from now."""
        self._closed = True
        self._line.clear()
        self._wake()

    def evict(self) -> None:
        self.close()
        if self._tenant is not None:
            self._tenant.evict()

    def look(self) -> Failure | None:
        """Called now and then: the failure of a plugin that has not come back, seen so by two looks in a row.

        One look could be a machine that stood still: then the plugin comes back before the next.
        """
        since = self._since
        if self._closed or since is None or self._clock() - since < self.budget + MARGIN_SECONDS:
            self._looks = 0
            return None
        self._looks += 1
        if self._looks < 2:
            return None
        return Failure(plugin=self.plugin, hook="on_event", kind=FailureKind.STUCK, budget=self.budget)

    def _live(self) -> None:
        # Whatever ends this loop (a plugin's KeyboardInterrupt, the order to leave) ends it without a traceback, which
        # may quote a patient; the next looks then find that nobody comes back.
        with contextlib.suppress(BaseException):
            asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._more = asyncio.get_running_loop(), asyncio.Event()
        while not self._closed:
            self._more.clear()
            while self._line and not self._closed:
                self._since = self._clock()
                await self._hooks.notify(Spec.on_event, event=self._line.popleft())
                self._since = self._clock() if self._line else None
            if not self._closed:
                await self._more.wait()

    def _wake(self) -> None:
        if self._loop is None or self._more is None or self._more.is_set():
            return
        with contextlib.suppress(RuntimeError):  # the plugin's loop is closed: nobody is left to wake
            self._loop.call_soon_threadsafe(self._more.set)
