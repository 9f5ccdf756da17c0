"""A plugin looks at live pictures from a process of its own; whatever it does there, nobody waits and nobody falls."""

from __future__ import annotations

import asyncio
import os
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from visavis_core.plugins.breaker import FAILURES_IN_A_ROW, REST_SECONDS, Breaker
from visavis_core.plugins.running import LoadedPlugins, Observer
from visavis_core.plugins.tapping import Taps
from visavis_media.eye_messages import PictureMeasured
from visavis_media.testing import eventually
from visavis_sdk.hosting import Failure, FailureKind

PATIENCE = 60.0
VENDOR = """
import os, time
from visavis_sdk import Observation, Spec, Text, implements

class Vendor:
    def __init__(self, how):
        self.how = how

    @implements(Spec.observe_picture)
    def observe_picture(self, context):
        if self.how == "hangs":
            time.sleep(3600)
        if self.how == "raises":
            raise ValueError("what the picture showed")
        if self.how == "slow":
            time.sleep(0.3)
        if self.how == "dies":
            os._exit(3)
        if self.how == "lies":
            return [Observation(id="somebody_else.note", text=Text("x", "x"))]
        if self.how == "wrong":
            return "a text"
        return [Observation(id=f"vendor.{os.getpid()}", text=Text(context.source, str(len(context.luma))))]

def create_plugin(config):
    return Vendor(config["how"])
"""


@pytest.fixture
def vendor(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_vendor.py").write_text(VENDOR)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


class Looking:
    def __init__(self, *ways: str) -> None:
        self.heard: list[tuple[str, str, Any]] = []
        self.failures: list[Failure] = []
        observers = [
            Observer(
                plugin="vendor" if way == "well" else f"vendor_{way}",
                entry="a_vendor:create_plugin",
                config={"how": way},
            )
            for way in ways
        ]
        plugins = LoadedPlugins(observers=observers, on_failure=self.failures.append)
        self.taps = Taps(plugins, lambda *what: self.heard.append(what))

    def show(self, link: str = "link_1") -> None:
        self.taps.show(link, "clinical", PICTURE)

    def notes(self, plugin: str) -> list[Any]:
        return [notes for _, who, notes in self.heard if who == plugin]


PICTURE = PictureMeasured(
    key=1,
    pictures=1,
    frames_per_second=1.0,
    absent_ms=0,
    unchanged_ms=0,
    lost=0,
    width=640,
    height=360,
    sharpness=0.1,
    mean_luma=100.0,
    white_per_mille=0,
    black_per_mille=0,
    luma=bytes(160 * 90),
    luma_width=160,
    luma_height=90,
)


@pytest.fixture
async def looking(request: pytest.FixtureRequest, vendor: None) -> AsyncIterator[Looking]:
    made = Looking(*request.param)
    yield made
    await made.taps.close()


@pytest.mark.parametrize("looking", [("well",)], indirect=True)
async def test_what_a_plugin_says_comes_back_from_another_process(looking: Looking) -> None:
    looking.show()
    await eventually(lambda: looking.heard, PATIENCE)
    link, plugin, [note] = looking.heard[0]
    assert (link, plugin) == ("link_1", "vendor")
    assert (note.text.fr, note.text.en) == ("clinical", str(160 * 90))
    assert note.note != f"vendor.{os.getpid()}"
    assert looking.failures == []


@pytest.mark.parametrize("looking", [("hangs", "well")], indirect=True)
async def test_one_that_hangs_is_ended_and_the_others_never_wait(looking: Looking) -> None:
    looking.show()
    await eventually(lambda: looking.notes("vendor"), PATIENCE)
    answered = 0
    async with asyncio.timeout(PATIENCE):
        while not looking.failures:  # two seconds long the one hangs, and the other goes on answering
            looking.show()
            await asyncio.sleep(0.05)
            answered = len(looking.notes("vendor"))
    assert answered > 1
    assert looking.failures[0].plugin == "vendor_hangs"
    assert looking.failures[0].kind is FailureKind.STUCK


@pytest.mark.parametrize("looking", [("raises",), ("dies",), ("wrong",)], indirect=True)
async def test_one_that_keeps_failing_is_left_alone_for_a_while(looking: Looking) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(looking.failures) < FAILURES_IN_A_ROW:
            looking.show()
            await asyncio.sleep(0.05)
    told = len(looking.failures)
    for _ in range(10):
        looking.show()
        await asyncio.sleep(0.02)
    assert len(looking.failures) == told
    assert all("picture showed" not in repr(failure) for failure in looking.failures)
    assert all(notes == () for _, _, notes in looking.heard)


@pytest.mark.parametrize("looking", [("slow",)], indirect=True)
async def test_a_late_answer_is_an_overrun_and_pictures_are_missed_not_queued(looking: Looking) -> None:
    for _ in range(40):
        looking.show()
        await asyncio.sleep(0.01)
    await eventually(lambda: looking.failures, PATIENCE)
    assert looking.failures[0].kind is FailureKind.OVERRUN
    assert looking.taps.missed > 0


@pytest.mark.parametrize("looking", [("lies",)], indirect=True)
async def test_nobody_speaks_under_another_s_name(looking: Looking) -> None:
    looking.show()
    await eventually(lambda: looking.heard, PATIENCE)
    assert looking.heard[0][2] == ()


def test_a_breaker_lets_one_try_through_after_its_rest() -> None:
    breaker = Breaker()
    for moment in range(FAILURES_IN_A_ROW):
        assert breaker.lets(moment)
        breaker = breaker.after(good=False, now=float(moment))
    tripped = float(FAILURES_IN_A_ROW - 1)
    assert not breaker.lets(tripped + REST_SECONDS - 1)
    assert breaker.lets(tripped + REST_SECONDS)
    again = breaker.after(good=False, now=tripped + REST_SECONDS)
    assert not again.lets(tripped + REST_SECONDS + 1)
    assert breaker.after(good=True, now=0.0) == Breaker()
