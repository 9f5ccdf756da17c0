"""Runs a plugin's synchronous code with a limit of time, for it may never come back.

Knows: a daemon thread can be left behind and the program still ends.
Refuses to know: what runs. Python cannot stop a thread, so what is left behind keeps its memory until the end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["StillRunning", "run_bounded", "run_bounded_async"]

R = TypeVar("R")


class StillRunning(TimeoutError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """The time is over and the code has not come back."""


class _Outcome(Generic[R]):
    value: R
    error: BaseException | None = None


def _start(function: Callable[[], R], done: Callable[[], None], name: str) -> _Outcome[R]:
    outcome: _Outcome[R] = _Outcome()

    def work() -> None:
        try:
            outcome.value = function()
        except BaseException as error:  # noqa: BLE001 -- carried to the caller's thread, SystemExit included
            outcome.error = error
        done()

    threading.Thread(target=work, name=f"plugin-{name}", daemon=True).start()
    return outcome


def _result(outcome: _Outcome[R]) -> R:
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def run_bounded(function: Callable[[], R], seconds: float, name: str) -> R:
    """Its result, its exception, or `StillRunning`."""
    done = threading.Event()
    outcome = _start(function, done.set, name)
    if not done.wait(seconds):
        raise StillRunning(name)
    return _result(outcome)


async def run_bounded_async(function: Callable[[], R], seconds: float, name: str) -> R:
    """The same, without holding the event loop."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake() -> None:
        # The loop may be gone when a thread left behind comes back at last.
        if not loop.is_closed():
            loop.call_soon_threadsafe(done.set)

    outcome = _start(function, wake, name)
    try:
        await asyncio.wait_for(done.wait(), seconds)
    except TimeoutError:
        raise StillRunning(name) from None
    return _result(outcome)
