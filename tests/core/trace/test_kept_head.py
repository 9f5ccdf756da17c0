"""The last signed head lies beside the key: who can write only the database cannot rewrite the record unseen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer, Verifier, open_checkpoint
from visavis_core.trace.faults import JournalStopped, RecordRewound
from visavis_core.trace.journal import Journal
from visavis_core.trace.kept_head import KeptHead
from visavis_core.trace.merkle import hash_leaf
from visavis_core.trace.verify import verify_store

from .conftest import ORIGIN, HandClock, need, opening


class House:
    """One deployment: its database, and beside the key the head file."""

    def __init__(self, folder: Path, keys: KeyRing, signer: Signer, clock: HandClock) -> None:
        self.database = folder / "record.db"
        self.url = f"sqlite:///{self.database}"
        self.kept = KeptHead(folder / "keys" / "head.txt")
        self.kept.path.parent.mkdir()
        self._keys, self.signer, self._clock = keys, signer, clock

    async def run(self, first: int, events: int, *, kept: bool = True) -> None:
        """Start, append `events` events from number `first` on, with a head after each, stop."""
        store = await Store.open(self.url)
        try:
            journal = await Journal.open(
                store, self._keys, self.signer, self._clock, ORIGIN, head_every=3600,
                kept=KeptHead(self.kept.path) if kept else None,
            )  # fmt: skip
            for n in range(first, first + events):
                await journal.append("act_1", n, [need(f"besoin {n}") if n else opening()])
                await journal.checkpoint()
            await journal.close()
        finally:
            await store.close()

    def size(self) -> int:
        return open_checkpoint(self.kept.read(), Verifier.read(self.signer.vkey)).size

    def findings(self, now: str = "") -> list[str]:
        report = verify_store(self.url, self.signer.vkey, kept=self.kept.read(), now=now)
        return [finding.code for finding in report.findings]

    def tamper(self, *statements: str) -> None:
        connection = sqlite.connect(str(self.database), isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    def forge(self) -> None:
        """Without any key: another past, every hash mended, no head left to contradict it."""
        connection = sqlite.connect(str(self.database), isolation_level=None)
        head = ""
        rows = connection.execute("SELECT position, content FROM event ORDER BY position").fetchall()
        for position, content in rows:
            forged = bytes(content).replace(b"acc_nurse", b"acc_other")
            forged = forged.replace(f'"prev":"{json.loads(forged)["prev"]}"'.encode(), f'"prev":"{head}"'.encode())
            leaf = hash_leaf(forged)
            head = leaf.hex()
            connection.execute("UPDATE event SET content = ?, leaf = ? WHERE position = ?", (forged, leaf, position))
        connection.execute("UPDATE act SET head = ?", (head,))
        connection.execute("DELETE FROM checkpoint")
        connection.close()


@pytest.fixture
def house(tmp_path: Path, keys: KeyRing, signer: Signer, clock: HandClock) -> House:
    return House(tmp_path, keys, signer, clock)


async def test_a_new_record_keeps_its_head_and_each_start_goes_on_from_it(house: House) -> None:
    assert house.kept.read() == ""
    await house.run(0, 2)
    assert house.size() == 2
    await house.run(2, 1)
    assert house.size() == 3
    assert house.findings() == []


async def test_a_record_rewritten_without_any_key_is_found_and_never_signed(house: House) -> None:
    await house.run(0, 3)
    house.forge()
    assert verify_store(house.url, house.signer.vkey).ok  # by itself the forgery is consistent
    assert house.findings() == ["kept"]
    with pytest.raises(RecordRewound) as refused:
        await house.run(3, 1)
    assert str(house.kept.path) in refused.value.message.fr
    assert str(house.kept.path) in refused.value.message.en
    assert verify_store(house.url, house.signer.vkey).heads == 0
    assert house.size() == 3


async def test_heads_taken_out_of_an_unchanged_record_are_missed(house: House) -> None:
    await house.run(0, 3)
    house.tamper("DELETE FROM checkpoint WHERE size > 1")
    assert house.findings() == ["beheaded"]
    house.tamper("DELETE FROM checkpoint")
    assert house.findings() == ["beheaded"]
    with pytest.raises(RecordRewound):
        await house.run(3, 1)


async def test_an_emptied_store_is_not_a_new_one(house: House) -> None:
    await house.run(0, 3)
    house.tamper("DELETE FROM event", "DELETE FROM act", "DELETE FROM checkpoint")
    assert house.findings() == ["kept"]
    with pytest.raises(RecordRewound):
        await house.run(0, 1)


async def test_an_older_backup_is_refused_until_the_operator_puts_the_head_aside(house: House, tmp_path: Path) -> None:
    await house.run(0, 2)
    shutil.copy(house.database, tmp_path / "backup.db")
    await house.run(2, 2)
    shutil.copy(tmp_path / "backup.db", house.database)
    assert house.findings() == ["kept"]
    with pytest.raises(RecordRewound):
        await house.run(2, 1)
    aside = house.kept.path.rename(tmp_path / "head-before-the-restore.txt")
    await house.run(2, 1)
    assert house.size() == 3
    assert house.findings() == []
    # What was put aside goes on proving that something is missing.
    assert not verify_store(house.url, house.signer.vkey, known=[aside.read_text()]).ok


async def test_a_store_from_before_the_file_gets_one_at_its_first_start(house: House) -> None:
    await house.run(0, 3, kept=False)
    assert house.kept.read() == ""
    await house.run(3, 0)
    assert house.size() == 3


async def test_a_kill_between_a_head_and_its_file_leaves_the_file_behind_and_the_next_start_mends_it(
    house: House,
) -> None:
    await house.run(0, 2)
    await house.run(2, 2, kept=False)  # heads 3 and 4 are in the store, the file still says 2
    assert house.size() == 2
    assert house.findings() == []
    await house.run(4, 0)
    assert house.size() == 4


async def test_a_file_behind_still_refuses_another_past(house: House) -> None:
    await house.run(0, 2)
    await house.run(2, 2, kept=False)
    house.tamper("UPDATE event SET leaf = zeroblob(32) WHERE position = 1")
    with pytest.raises(RecordRewound):
        await house.run(4, 1)


async def test_a_file_that_was_spoiled_is_refused_in_words(house: House) -> None:
    await house.run(0, 2)
    house.kept.path.write_bytes(b"\xff" * 100)
    assert house.findings() == ["kept"]
    with pytest.raises(RecordRewound):
        await house.run(2, 1)


async def test_events_that_nobody_signs_are_found_after_a_minute(
    tmp_path: Path, journal: Journal, signer: Signer
) -> None:
    await journal.append("act_1", 0, [opening("2026-11-23T14:05:00.000000Z")])
    url = f"sqlite:///{tmp_path}/record.db"
    assert verify_store(url, signer.vkey, now="2026-11-23T14:05:30.000000Z").ok
    late = verify_store(url, signer.vkey, now="2026-11-23T14:06:30.000000Z").first
    assert late is not None
    assert late.code == "waiting"
    await journal.checkpoint()
    assert verify_store(url, signer.vkey, now="2026-11-23T15:00:00.000000Z").ok


async def test_a_head_that_cannot_be_kept_stops_the_record(
    tmp_path: Path, store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    kept = KeptHead(tmp_path / "gone" / "head.txt")
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600, kept=kept)
    await journal.append("act_1", 0, [opening()])
    with pytest.raises(JournalStopped):
        await journal.checkpoint()
    with pytest.raises(JournalStopped):
        await journal.append("act_1", 1, [need("a")])
    await journal.close()


def test_an_older_head_never_replaces_a_newer_one_and_no_part_is_left(tmp_path: Path) -> None:
    kept = KeptHead(tmp_path / "head.txt")
    kept.keep(2, "two")
    kept.keep(1, "one")
    assert kept.read() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["head.txt"]
