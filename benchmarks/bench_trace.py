"""How many events a second the record acknowledges, each one durable, sealed, chained and in the tree.

A round is `EVENTS` events in all, by 1, 10 or 100 writers, each waiting for its acknowledgement before its next event.
The floor is one `fdatasync` of the same file system, printed beside. Events per second = `EVENTS` / time of a round.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.journal import Draft, Journal
from visavis_core.trace.verify import verify_store
from visavis_sdk.events import Actor, AdviceGiven

ORIGIN = "bench.example/visavis"
SIGNER = Signer(ORIGIN, b"s" * 32)
EVENTS = 2_000
ADVICE = AdviceGiven(
    advice="adv_1",
    by="par_expert",
    text="Nettoyer au sérum physiologique, puis pansement hydrocellulaire." * 2,
    justification="Fibrine sur un tiers du lit de la plaie, exsudat modéré, pas de signe d’infection." * 2,
)


def clock() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class House:
    """A journal on its own loop, for a benchmark that is not asynchronous."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.url = f"sqlite:///{folder}/record.db"
        self.keys = KeyRing(folder / "keys.db", [b"k" * 32])
        self.acts = itertools.count()
        self.waits: list[float] = []
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        self.store = await Store.open(self.url)
        self.journal = await Journal.open(self.store, self.keys, SIGNER, clock, ORIGIN)

    async def _close(self) -> None:
        await self.journal.close()
        await self.store.close()
        await self.loop.shutdown_default_executor()

    def close(self) -> None:
        self.loop.run_until_complete(self._close())
        self.loop.close()
        self.keys.close()

    async def _write(self, count: int) -> None:
        act, actor = f"act_{next(self.acts)}", Actor(kind="account", id="acc_expert", acr="2", amr=("pwd", "otp"))
        for n in range(count):
            began = time.perf_counter()
            await self.journal.append(act, n, [Draft(at=clock(), actor=actor, body=ADVICE)])
            self.waits.append(time.perf_counter() - began)

    async def _round(self, writers: int) -> None:
        await asyncio.gather(*(self._write(EVENTS // writers) for _ in range(writers)))

    def round(self, writers: int) -> None:
        self.loop.run_until_complete(self._round(writers))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.mark.parametrize("writers", [1, 10, 100])
def test_acknowledged_events(house: House, benchmark: Any, writers: int) -> None:
    house.round(writers)
    house.waits.clear()
    benchmark.pedantic(house.round, args=(writers,), rounds=5)
    rate = EVENTS / benchmark.stats.stats.median
    waits = sorted(house.waits)
    p99 = waits[len(waits) * 99 // 100] * 1000
    benchmark.extra_info.update(events_per_second=round(rate), p99_ms=round(p99, 2))
    print(f"\n{writers:4d} writers: {rate:8,.0f} acknowledged events/s, p99 {p99:.1f} ms")
    assert verify_store(house.url, SIGNER.vkey).ok


def test_the_floor_one_sync(tmp_path: Path, benchmark: Any) -> None:
    descriptor = os.open(tmp_path / "floor", os.O_WRONLY | os.O_CREAT)

    def sync() -> None:
        os.write(descriptor, b"x" * 1000)
        os.fdatasync(descriptor)

    benchmark(sync)
    os.close(descriptor)


def test_reading_an_act_of_a_consultation(house: House, benchmark: Any) -> None:
    """400 events: checked, opened and decoded, as each page that folds the act afresh does."""
    house.loop.run_until_complete(house._write(400))
    act = f"act_{next(house.acts) - 1}"
    recorded = benchmark(lambda: house.loop.run_until_complete(house.journal.read(act)))
    assert len(recorded) == 400


def test_verifying_a_store(house: House, benchmark: Any) -> None:
    house.round(100)
    house.loop.run_until_complete(house.journal.checkpoint())
    report = benchmark.pedantic(lambda: verify_store(house.url, SIGNER.vkey), rounds=3)
    assert report.events == EVENTS
