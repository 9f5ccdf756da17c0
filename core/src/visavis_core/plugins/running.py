"""The loaded plugins at work: asked and told without ever holding the app.

Knows: which plugin failed how often, and that one which keeps failing is asked and told nothing more.
Refuses to know: what a failure means clinically; where silence would be dangerous the SDK's fallback speaks.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from visavis_sdk.hooks import EventRecorded, FormReview, Spec
from visavis_sdk.hooks.reviews import not_verified
from visavis_sdk.hosting import Failure, FailureKind, Hooks
from visavis_sdk.reports import Finding

from visavis_core.plugins.bounded import StillRunning, run_bounded_async
from visavis_core.plugins.catalogue import Catalogue
from visavis_core.plugins.quarantine import PluginState, Reason, Standing

__all__ = ["FAILURES_ALLOWED", "LoadedPlugins", "Observer"]

R = TypeVar("R")

FAILURES_ALLOWED = 3  # of any kind, before a plugin is asked and told nothing more
REVIEW_SECONDS = 1.0
EVENTS_WAITING = 1024


class Observer(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that looks at live pictures, as its own process has to make it again."""

    plugin: str
    entry: str  # module:attribute
    config: dict[str, Any] = {}


class LoadedPlugins:
    """`states` changes when a plugin is quarantined while running; `catalogue` never does: forms stay readable."""

    def __init__(
        self,
        *,
        states: tuple[PluginState, ...] = (),
        catalogue: Catalogue | None = None,
        plugins: Mapping[str, Any] | None = None,
        observers: Sequence[Observer] = (),
        on_failure: Callable[[Failure], None] | None = None,
    ) -> None:
        self.states = states
        self.catalogue = catalogue or Catalogue()
        self.dropped = 0  # events no plugin was told of, because the line was full
        self._plugins = dict(plugins or {})
        self._observers = tuple(observers)
        self._on_failure = on_failure or _ignore
        self._failures: Counter[str] = Counter()
        self._quarantined: set[str] = set()
        self._listeners = Hooks(self._plugins, on_failure=self._count)
        self._reviewers = self._listeners.answering(Spec.review_form)
        self._events: asyncio.Queue[EventRecorded] = asyncio.Queue(EVENTS_WAITING)

    def observers(self) -> tuple[Observer, ...]:
        """Those that look at live pictures, in the deployment's order."""
        return self._observers

    def note(self, failure: Failure) -> None:
        """A failure beside the house, in a process of the plugin's own: told, and left to that process's breaker."""
        self._on_failure(failure)

    def tell(self, event: EventRecorded) -> None:
        """Puts an event in line for `on_event`; never waits. A full line drops the newest and counts it."""
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Tells the plugins, one event after the other, until cancelled."""
        while True:
            await self._listeners.notify(Spec.on_event, event=await self._events.get())

    async def review_form(self, context: FormReview) -> tuple[Finding, ...]:
        """Every plugin's findings. One that raises, stalls or is put aside answers "not verified": it fails closed."""
        findings: list[Finding] = []
        for plugin_id in self._reviewers:
            findings += await self._review(plugin_id, self._plugins[plugin_id], context)
        return tuple(findings)

    async def build(self, plugin_id: str, label: str, function: Callable[[], R]) -> R | None:
        """Runs a contributed function (a report's `build`, a rule's `check`) off the loop; None when it failed or when
        its plugin is quarantined."""
        if plugin_id in self._quarantined:
            return None
        failed: list[Failure] = []
        hooks = Hooks(on_failure=failed.append)
        try:
            answer = await run_bounded_async(
                lambda: hooks.guard(plugin_id, label, function, REVIEW_SECONDS), REVIEW_SECONDS, plugin_id
            )
        except StillRunning:
            self._count(_stuck(plugin_id, label))
            return None
        for failure in failed:
            self._count(failure)
        return None if answer is None else answer.value

    async def _review(self, plugin_id: str, plugin: Any, context: FormReview) -> Sequence[Finding]:
        # Whether its forms are concerned only the plugin could say; unasked, it leaves the same doubt as a failure.
        if plugin_id in self._quarantined:
            return not_verified(context)
        failed: list[Failure] = []
        hooks = Hooks({plugin_id: plugin}, on_failure=failed.append)
        try:
            answers = await run_bounded_async(
                lambda: hooks.collect(Spec.review_form, context=context), REVIEW_SECONDS, plugin_id
            )
        except StillRunning:
            self._count(_stuck(plugin_id, "review_form"))
            return not_verified(context)
        for failure in failed:
            self._count(failure)
        return [finding for answer in answers for finding in answer.value]

    def _count(self, failure: Failure) -> None:
        self._on_failure(failure)
        # A late answer stands, and lateness may be the machine's: told, but not held against the plugin. What is not a
        # plugin's id (the documents, who run every plugin's templates at once) has nobody to put aside.
        if failure.kind is FailureKind.OVERRUN or failure.plugin not in self._plugins:
            return
        self._failures[failure.plugin] += 1
        if self._failures[failure.plugin] >= FAILURES_ALLOWED and failure.plugin not in self._quarantined:
            self._quarantined.add(failure.plugin)
            self._listeners.remove(failure.plugin)
            self.states = tuple(_quarantined(s, failure) if s.id == failure.plugin else s for s in self.states)


def _stuck(plugin_id: str, hook: str) -> Failure:
    return Failure(plugin=plugin_id, hook=hook, kind=FailureKind.STUCK, budget=REVIEW_SECONDS)


def _quarantined(state: PluginState, failure: Failure) -> PluginState:
    detail = " ".join(filter(None, (failure.hook, failure.error, failure.where)))
    return msgspec.structs.replace(state, standing=Standing.QUARANTINED, reason=Reason.FAILING, detail=detail)


def _ignore(_failure: Failure) -> None:
    """Where nobody listens (tests of the catalogue), failures are only counted."""
