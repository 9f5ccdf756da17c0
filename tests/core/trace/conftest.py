"""A record on disk for each test, with a clock that only moves when told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.journal import Draft, Journal
from visavis_sdk.events import ActOpened, Actor, NeedStated
from visavis_sdk.vocabulary import ActKind

ORIGIN = "clinique.example/visavis"
KEK = b"k" * 32
NURSE = Actor(kind="account", id="acc_nurse", acr="2", amr=("pwd", "otp"))


class HandClock:
    """Wall and steady time that a test moves by hand."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
        self.steady = 1000.0

    def __call__(self) -> str:
        return self.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def monotonic(self) -> float:
        return self.steady

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


def opening(at: str = "2026-11-23T14:05:00.000000Z", cause: str = "") -> Draft:
    body = ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse", jurisdictions=("quebec",))
    return Draft(at=at, actor=NURSE, body=body, cause=cause)


def need(words: str, at: str = "2026-11-23T14:06:00.000000Z") -> Draft:
    return Draft(at=at, actor=NURSE, body=NeedStated(need=words, expectations="Avis sur la conduite à tenir"))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def signer() -> Signer:
    return Signer(ORIGIN, b"s" * 32)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyRing]:
    ring = KeyRing(tmp_path / "keys.db", [KEK])
    yield ring
    ring.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/record.db", readers=2)
    yield store
    await store.close()


@pytest.fixture
async def journal(store: Store, keys: KeyRing, signer: Signer, clock: HandClock) -> AsyncIterator[Journal]:
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600, monotonic=clock.monotonic)
    yield journal
    await journal.close()
