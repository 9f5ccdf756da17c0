"""The store's own promises, apart from what is written in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from visavis_core.store import schema, tables
from visavis_core.store.engines import check_sqlite
from visavis_core.store.faults import ReadFailed, SchemaNewer, StoreRefused
from visavis_core.store.schema import current_step
from visavis_core.store.sql import Store

ROW = "INSERT INTO act VALUES ('a', 1, 'h', 's', 0)"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/data/record.db", readers=2)
    yield store
    await store.close()


async def test_the_migrations_make_the_tables_that_queries_are_written_with(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        def ours(thing: object, name: str | None, kind: str, reflected: bool, beside: object) -> bool:
            return kind != "table" or name in tables.metadata.tables

        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return list(compare_metadata(context, tables.metadata))

    assert await store.read(differences) == []


async def test_writes_are_as_durable_as_sqlite_can_make_them(store: Store) -> None:
    def switches(connection: Connection) -> tuple[object, ...]:
        names = ("journal_mode", "synchronous", "mmap_size", "foreign_keys")
        return tuple(connection.execute(text(f"PRAGMA {name}")).scalar() for name in names)

    assert await store.write(switches) == ("wal", 2, 0, 1)


async def test_files_are_their_owners_alone(store: Store, tmp_path: Path) -> None:
    assert os.stat(tmp_path / "data").st_mode & 0o077 == 0
    assert os.stat(tmp_path / "data" / "record.db").st_mode & 0o077 == 0


async def test_a_refused_statement_rolls_back_and_the_store_goes_on(store: Store) -> None:
    def twice(connection: Connection) -> None:
        connection.execute(text(ROW))
        connection.execute(text(ROW))

    with pytest.raises(IntegrityError):
        await store.write(twice)
    assert await store.read(lambda connection: connection.execute(text("SELECT count(*) FROM act")).scalar()) == 0
    await store.write(lambda connection: connection.execute(text(ROW)).close())
    assert await store.read(lambda connection: connection.execute(text("SELECT count(*) FROM act")).scalar()) == 1


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(ReadFailed):
        await store.read(lambda connection: connection.execute(text(ROW)).close())


async def test_errors_do_not_quote_what_was_written(store: Store) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("INSERT INTO act (act) VALUES (:name)"), {"name": "Tremblay"})

    with pytest.raises(IntegrityError) as refused:
        await store.write(fail)
    assert "Tremblay" not in str(refused.value)


async def test_many_readers_at_once_and_one_writer(store: Store) -> None:
    async def count() -> object:
        return await store.read(lambda connection: connection.execute(text("SELECT count(*) FROM act")).scalar())

    async def insert(name: str) -> None:
        await store.write(
            lambda connection: connection.execute(
                text("INSERT INTO act VALUES (:name, 1, 'h', 's', 0)"), {"name": name}
            ).close()
        )

    await asyncio.gather(*(insert(f"a{i}") for i in range(20)), *(count() for _ in range(50)))
    assert await count() == 20


async def test_a_newer_schema_is_refused_and_left_alone(store: Store, tmp_path: Path) -> None:
    await store.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999_future'")).close())
    await store.close()
    with pytest.raises(SchemaNewer) as refused:
        await Store.open(f"sqlite:///{tmp_path}/data/record.db")
    assert "9999_future" in refused.value.message.fr
    looking = await Store.open(f"sqlite:///{tmp_path}/data/record.db", read_only=True)
    assert await looking.read(current_step) == "9999_future"
    await looking.close()


def test_a_sqlite_with_the_corruption_bug_is_refused() -> None:
    check_sqlite((3, 51, 3))
    with pytest.raises(StoreRefused, match=r"3\.40\.1"):
        check_sqlite((3, 40, 1))


@pytest.mark.parametrize("url", ["", "mysql://h/d", "sqlite://", "postgresql://h/d", "not an address"])
async def test_other_addresses_are_refused_in_words(url: str) -> None:
    with pytest.raises(StoreRefused):
        await Store.open(url)


async def test_an_impossible_place_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefused):
        await Store.open(f"sqlite:///{tmp_path}/file/record.db")
    with pytest.raises(StoreRefused):
        await Store.open(f"sqlite:///{tmp_path}/none.db", read_only=True)
    (tmp_path / "text.db").write_text("no database " * 1000)
    with pytest.raises(StoreRefused):
        await Store.open(f"sqlite:///{tmp_path}/text.db")


def test_the_step_named_in_the_code_is_the_newest_of_the_steps() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]
