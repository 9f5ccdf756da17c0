"""Runs a plugin's synchronous code with a limit of time, for it may never come back.

Knows: one thread per plugin, reused; a call that is over its time is given up and its thread told to leave.
Refuses to know: what runs, and what the giving up leads to.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from visavis_core.plugins.eviction import Evicted, Tenant

__all__ = ["Escaped", "NoTurn", "StillRunning", "Worker"]

R = TypeVar("R")

GRACE_SECONDS = 0.25  # a second look: a machine that stood still for a while has used up only the first


class StillRunning(TimeoutError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """The time is over and the code has not come back. Its worker takes no more calls."""


class NoTurn(TimeoutError):  # noqa: N818 -- same
    """The call before it took all the time; this one was never begun."""


class Escaped(RuntimeError):  # noqa: N818 -- same
    """Plugin code raised what ends programs (`KeyboardInterrupt`, `GeneratorExit`); named by its class only."""


class _Call(Generic[R]):
    """A class of its own rather than a tuple: `began` is written by the worker and read by who waits."""

    def __init__(self, function: Callable[[], R]) -> None:
        self.function = function
        self.future: concurrent.futures.Future[R] = concurrent.futures.Future()
        self.began: float | None = None


Line = queue.SimpleQueue["_Call[Any] | None"]


class Worker:
    """One plugin's thread, started with its first call and gone with the worker."""

    def __init__(self, name: str, *, grace: float = GRACE_SECONDS) -> None:
        self.stuck = False
        self._name = name
        self._grace = grace
        self._line: Line = queue.SimpleQueue()
        self._tenant: Tenant | None = None
        self._starting = threading.Lock()
        # The thread knows its line, not its worker: a worker nobody holds any more lets its thread go home.
        weakref.finalize(self, self._line.put, None)

    def begin(self, function: Callable[[], R]) -> concurrent.futures.Future[R]:
        """Hands it over without waiting; whoever waits decides when to `abandon`."""
        return self._submit(function).future

    def abandon(self) -> None:
        """This worker takes no more calls, and its thread is told to leave."""
        self.stuck = True
        if self._tenant is not None:
            self._tenant.evict()

    def run(self, function: Callable[[], R], seconds: float) -> R:
        """Its result, its exception, `StillRunning` or `NoTurn`. Blocks the calling thread, twice `seconds` at most."""
        call = self._submit(function)
        for patience in self._patience(call, seconds):
            if concurrent.futures.wait([call.future], patience).done:
                return call.future.result()
        raise self._give_up(call)

    async def run_async(self, function: Callable[[], R], seconds: float) -> R:
        """The same, without holding the event loop."""
        call = self._submit(function)
        outcome = asyncio.wrap_future(call.future)
        try:
            for patience in self._patience(call, seconds):
                if (await asyncio.wait({outcome}, timeout=patience))[0]:
                    return outcome.result()
        finally:
            outcome.cancel()  # a loop closed before the thread comes back must not be called then
        raise self._give_up(call)

    def _submit(self, function: Callable[[], R]) -> _Call[R]:
        if self.stuck:
            raise StillRunning(self._name)
        call = _Call(function)
        self._line.put(call)
        with self._starting:
            if self._tenant is None:
                line = self._line
                self._tenant = Tenant(self._name, lambda: _serve(line))
                self._tenant.start()
        return call

    def _patience(self, call: _Call[Any], seconds: float) -> Iterator[float]:
        yield seconds
        if call.began is not None:
            yield max(0.0, call.began + seconds - time.monotonic()) + self._grace

    def _give_up(self, call: _Call[Any]) -> TimeoutError:
        if call.began is None and not self.stuck:
            call.future.cancel()
            return NoTurn(self._name)
        self.abandon()
        return StillRunning(self._name)


def _serve(line: Line) -> None:
    while (call := line.get()) is not None:
        if not call.future.set_running_or_notify_cancel():
            continue
        call.began = time.monotonic()
        try:
            value = call.function()
        except Evicted:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- carried to the caller's thread, SystemExit included
            call.future.set_exception(error)
        except BaseException as error:  # noqa: BLE001 -- a plugin's KeyboardInterrupt must not end the program
            call.future.set_exception(Escaped(type(error).__name__))
        else:
            call.future.set_result(value)
        del call
