"""Obligations' checks with a limit of time, for a check that never comes back must hold nobody.

Knows: the whole sheet is judged on one thread while its caller waits; which check is running, and for how long; a
plugin whose check did not come back is asked no more, and each of its duties then says so.
Refuses to know: what a duty demands. It is judged or it is not, and what is not judged is due.

One hand-over per sheet and not per check: a sheet has some seventy checks of microseconds each. Raising an exception in
the loop's own thread was rejected: it cannot end a sleep, and may strike the server's code after the check's end.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Mapping

import msgspec
from visavis_sdk.hosting import Failure, FailureKind
from visavis_sdk.obligations import ActView, Obligation

from visavis_core.obligations.evaluate import ConformitySheet, OnFailure, cannot_evaluate, evaluate
from visavis_core.plugins.bounded import Escaped, Worker
from visavis_core.plugins.eviction import Evicted

__all__ = ["CHECK_SECONDS", "CheckLimit"]

CHECK_SECONDS = 0.5  # for one check
LOOKS = 10  # the time is counted in looks, so that a machine that stood still uses up one of them only
LOOKS_AT_ONE_PLUGIN = 4 * LOOKS  # for all its checks on one sheet


class _Running(msgspec.Struct, frozen=True):
    plugin: str
    duty: Obligation


class CheckLimit:
    """`owners` is the catalogue's. `on_stuck` is told once of each plugin whose check did not come back."""

    def __init__(
        self,
        obligations: tuple[Obligation, ...],
        owners: Mapping[tuple[str, ...], str],
        *,
        on_stuck: Callable[[Failure], None],
    ) -> None:
        self._obligations = obligations
        self._owners = owners
        self._on_stuck = on_stuck
        self._silenced: set[str] = set()
        self._worker = Worker("checks")
        self._turn = threading.Lock()
        self._running: _Running | None = None

    def owner_of(self, duty: Obligation) -> str:
        return self._owners.get(("obligation", duty.jurisdiction, duty.id, duty.effective_from), "")

    def sheet(self, act: ActView, on_failure: OnFailure = lambda _duty, _kind: None) -> ConformitySheet:
        """The act's sheet. A plugin that never comes back holds the caller for half a second, once."""
        with self._turn:
            while True:
                self._running = None
                judged = self._worker.begin(
                    lambda: evaluate(act, self._obligations, on_failure, ask=self._ask, owner_of=self.owner_of)
                )
                stuck = self._wait(judged)
                if stuck is None:
                    return judged.result()
                self._worker.abandon()
                self._worker = Worker("checks")
                self._silenced.add(stuck.plugin)
                hook = f"check {stuck.duty.jurisdiction}/{stuck.duty.id}"
                failure = Failure(plugin=stuck.plugin, hook=hook, kind=FailureKind.STUCK, budget=CHECK_SECONDS)
                self._on_stuck(failure)

    def _wait(self, judged: concurrent.futures.Future[ConformitySheet]) -> _Running | None:
        """None when it was judged; else the check that does not come back, or of a plugin that takes all the time."""
        seen: _Running | None = None
        looks = looks_at_plugin = 0
        while not concurrent.futures.wait([judged], CHECK_SECONDS / LOOKS).done:
            running = self._running
            if running is None:
                continue
            looks = looks + 1 if running is seen else 1
            looks_at_plugin = looks_at_plugin + 1 if seen is not None and running.plugin == seen.plugin else 1
            seen = running
            if looks >= LOOKS or looks_at_plugin >= LOOKS_AT_ONE_PLUGIN:
                return running
        return None

    def _ask(self, duty: Obligation, view: ActView) -> object:
        plugin = self.owner_of(duty)
        if plugin in self._silenced:
            return cannot_evaluate(plugin)
        self._running = _Running(plugin, duty)
        try:
            return duty.check(view)
        except (Exception, Evicted):
            raise
        except BaseException as error:  # noqa: BLE001 -- a check's KeyboardInterrupt must not end the program
            raise Escaped(type(error).__name__) from None
