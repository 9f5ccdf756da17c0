"""What isolation costs: our dispatcher against pluggy's own call, in the same run.

`make bench`, or `pytest benchmarks/bench_hooks.py --benchmark-only --benchmark-columns=median,iqr,ops,rounds`.
The table's `extra_info` names the machine's Python and pluggy. A hook is called per save or per event, never per frame
or packet: what matters is that eight plugins stay far below a millisecond.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Sequence

import pluggy
import pytest
from visavis_sdk.forms import FormDefinition
from visavis_sdk.hooks import EventRecorded, LoadContext, Spec, implements
from visavis_sdk.hosting import Hooks

CONTEXT = LoadContext(sdk="0.1.0")
EVENT = EventRecorded(kind=None, recorded=None)  # type: ignore[arg-type]  # nobody looks inside
ANSWER: tuple[FormDefinition, ...] = ()


class Plugin:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ANSWER

    @implements(Spec.on_event)
    async def on_event(self, event: EventRecorded) -> None:
        return None


def plugins(count: int) -> dict[str, object]:
    return {f"plugin_{n}": Plugin() for n in range(count)}


@pytest.fixture(autouse=True)
def machine(benchmark):
    benchmark.extra_info.update(python=platform.python_version(), pluggy=pluggy.__version__)


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.benchmark(group="sync hook")
def test_collect(benchmark, count):
    hooks = Hooks(plugins(count))
    answers = benchmark(lambda: hooks.collect(Spec.contribute_forms, context=CONTEXT))
    assert len(answers) == count


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.benchmark(group="sync hook")
def test_bare_pluggy(benchmark, count):
    manager = pluggy.PluginManager("visavis")
    manager.add_hookspecs(Spec)
    for name, plugin in plugins(count).items():
        manager.register(plugin, name)
    answers = benchmark(lambda: manager.hook.contribute_forms(context=CONTEXT))
    assert len(answers) == count


async def a_hundred(hooks: Hooks, event: EventRecorded) -> None:
    for _ in range(100):
        await hooks.notify(Spec.on_event, event=event)


async def a_hundred_bare(answers: list[Plugin], event: EventRecorded) -> None:
    for _ in range(100):
        await asyncio.gather(*(plugin.on_event(event) for plugin in answers))


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.benchmark(group="async hook, a hundred times")
def test_notify(benchmark, count):
    hooks = Hooks(plugins(count))
    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(a_hundred(hooks, EVENT)))


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.benchmark(group="async hook, a hundred times")
def test_bare_gather(benchmark, count):
    answers = [Plugin() for _ in range(count)]
    with asyncio.Runner() as runner:
        benchmark(lambda: runner.run(a_hundred_bare(answers, EVENT)))
