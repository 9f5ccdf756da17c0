"""Plugins that never come back: the loop turns on, the rest is answered, and who did it is named.

Each kind of not coming back is tried everywhere a plugin's code runs: an endless loop, a loop that swallows every
exception, and a sleep, which no exception reaches.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop
from visavis_core.obligations.evaluate import ConformitySheet
from visavis_core.plugins.bounded import NoTurn, StillRunning, Worker
from visavis_core.plugins.catalogue import Contributed, index
from visavis_core.plugins.eviction import Tenant
from visavis_core.plugins.listening import EVENTS_WAITING
from visavis_core.plugins.quarantine import PluginState, Reason, Standing
from visavis_core.plugins.running import LoadedPlugins
from visavis_sdk import events as e
from visavis_sdk.events import Actor, NeedStated, Recorded
from visavis_sdk.hooks import EventRecorded, Spec, implements
from visavis_sdk.hosting import Failure, FailureKind
from visavis_sdk.obligations import Due, Enforcement, Met, Moment, NotApplicable, Obligation, Transition
from visavis_sdk.testing import tell
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActKind

RELEASE = threading.Event()
WORDS = Text(fr="fr", en="en")
ACT = tell(e.ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse", jurisdictions=()))


def loop_for_ever(*_: object) -> Any:
    count = 0
    while True:
        count += 1


def swallow_everything(*_: object) -> Any:
    count = 0
    while True:
        try:
            count += int("1")
        except BaseException:  # noqa: BLE001 -- the very thing under test
            count = 0


def sleep_for_long(*_: object) -> Any:
    RELEASE.wait(60)  # one call into C, which comes back at the end of the test only


FREEZES = pytest.mark.parametrize("freeze", [loop_for_ever, swallow_everything, sleep_for_long])
LEAVES = pytest.mark.parametrize("freeze", [loop_for_ever, swallow_everything])


@pytest.fixture(autouse=True)
def release() -> Iterator[None]:
    RELEASE.clear()
    yield
    RELEASE.set()


def duty(id: str, check: Callable[[Any], Any], jurisdiction: str) -> Obligation:
    return Obligation(
        id=id, jurisdiction=jurisdiction, title=WORDS, advice=WORDS, enforcement=Enforcement.GATE, moment=Moment.BEFORE,
        step="need", citation="S0", source="S0", effective_from="2020-01-01", stops=Transition.START_SESSION,
        check=check,
    )  # fmt: skip


def fine(_act: object) -> Any:
    return Met(events=(1,))


class Hears:
    def __init__(self, freeze: Callable[[], Any] | None = None) -> None:
        self.freeze = freeze
        self.heard: list[int] = []

    @implements(Spec.on_event)
    async def on_event(self, event: EventRecorded) -> None:
        if self.freeze is not None:
            self.freeze()
        self.heard.append(event.recorded.n)


def loaded(
    failures: list[Failure], *, checks: dict[str, list[Callable[[Any], Any]]] | None = None, **plugins: object
) -> LoadedPlugins:
    brought = [
        Contributed(plugin=id, obligations=tuple(duty(f"{id}-{n}", check, id) for n, check in enumerate(some)))
        for id, some in (checks or {}).items()
    ]
    ids = [*(checks or {}), *plugins]
    return LoadedPlugins(
        states=tuple(PluginState(id=id, standing=Standing.LOADED) for id in ids),
        catalogue=index(brought),
        plugins={**{id: object() for id in checks or {}}, **plugins},
        on_failure=failures.append,
    )


def state(plugins: LoadedPlugins, id: str) -> PluginState:
    return next(state for state in plugins.states if state.id == id)


def event(n: int) -> EventRecorded:
    recorded = Recorded(
        act="act_1",
        n=n,
        at="2026-11-23T14:05:00.000000Z",
        actor=Actor(kind="system", id="test"),
        body=NeedStated(need="x", expectations="y"),
    )
    return EventRecorded(kind=ActKind.TELEASSISTANCE, recorded=recorded)


def gone(name: str) -> bool:
    return name not in {thread.name for thread in threading.enumerate()}


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never held"
        time.sleep(0.01)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 -- a look at another thread's work, which wakes nobody here
        await asyncio.sleep(0.001)


def statuses(sheet: ConformitySheet) -> dict[str, object]:
    return {line.obligation.id: line.status for line in sheet.lines}


@FREEZES
def test_a_check_that_never_comes_back_is_due_by_name_and_the_others_are_judged(freeze: Callable[..., Any]) -> None:
    failures: list[Failure] = []
    plugins = loaded(failures, checks={"bad": [fine, freeze, fine], "good": [fine]})
    started = time.monotonic()
    sheet = plugins.judge(ACT)
    took = time.monotonic() - started
    found = statuses(sheet)
    assert found["good-0"] == Met(events=(1,))
    for id in ("bad-0", "bad-1", "bad-2"):
        answer = found[id]
        assert isinstance(answer, Due), "never ready: what is not judged is due"
        assert "« bad »" in answer.missing.fr
        assert "“bad”" in answer.missing.en
    assert {line.obligation.id for line in sheet.due(Transition.START_SESSION)} == {"bad-0", "bad-1", "bad-2"}
    assert took < 10, "half a second, with room for a machine that is busy"
    assert [(f.plugin, f.hook, f.kind) for f in failures] == [("bad", "check bad/bad-1", FailureKind.STUCK)]
    assert (state(plugins, "bad").standing, state(plugins, "bad").reason) == (Standing.QUARANTINED, Reason.BLOCKED)
    assert state(plugins, "good").standing is Standing.LOADED


@FREEZES
def test_a_frozen_check_holds_the_loop_once_and_for_half_a_second(freeze: Callable[..., Any]) -> None:
    """On uvloop, where the server calls it. Half a second counted in the loop's own looks, so that a busy machine
    changes nothing: a timer of 0.4 s set before the sheet is overdue after it, one of 60 s is not."""
    failures: list[Failure] = []
    plugins = loaded(failures, checks={"bad": [freeze], "good": [fine]})

    async def serve() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        plugins.judge(ACT)
        first = loop.time() - started
        started = loop.time()
        for _ in range(20):
            await asyncio.sleep(0)
            plugins.judge(ACT)
        return first, (loop.time() - started) / 20

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        first, later = runner.run(serve())
    assert 0.4 <= first < 10
    assert later < 0.4, "asked once, never again"
    assert len(failures) == 1


@LEAVES
def test_a_frozen_thread_of_python_leaves_and_takes_no_more_of_the_machine(freeze: Callable[..., Any]) -> None:
    tenant = Tenant("frozen", freeze)
    tenant.start()
    tenant.evict()
    wait_for(lambda: tenant.gone)
    wait_for(lambda: gone("plugin-frozen"))


def test_a_check_that_ends_programs_ends_nothing() -> None:
    def interrupt(_act: object) -> Any:
        raise KeyboardInterrupt("Hector Bouchard")

    def leave(_act: object) -> Any:
        raise SystemExit(3)

    failures: list[Failure] = []
    plugins = loaded(failures, checks={"bad": [interrupt, leave, fine]})
    found = statuses(plugins.judge(ACT))
    assert isinstance(found["bad-0"], Due)
    assert isinstance(found["bad-1"], Due)
    assert found["bad-2"] == Met(events=(1,))
    assert "Hector" not in repr(failures)


def test_a_plugin_put_aside_for_its_events_still_has_its_duties_judged() -> None:
    failures: list[Failure] = []
    plugins = loaded(failures, checks={"pack": [fine, lambda _act: NotApplicable(why=WORDS)]})
    plugins._count(Failure(plugin="pack", hook="on_event", kind=FailureKind.STUCK, budget=2.0))
    assert state(plugins, "pack").standing is Standing.QUARANTINED
    assert statuses(plugins.judge(ACT)) == {"pack-0": Met(events=(1,)), "pack-1": NotApplicable(why=WORDS)}


@FREEZES
def test_a_listener_that_blocks_is_put_aside_and_the_loop_and_the_others_go_on(
    freeze: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visavis_core.plugins.listening.MARGIN_SECONDS", 0.1)
    failures: list[Failure] = []
    good, bad = Hears(), Hears(freeze)
    plugins = loaded(failures, bad=bad, good=good)
    plugins._listeners["bad"].budget = 0.3

    async def serve() -> int:
        turns = 0
        running = asyncio.create_task(plugins.run())
        async with asyncio.timeout(60):
            for n in range(10):
                plugins.tell(event(n))
            while len(good.heard) < 10 or state(plugins, "bad").standing is Standing.LOADED:
                turns += 1
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return turns

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        turns = runner.run(serve())
    assert turns > 3, "the loop turned while the plugin did not come back"
    assert good.heard == list(range(10)), "in the act's order, none missing"
    assert bad.heard == []
    assert [(f.plugin, f.hook, f.kind) for f in failures] == [("bad", "on_event", FailureKind.STUCK)]
    assert state(plugins, "bad").reason is Reason.BLOCKED
    if freeze is not sleep_for_long:
        wait_for(lambda: gone("plugin-bad-events"))


async def test_a_full_line_of_one_plugin_drops_counts_and_says_so_once_and_the_other_loses_nothing() -> None:
    full: list[str] = []
    good, slow = Hears(), Hears(lambda: RELEASE.wait(60))
    plugins = LoadedPlugins(
        states=tuple(PluginState(id=id, standing=Standing.LOADED) for id in ("good", "slow")),
        plugins={"good": good, "slow": slow},
        on_drop=full.append,
    )
    running = asyncio.create_task(plugins.run())
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        for n in range(EVENTS_WAITING + 50):
            plugins.tell(event(n))
            while n - len(good.heard) > 100:  # noqa: ASYNC110 -- same
                await asyncio.sleep(0.001)
        await until(lambda: len(good.heard) == EVENTS_WAITING + 50)
    assert 49 <= plugins.dropped <= 50, "one may already be in hand"
    assert full == ["slow"]
    RELEASE.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_listeners_own_tasks_go_on_between_events() -> None:
    done = threading.Event()

    class Later:
        @implements(Spec.on_event)
        async def on_event(self, event: EventRecorded) -> None:
            async def finish() -> None:
                await asyncio.sleep(0.05)
                done.set()

            self.task = asyncio.create_task(finish())

    plugins = loaded([], later=Later())
    running = asyncio.create_task(plugins.run())
    plugins.tell(event(1))
    assert await asyncio.to_thread(done.wait, 30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_template_that_blocks_holds_one_thread_however_often_its_page_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("visavis_core.plugins.running.REVIEW_SECONDS", 0.05)
    failures: list[Failure] = []
    plugins = loaded(failures, bad=object(), good=object())
    looked = await asyncio.gather(*(plugins.build("bad", "report", sleep_for_long) for _ in range(20)))
    assert looked == [None] * 20
    assert [thread.name for thread in threading.enumerate()].count("plugin-bad") == 1
    assert [f.kind for f in failures].count(FailureKind.STUCK) >= 1
    assert state(plugins, "bad").reason is Reason.BLOCKED
    assert await plugins.build("good", "report", lambda: 42) == 42


async def test_a_call_behind_a_slow_one_is_not_blamed_for_it() -> None:
    worker = Worker("slow", grace=60)
    going = threading.Event()

    def slow() -> int:
        going.set()
        RELEASE.wait(60)
        return 1

    first = asyncio.create_task(worker.run_async(slow, 0.05))
    await asyncio.to_thread(going.wait, 30)
    with pytest.raises(NoTurn):
        await worker.run_async(lambda: 2, 0.05)
    assert not worker.stuck
    RELEASE.set()
    assert await first == 1
    assert await worker.run_async(lambda: 3, 10) == 3


def test_a_worker_that_is_stuck_takes_no_more_calls() -> None:
    worker = Worker("stuck", grace=0.01)
    with pytest.raises(StillRunning):
        worker.run(sleep_for_long, 0.01)
    with pytest.raises(StillRunning):
        worker.run(lambda: 1, 10)


def test_a_workers_thread_goes_home_with_it() -> None:
    worker = Worker("home")
    assert worker.run(lambda: 1, 10) == 1
    assert not gone("plugin-home")
    del worker
    wait_for(lambda: gone("plugin-home"))
