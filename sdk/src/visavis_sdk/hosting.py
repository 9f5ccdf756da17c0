"""Calling plugins so that one of them can fail alone.

Knows: who implements which hook, in the deployment's order; that a plugin which raises, returns the wrong type or takes
too long loses its own answer and nothing else; that what is told of a failure holds no patient's data.
Refuses to know: what a failure leads to (quarantine, an event, a banner): the host's callback decides.

Only pluggy's public API is used: it matches and registers; its call loop is not, because there the first exception
ends the call and takes the other plugins' answers with it.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine, Mapping
from enum import StrEnum
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import msgspec
import pluggy

from visavis_sdk.hooks import Spec
from visavis_sdk.hooks.answers import answer_check
from visavis_sdk.hooks.marks import PROJECT, Terms, terms_of
from visavis_sdk.hooks.registration import PluginRefused, refuse_unfit

__all__ = ["Contribution", "Failure", "FailureKind", "Hooks", "PluginRefused"]

P = ParamSpec("P")
R = TypeVar("R")


class Contribution(msgspec.Struct, Generic[R], frozen=True):
    """One plugin's answer, with the plugin's id."""

    plugin: str
    value: R


class FailureKind(StrEnum):
    """`OVERRUN`: a sync hook answered, late; its answer stands. `TIMEOUT`: an async hook was cancelled at its budget.
    `STUCK`: it swallowed the cancellation too, and was left behind."""

    RAISED = "raised"
    WRONG_TYPE = "wrong_type"
    OVERRUN = "overrun"
    TIMEOUT = "timeout"
    STUCK = "stuck"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a failure: names, never an exception's text, which may quote a patient's data.

    `budget` is in seconds. `error` is the exception's class, `where` the file and line of the plugin that raised it.
    """

    plugin: str
    hook: str
    kind: FailureKind
    budget: float
    error: str = ""
    where: str = ""


class _Route(msgspec.Struct, frozen=True):
    plugin: str
    function: Callable[..., Any]


class _Hook(msgspec.Struct, frozen=True):
    terms: Terms
    fits: Callable[[object], bool]
    budget: float


class Hooks:
    """The plugins of one app. `plugins` maps ids to objects, in the order in which they are to be called.

    `clock` is monotonic and in seconds. `budgets` replaces the budgets of named hooks. `grace` is how long a cancelled
    async hook may take to leave. Raises `PluginRefused`, by name, for a plugin that does not fit the specs.
    """

    def __init__(
        self,
        plugins: Mapping[str, object] | None = None,
        *,
        on_failure: Callable[[Failure], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        budgets: Mapping[str, float] | None = None,
        grace: float = 0.1,
        specs: type = Spec,
    ) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(specs)
        self._hooks = _hooks_of(specs, budgets or {})
        self._terms = {name: hook.terms for name, hook in self._hooks.items()}
        self._routes: dict[str, tuple[_Route, ...]] = {}
        self._on_failure = on_failure or _ignore
        self._clock = clock
        self._grace = grace
        self._left_behind: set[asyncio.Task[Any]] = set()
        self._draw_routes()
        for plugin_id, plugin in (plugins or {}).items():
            self.add(plugin_id, plugin)

    def add(self, plugin_id: str, plugin: object) -> None:
        """Register one more plugin, called after those already there. Raises `PluginRefused` and changes nothing."""
        if self._manager.has_plugin(plugin_id):
            raise PluginRefused(plugin_id, "its id is already taken")
        refuse_unfit(self._manager, plugin_id, plugin, self._terms)
        self._manager.register(plugin, plugin_id)
        self._manager.check_pending()
        self._draw_routes()

    def remove(self, plugin_id: str) -> None:
        """Take a plugin out, for instance into quarantine. Unknown ids are ignored: it is gone either way."""
        if self._manager.has_plugin(plugin_id):
            self._manager.unregister(name=plugin_id)
            self._draw_routes()

    def answering(self, spec: Callable[..., Any], /) -> tuple[str, ...]:
        """The ids of the plugins that implement a hook, in the deployment's order."""
        return tuple(route.plugin for route in self._routes[terms_of(spec).hook])

    def collect(
        self, spec: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> list[Contribution[R]]:
        """Every plugin's answer to a sync hook, in the deployment's order."""
        hook = self._hook(spec, is_async=False)
        answers: list[Contribution[R]] = []
        for route in self._routes[hook.terms.hook]:
            answer = self._ask(hook, route, args, kwargs)
            if answer is not None:
                answers.append(answer)
        return answers

    def first(
        self, spec: Callable[Concatenate[Any, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Contribution[R] | None:
        """The first answer that is not None to a sync hook. A failing plugin is passed over."""
        hook = self._hook(spec, is_async=False)
        for route in self._routes[hook.terms.hook]:
            answer: Contribution[R] | None = self._ask(hook, route, args, kwargs)
            if answer is not None and answer.value is not None:
                return answer
        return None

    async def ask(
        self, spec: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]], /, *args: P.args, **kwargs: P.kwargs
    ) -> list[Contribution[R]]:
        """Every plugin's answer to an async hook, asked at the same time, within the hook's budget."""
        hook = self._hook(spec, is_async=True)
        routes = self._routes[hook.terms.hook]
        if not routes:
            return []
        tasks = [asyncio.create_task(self._ask_async(hook, route, args, kwargs)) for route in routes]
        # Not asyncio.timeout around each: a plugin that swallows the cancellation would hold the host for ever.
        try:
            _done, late = await asyncio.wait(tasks, timeout=hook.budget)
            if late:
                await self._dismiss(late)
        finally:
            for task in tasks:
                task.cancel()
        answers: list[Contribution[R]] = []
        for route, task in zip(routes, tasks, strict=True):
            answer = self._settle(hook, route, task, is_late=task in late, args=args, kwargs=kwargs)
            if answer is not None:
                answers.append(answer)
        return answers

    async def notify(
        self, spec: Callable[Concatenate[Any, P], Coroutine[Any, Any, None]], /, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Tell every plugin at the same time; return when all have taken note or their budget is over."""
        await self.ask(spec, *args, **kwargs)

    def guard(
        self, plugin_id: str, label: str, function: Callable[P, R], budget: float, /, *args: P.args, **kwargs: P.kwargs
    ) -> Contribution[R] | None:
        """Call a function that a plugin contributed (a rule's check, a report's build) as a hook is called.

        `label` names it in a `Failure`. None when it failed; the caller decides what silence means there.
        """
        started = self._clock()
        try:
            value = function(*args, **kwargs)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - isolating a plugin is what this module is for
            self._on_failure(_raised(plugin_id, label, budget, error))
            return None
        self._time(plugin_id, label, budget, started)
        return Contribution(plugin_id, value)

    def _hook(self, spec: Callable[..., Any], *, is_async: bool) -> _Hook:
        terms = terms_of(spec)
        if terms.is_async != is_async:
            raise TypeError(f"{terms.hook} is {'async: use notify or ask' if terms.is_async else 'sync: use collect'}")
        return self._hooks[terms.hook]

    def _ask(self, hook: _Hook, route: _Route, args: Any, kwargs: Any) -> Contribution[Any] | None:
        name, budget = hook.terms.hook, hook.budget
        started = self._clock()
        try:
            value = route.function(*args, **kwargs)
            fits = hook.fits(value)  # inside: a sequence of the plugin's own may raise while it is read
        except (Exception, SystemExit) as error:  # noqa: BLE001 - isolating a plugin is what this module is for
            return self._fail(hook, _raised(route.plugin, name, budget, error), args, kwargs)
        self._time(route.plugin, name, budget, started)
        if not fits:
            failure = Failure(plugin=route.plugin, hook=name, kind=FailureKind.WRONG_TYPE, budget=budget)
            return self._fail(hook, failure, args, kwargs)
        return Contribution(route.plugin, value)

    async def _ask_async(self, hook: _Hook, route: _Route, args: Any, kwargs: Any) -> Any:
        """The plugin's value, or the `Failure`. Never raises but for the host's own cancellation."""
        name, budget = hook.terms.hook, hook.budget
        try:
            value = await route.function(*args, **kwargs)
            fits = hook.fits(value)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return _raised(route.plugin, name, budget, error)  # the plugin cancelled itself; nobody asked it to
        except (Exception, SystemExit) as error:  # noqa: BLE001 - isolating a plugin is what this module is for
            return _raised(route.plugin, name, budget, error)
        return value if fits else Failure(plugin=route.plugin, hook=name, kind=FailureKind.WRONG_TYPE, budget=budget)

    async def _dismiss(self, late: set[asyncio.Task[Any]]) -> None:
        for task in late:
            task.cancel()
        _gone, stuck = await asyncio.wait(late, timeout=self._grace)
        for task in stuck:  # a reference is kept, else the loop may drop a running task half way
            self._left_behind.add(task)
            task.add_done_callback(self._left_behind.discard)

    def _settle(
        self, hook: _Hook, route: _Route, task: asyncio.Task[Any], *, is_late: bool, args: Any, kwargs: Any
    ) -> Contribution[Any] | None:
        if is_late:
            kind = FailureKind.TIMEOUT if task.done() else FailureKind.STUCK
            failure = Failure(plugin=route.plugin, hook=hook.terms.hook, kind=kind, budget=hook.budget)
            return self._fail(hook, failure, args, kwargs)
        value = task.result()
        if isinstance(value, Failure):
            return self._fail(hook, value, args, kwargs)
        return Contribution(route.plugin, value)

    def _fail(self, hook: _Hook, failure: Failure, args: Any, kwargs: Any) -> Contribution[Any] | None:
        self._on_failure(failure)
        if hook.terms.fallback is None:
            return None
        return Contribution(failure.plugin, hook.terms.fallback(*args, *kwargs.values()))

    def _time(self, plugin_id: str, hook: str, budget: float, started: float) -> None:
        if self._clock() - started > budget:
            self._on_failure(Failure(plugin=plugin_id, hook=hook, kind=FailureKind.OVERRUN, budget=budget))

    def _draw_routes(self) -> None:
        for name in self._hooks:
            implementations = getattr(self._manager.hook, name).get_hookimpls()
            self._routes[name] = tuple(_Route(impl.plugin_name, impl.function) for impl in implementations)


def _hooks_of(specs: type, budgets: Mapping[str, float]) -> dict[str, _Hook]:
    hooks: dict[str, _Hook] = {}
    for name, function in inspect.getmembers(specs, inspect.isfunction):
        terms = terms_of(function)
        hooks[name] = _Hook(terms, answer_check(function), budgets.get(name, terms.budget))
    if unknown := set(budgets) - set(hooks):
        raise ValueError(f"budgets for unknown hooks: {', '.join(sorted(unknown))}")
    return hooks


def _raised(plugin_id: str, hook: str, budget: float, error: BaseException) -> Failure:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
        where = f"{file}:{trace.tb_lineno}"
    return Failure(
        plugin=plugin_id,
        hook=hook,
        kind=FailureKind.RAISED,
        budget=budget,
        error=type(error).__name__,
        where=where,
    )


def _ignore(_failure: Failure) -> None:
    """The default callback: tests of a plugin look at answers, and a host always gives its own."""
