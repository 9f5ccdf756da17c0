"""The loaded plugins at work: asked and told without ever holding the app.

Knows: which plugin failed how often; that one which keeps failing, or does not come back once, is put aside by name
and asked and told nothing more.
Refuses to know: what a failure means clinically; where silence would be dangerous the SDK's fallback speaks.

A plugin has a thread for what it is asked, and one for what it is told; neither is the server's. The duties of a plugin
put aside for something else are still judged: without them nothing could be opened or closed, and each check has its
own limit (`check_limit`).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import structlog
from visavis_sdk.hooks import EventRecorded, FormReview, Spec
from visavis_sdk.hooks.reviews import not_verified
from visavis_sdk.hosting import Contribution, Failure, FailureKind, Hooks
from visavis_sdk.obligations import ActView
from visavis_sdk.reports import Finding, ReportTemplate

from visavis_core.obligations.evaluate import ConformitySheet, OnFailure
from visavis_core.plugins.bounded import NoTurn, StillRunning, Worker
from visavis_core.plugins.catalogue import Catalogue
from visavis_core.plugins.check_limit import CheckLimit
from visavis_core.plugins.listening import Listener
from visavis_core.plugins.quarantine import PluginState, Reason, Standing

__all__ = ["FAILURES_ALLOWED", "LoadedPlugins", "Observer"]

log = structlog.get_logger(__name__)

R = TypeVar("R")

FAILURES_ALLOWED = 3  # of any kind, before a plugin is asked and told nothing more; one that is stuck is enough
REVIEW_SECONDS = 1.0
LOOK_SECONDS = 0.25


class Observer(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that looks at live pictures, as its own process has to make it again."""

    plugin: str
    entry: str  # module:attribute
    config: dict[str, Any] = {}


class LoadedPlugins:
    """`states` changes when a plugin is quarantined while running; `catalogue` never does: forms stay readable.

    `on_drop` is told which plugin's line of events is full, each time it begins to be.
    """

    def __init__(
        self,
        *,
        states: tuple[PluginState, ...] = (),
        catalogue: Catalogue | None = None,
        plugins: Mapping[str, Any] | None = None,
        observers: Sequence[Observer] = (),
        on_failure: Callable[[Failure], None] | None = None,
        on_drop: Callable[[str], None] | None = None,
    ) -> None:
        self.states = states
        self.catalogue = catalogue or Catalogue()
        self._plugins = dict(plugins or {})
        self._observers = tuple(observers)
        self._on_failure = on_failure or _ignore
        self._failures: Counter[str] = Counter()
        self._quarantined: set[str] = set()
        self._counting = threading.RLock()  # failures come from every thread that runs a plugin
        hooks = Hooks(self._plugins)
        self._reviewers = hooks.answering(Spec.review_form)
        self._workers = {plugin_id: Worker(plugin_id) for plugin_id in self._plugins}
        self._listeners = {
            plugin_id: Listener(
                plugin_id,
                Hooks({plugin_id: self._plugins[plugin_id]}, on_failure=self._count),
                on_full=on_drop or _ignore,
            )
            for plugin_id in hooks.answering(Spec.on_event)
        }
        self._checks = CheckLimit(self.catalogue.obligations, self.catalogue.owners, on_stuck=self._count)

    @property
    def dropped(self) -> int:
        """Events some plugin was not told of, because its line was full."""
        return sum(listener.dropped for listener in self._listeners.values())

    def observers(self) -> tuple[Observer, ...]:
        """Those that look at live pictures, in the deployment's order."""
        return self._observers

    def note(self, failure: Failure) -> None:
        """A failure beside the house, in a process of the plugin's own: told, and left to that process's breaker."""
        self._on_failure(failure)

    def tell(self, event: EventRecorded) -> None:
        """Puts an event in each plugin's line for `on_event`; never waits. A full line drops the newest."""
        for listener in self._listeners.values():
            listener.tell(event)

    async def run(self) -> None:
        """Has the plugins told, each on its own thread, and watches for one that stays away, until cancelled."""
        try:
            for listener in self._listeners.values():
                listener.start()
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                for listener in self._listeners.values():
                    stuck = listener.look()
                    if stuck is not None:
                        self._count(stuck)
        finally:
            for listener in self._listeners.values():
                listener.close()

    def judge(self, act: ActView, on_failure: OnFailure | None = None) -> ConformitySheet:
        """The act's conformity sheet. A check that never comes back is due, says whose it is, and holds nobody."""
        return self._checks.sheet(act, on_failure or self._tell_check)

    async def review_form(self, context: FormReview) -> tuple[Finding, ...]:
        """Every plugin's findings. One that raises, stalls or is put aside answers "not verified": it fails closed."""
        findings: list[Finding] = []
        for plugin_id in self._reviewers:
            findings += await self._review(plugin_id, self._plugins[plugin_id], context)
        return tuple(findings)

    async def build(self, plugin_id: str, label: str, function: Callable[[], R]) -> R | None:
        """Runs a contributed function (a form's `computes`, a rule's `check`) on its plugin's thread; None when it
        failed, when its plugin is quarantined, or when the id is no plugin's."""
        worker = self._worker(plugin_id)
        if worker is None:
            return None
        failed: list[Failure] = []
        guarded = _guarded(plugin_id, label, function, failed)
        answer: Contribution[R] | None = None
        with self._isolated(plugin_id, label, failed):
            answer = await worker.run_async(guarded, REVIEW_SECONDS)
        return None if answer is None else answer.value

    def build_now(self, plugin_id: str, label: str, function: Callable[[], R]) -> R | None:
        """The same, blocking the calling thread, which is not the loop's."""
        worker = self._worker(plugin_id)
        if worker is None:
            return None
        failed: list[Failure] = []
        guarded = _guarded(plugin_id, label, function, failed)
        answer: Contribution[R] | None = None
        with self._isolated(plugin_id, label, failed):
            answer = worker.run(guarded, REVIEW_SECONDS)
        return None if answer is None else answer.value

    def build_report(self, template: ReportTemplate, function: Callable[[], R]) -> R | None:
        """`build_now` for a report's template, blamed on whoever contributed it."""
        return self.build_now(self.catalogue.owners.get(("report", template.id), ""), "report", function)

    async def _review(self, plugin_id: str, plugin: Any, context: FormReview) -> Sequence[Finding]:
        # Whether its forms are concerned only the plugin could say; unasked, it leaves the same doubt as a failure.
        worker = self._worker(plugin_id)
        if worker is None:
            return not_verified(context)
        failed: list[Failure] = []
        hooks = Hooks({plugin_id: plugin}, on_failure=failed.append)
        with self._isolated(plugin_id, "review_form", failed):
            answers = await worker.run_async(lambda: hooks.collect(Spec.review_form, context=context), REVIEW_SECONDS)
            return [finding for answer in answers for finding in answer.value]
        return not_verified(context)

    def _worker(self, plugin_id: str) -> Worker | None:
        return None if plugin_id in self._quarantined else self._workers.get(plugin_id)

    @contextlib.contextmanager
    def _isolated(self, plugin_id: str, label: str, failed: list[Failure]) -> Iterator[None]:
        """What a call on a plugin's thread raises becomes that plugin's failure; so does what its guard noted."""
        fields: dict[str, Any] = {"plugin": plugin_id, "hook": label, "budget": REVIEW_SECONDS}
        try:
            yield
        except StillRunning:
            self._count(Failure(kind=FailureKind.STUCK, **fields))
        except NoTurn:
            # The call before it is to blame, and is told by who made it.
            self._on_failure(Failure(kind=FailureKind.TIMEOUT, **fields))
        except Exception as error:  # noqa: BLE001 -- what `Hooks` lets through (a KeyboardInterrupt) ends here
            self._count(Failure(kind=FailureKind.RAISED, error=type(error).__name__, **fields))
        for failure in failed:
            self._count(failure)

    def _tell_check(self, duty: Any, kind: FailureKind) -> None:
        plugin = self._checks.owner_of(duty)
        self._on_failure(Failure(plugin=plugin, hook=f"check {duty.jurisdiction}/{duty.id}", kind=kind, budget=0))

    def _count(self, failure: Failure) -> None:
        self._on_failure(failure)
        # A late answer stands, and lateness may be the machine's: told, but not held against the plugin.
        if failure.kind is FailureKind.OVERRUN or failure.plugin not in self._plugins:
            return
        with self._counting:
            self._failures[failure.plugin] += 1
            enough = failure.kind is FailureKind.STUCK or self._failures[failure.plugin] >= FAILURES_ALLOWED
            if enough and failure.plugin not in self._quarantined:
                self._put_aside(failure)

    def _put_aside(self, failure: Failure) -> None:
        self._quarantined.add(failure.plugin)
        listener = self._listeners.get(failure.plugin)
        if listener is not None:
            listener.close()
            if failure.kind is FailureKind.STUCK:
                listener.evict()
        self.states = tuple(_quarantined(s, failure) if s.id == failure.plugin else s for s in self.states)
        log.error("plugin.quarantined", plugin=failure.plugin, hook=failure.hook, kind=failure.kind.value)


def _guarded(
    plugin_id: str, label: str, function: Callable[[], R], failed: list[Failure]
) -> Callable[[], Contribution[R] | None]:
    hooks = Hooks(on_failure=failed.append)
    return lambda: hooks.guard(plugin_id, label, function, REVIEW_SECONDS)


def _quarantined(state: PluginState, failure: Failure) -> PluginState:
    detail = " ".join(filter(None, (failure.hook, failure.error, failure.where)))
    reason = Reason.BLOCKED if failure.kind is FailureKind.STUCK else Reason.FAILING
    return msgspec.structs.replace(state, standing=Standing.QUARANTINED, reason=reason, detail=detail)


def _ignore(_told: object) -> None:
    """Where nobody listens (tests of the catalogue), failures are only counted."""
