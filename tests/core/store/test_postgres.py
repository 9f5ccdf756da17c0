"""The same record on PostgreSQL: a real server in a temporary folder, reached by its socket.

Needs PostgreSQL's binaries (Debian: `postgresql`); without them these tests are skipped and say so.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from visavis_core.store import tables
from visavis_core.store.blobs import Blobs
from visavis_core.store.faults import SchemaNewer, StoreBusy
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.export import export_act
from visavis_core.trace.faults import Conflict, JournalStopped, RecordBroken
from visavis_core.trace.journal import Draft, Journal
from visavis_core.trace.verify import verify_export, verify_store
from visavis_sdk.events import Actor, NeedStated

from .conftest import Server

ORIGIN = "region.example/visavis"
SIGNER = Signer(ORIGIN, b"s" * 32)
AT = "2026-11-23T14:05:00.000000Z"


def clock() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def need(words: str) -> Draft:
    return Draft(at=AT, actor=Actor(kind="account", id="acc"), body=NeedStated(need=words, expectations="avis"))


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyRing]:
    ring = KeyRing(tmp_path / "keys.db", [b"k" * 32])
    yield ring
    ring.close()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url, readers=2)
    yield store
    await store.close()


async def test_the_record_stands_on_postgresql_as_on_sqlite(
    store: Store, keys: KeyRing, url: str, tmp_path: Path
) -> None:
    journal = await Journal.open(store, keys, SIGNER, clock, ORIGIN, head_every=3600)
    for n in range(5):
        await asyncio.gather(*(journal.append(f"act_{i}", n, [need(f"besoin {n}")]) for i in range(10)))
    with pytest.raises(Conflict):
        await journal.append("act_1", 2, [need("tard")])
    await journal.close()
    again = await Journal.open(store, keys, SIGNER, clock, ORIGIN, head_every=3600)
    assert [recorded.n for recorded in await again.read("act_3")] == list(range(5))
    assert len(await again.acts()) == 10
    blobs = await Blobs.open(tmp_path / "blobs", store, keys, clock)
    sink = io.BytesIO()
    await export_act(store, keys, SIGNER, blobs, "act_3", sink, made_at=AT)
    await again.close()
    assert verify_export(sink, SIGNER.vkey).ok
    report = verify_store(url, SIGNER.vkey)
    assert report.ok, report.findings
    assert (report.events, report.unsigned) == (50, 0)


async def test_the_migrations_make_the_same_tables(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _beside: object) -> bool:
            return kind != "table" or name in tables.metadata.tables

        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return list(compare_metadata(context, tables.metadata))

    assert await store.read(differences) == []


async def test_one_sequencer_per_database(store: Store, url: str) -> None:
    with pytest.raises(StoreBusy):
        await Store.open(url)
    await store.close()
    await (await Store.open(url)).close()


async def test_a_newer_schema_is_refused(store: Store, url: str) -> None:
    await store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999_future'")).close())
    await store.close()
    with pytest.raises(SchemaNewer):
        await Store.open(url)


async def test_tampering_is_caught_there_too(store: Store, keys: KeyRing, url: str) -> None:
    journal = await Journal.open(store, keys, SIGNER, clock, ORIGIN, head_every=3600)
    for n in range(4):
        await journal.append("act_1", n, [need("x")])
    await journal.close()
    await store.write(lambda c: c.execute(text("DELETE FROM event WHERE position = 2")).close())
    report = verify_store(url, SIGNER.vkey)
    assert report.first is not None
    assert report.first.code == "missing"
    with pytest.raises(RecordBroken):
        await Journal.open(store, keys, SIGNER, clock, ORIGIN)


@pytest.mark.chaos
async def test_a_database_that_dies_loses_nothing_acknowledged(server: Server, keys: KeyRing, url: str) -> None:
    store = await Store.open(url, readers=2)
    journal = await Journal.open(store, keys, SIGNER, clock, ORIGIN, head_every=3600)
    acknowledged: dict[str, int] = {}
    warm = asyncio.Event()

    async def write(act: str) -> None:
        n = 0
        while True:
            try:
                await journal.append(act, n, [need(f"besoin {n}")])
            except JournalStopped:
                return
            n = acknowledged[act] = n + 1
            if n == 20:
                warm.set()

    for death in range(3):
        acknowledged.clear()
        acknowledged.update({f"act_{death}_{i}": 0 for i in range(8)})
        warm.clear()
        writers = [asyncio.create_task(write(act)) for act in acknowledged]
        await warm.wait()
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.gather(*writers)
        assert journal.stopped
        await asyncio.to_thread(server.start)
        await journal.close()
        await store.close()
        store = await Store.open(url, readers=2)
        journal = await Journal.open(store, keys, SIGNER, clock, ORIGIN, head_every=3600)
        for act, count in acknowledged.items():
            assert count == 0 or len(await journal.read(act)) >= count
    await journal.close()
    await store.close()
    assert verify_store(url, SIGNER.vkey).ok
