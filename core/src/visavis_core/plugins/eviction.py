"""Threads in which plugins' code runs, and that can be told to leave.

Knows: Python raises an exception in another thread only between two of its own instructions, so the telling is repeated
until the thread has gone: a loop that swallows exceptions is hit outside its `try` sooner or later, and a sleep or a
call into C leaves when it comes back.
Refuses to know: what runs, and how long is too long. Killing a thread from outside was rejected: it may hold a lock.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

__all__ = ["Evicted", "Tenant"]

TELL_EVERY_SECONDS = 0.02
TELL_AT_MOST = 3_000  # about a minute; what has not left by then sits in C, keeps its memory, and costs no time

_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
_raise_in.argtypes = (ctypes.c_ulong, ctypes.py_object)


class Evicted(BaseException):
    """The order to leave, raised in a plugin's thread. Not an `Exception`: those are what plugins catch."""


class Tenant:
    """One daemon thread that runs `work` once. The program ends whether or not it has left."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._gone = False
        self._told = False
        self._thread = threading.Thread(target=self._live, name=f"plugin-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def gone(self) -> bool:
        return self._gone

    def evict(self) -> None:
        """Returns at once; the telling goes on until the thread has left."""
        with self._lock:
            if self._told or self._gone:
                return
            self._told = True
        threading.Thread(target=self._tell, name=f"evict-{self._thread.name}", daemon=True).start()

    def _live(self) -> None:
        # Written without calls where nothing catches: the order may arrive at any of them. Once `_gone` is set at most
        # one more is on its way, and it is taken or cleared here, before the thread's number may go to another thread.
        try:  # noqa: SIM105 -- `suppress` is itself a call, where the order may arrive
            self._work()
        except Evicted:
            pass
        self._gone = True
        try:
            with self._lock:
                _raise_in(threading.get_ident(), ctypes.py_object())
        except Evicted:
            pass

    def _tell(self) -> None:
        pause = threading.Event()
        for _ in range(TELL_AT_MOST):
            with self._lock:
                if self._gone:
                    return
                _raise_in(self._thread.ident, ctypes.py_object(Evicted))
            pause.wait(TELL_EVERY_SECONDS)
