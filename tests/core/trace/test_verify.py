"""Whoever can write into the database file is found out. Each attack is made with the database's own tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from visavis_core.store.faults import StoreRefused
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Checkpoint, Signer
from visavis_core.trace.faults import CheckpointInvalid, RecordBroken
from visavis_core.trace.journal import Journal
from visavis_core.trace.merkle import hash_leaf, root_of
from visavis_core.trace.verify import verify_store

from .conftest import ORIGIN, HandClock, need, opening

Attack = Callable[[Any], None]


@pytest.fixture
async def record(tmp_path: Path, keys: KeyRing, signer: Signer, clock: HandClock) -> Path:
    """Two acts of four events, interleaved, with heads at 4 and 8; closed."""
    path = tmp_path / "record.db"
    store = await Store.open(f"sqlite:///{path}")
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    for n in range(4):
        for act in ("act_1", "act_2"):
            await journal.append(act, n, [need(f"besoin {n}") if n else opening()])
        if n == 1:
            await journal.checkpoint()
    await journal.close()
    await store.close()
    return path


def tamper(path: Path, *statements: str | tuple[str, tuple[object, ...]]) -> None:
    connection = sqlite.connect(str(path), isolation_level=None)
    for statement in statements:
        connection.execute(*((statement,) if isinstance(statement, str) else statement))
    connection.close()


def rows(path: Path) -> list[tuple[int, str, int, bytes, bytes]]:
    connection = sqlite.connect(str(path))
    found = connection.execute("SELECT position, act, n, leaf, content FROM event ORDER BY position").fetchall()
    connection.close()
    return [(row[0], row[1], row[2], bytes(row[3]), bytes(row[4])) for row in found]


def test_an_honest_record_is_proved_with_progress(record: Path, signer: Signer) -> None:
    steps: list[tuple[int, int]] = []
    report = verify_store(f"sqlite:///{record}", signer.vkey, progress=lambda done, total: steps.append((done, total)))
    assert report.ok, report.findings
    assert (report.events, report.acts, report.heads, report.unsigned) == (8, 2, 2, 0)
    assert steps[-1] == (8, 8)


def test_a_flipped_bit_anywhere_is_found_and_the_event_named(record: Path, signer: Signer) -> None:
    for position, act, n, _, content in rows(record):
        for bit in range(3, len(content) * 8, 97):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << (bit % 8)
            tamper(record, ("UPDATE event SET content = ? WHERE position = ?", (bytes(flipped), position)))
            first = verify_store(f"sqlite:///{record}", signer.vkey).first
            assert first is not None, (position, bit)
            assert (first.act, first.n) == (act, n), (position, bit, first)
            assert str(n) in first.in_language("fr")
        tamper(record, ("UPDATE event SET content = ? WHERE position = ?", (content, position)))
    assert verify_store(f"sqlite:///{record}", signer.vkey).ok


def _rehash(path: Path, position: int, content: bytes) -> None:
    """The careful attacker also mends the leaf."""
    tamper(path, ("UPDATE event SET content = ?, leaf = ? WHERE position = ?", (content, hash_leaf(content), position)))


STRUCTURAL: dict[str, list[str]] = {
    "delete in the middle": ["DELETE FROM event WHERE position = 3"],
    "delete and close the gap": [
        "DELETE FROM event WHERE position = 3",
        "UPDATE event SET position = position - 1 WHERE position > 3",
    ],
    "cut the end": ["DELETE FROM event WHERE position = 7"],
    "cut the end and mend the tail": [
        "DELETE FROM event WHERE position = 7",
        "UPDATE act SET n = 3 WHERE act = 'act_2'",
    ],
    "cut the end and the last head": [
        "DELETE FROM event WHERE position = 7",
        "DELETE FROM checkpoint WHERE size = 8",
    ],
    "duplicate": ["INSERT INTO event SELECT 8, 'act_3', 0, leaf, content FROM event WHERE position = 0"],
    "duplicate the last": ["INSERT INTO event SELECT 8, act, 4, leaf, content FROM event WHERE position = 7"],
    "swap two places": [
        "UPDATE event SET position = 100 WHERE position = 2",
        "UPDATE event SET position = 2 WHERE position = 3",
        "UPDATE event SET position = 3 WHERE position = 100",
    ],
    "swap two events of an act": [
        "UPDATE event SET n = 100 WHERE act = 'act_1' AND n = 1",
        "UPDATE event SET n = 1 WHERE act = 'act_1' AND n = 2",
        "UPDATE event SET n = 2 WHERE act = 'act_1' AND n = 100",
    ],
    "file under another act": ["UPDATE event SET act = 'act_9', n = 0 WHERE position = 7"],
    "forget an act": ["DELETE FROM act WHERE act = 'act_1'"],
    "invent an act": ["INSERT INTO act VALUES ('act_9', 1, 'x', 'sub', 9)"],
    "another head": ["UPDATE act SET head = replace(head, substr(head, 1, 1), 'z') WHERE act = 'act_1'"],
    "another subject": ["UPDATE act SET subject = 'sub_other' WHERE act = 'act_1'"],
    "another leaf": ["UPDATE event SET leaf = zeroblob(32) WHERE position = 5"],
    "text for bytes": ["UPDATE event SET content = 'text' WHERE position = 3"],
    "a number for bytes": ["UPDATE event SET content = 7 WHERE position = 3"],
    "text for a number": ["UPDATE event SET n = 'one' WHERE position = 3"],
    "a leaf that is text": ["UPDATE event SET leaf = 'text' WHERE position = 3"],
    "bytes for a note": ["UPDATE checkpoint SET note = x'ff00' WHERE size = 4"],
    "a note that is a number": ["UPDATE checkpoint SET note = 7 WHERE size = 4"],
    "bytes for an act": ["UPDATE event SET act = x'ff' WHERE position = 7"],
    "a tail that is text": ["UPDATE act SET n = 'four' WHERE act = 'act_1'"],
    "move a head": ["UPDATE checkpoint SET size = 5 WHERE size = 4"],
    "swap the heads' notes": ["UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 8)"],
    "a word in a head": ["UPDATE checkpoint SET note = replace(note, 'clinique', 'kliniek')"],
}


@pytest.mark.parametrize("attack", STRUCTURAL)
def test_every_structural_attack_is_caught(record: Path, signer: Signer, attack: str) -> None:
    tamper(record, *STRUCTURAL[attack])
    report = verify_store(f"sqlite:///{record}", signer.vkey)
    assert not report.ok
    assert report.first is not None
    assert report.first.in_language("fr") != report.first.in_language("en")


def test_one_who_mends_leaf_and_tail_meets_the_signed_root(record: Path, signer: Signer) -> None:
    position, act, _, _, content = rows(record)[-1]
    changed = content.replace(b"acc_nurse", b"acc_other")
    _rehash(record, position, changed)
    tamper(record, ("UPDATE act SET head = ? WHERE act = ?", (hash_leaf(changed).hex(), act)))
    first = verify_store(f"sqlite:///{record}", signer.vkey).first
    assert first is not None
    assert first.code == "root"
    assert "4 … 8" in first.in_language("fr")


def _rewrite(path: Path, key: Signer) -> None:
    """A whole consistent other past: last event replaced, every hash mended, the head signed by `key`."""
    position, act, _, _, content = rows(path)[-1]
    changed = content.replace(b"acc_nurse", b"acc_other")
    _rehash(path, position, changed)
    root = root_of(row[3] for row in rows(path))
    note = Checkpoint(ORIGIN, 8, root).signed(key)
    tamper(
        path,
        ("UPDATE act SET head = ? WHERE act = ?", (hash_leaf(changed).hex(), act)),
        ("UPDATE checkpoint SET note = ? WHERE size = 8", (note,)),
    )


def test_a_rewriting_signed_by_another_key_is_caught(record: Path, signer: Signer) -> None:
    _rewrite(record, Signer(ORIGIN, b"x" * 32))
    first = verify_store(f"sqlite:///{record}", signer.vkey).first
    assert first is not None
    assert first.code == "signature"


def test_a_fork_by_the_house_itself_is_caught_by_a_head_kept_outside_and_only_so(record: Path, signer: Signer) -> None:
    connection = sqlite.connect(str(record))
    [(kept,)] = connection.execute("SELECT note FROM checkpoint WHERE size = 8").fetchall()
    connection.close()
    _rewrite(record, signer)
    assert verify_store(f"sqlite:///{record}", signer.vkey).ok  # the limit that docs/trace.md states
    first = verify_store(f"sqlite:///{record}", signer.vkey, known=[kept]).first
    assert first is not None
    assert first.code == "known"
    # A head of a size at which the store signed none is compared with the tree itself.
    tamper(record, "DELETE FROM checkpoint")
    first = verify_store(f"sqlite:///{record}", signer.vkey, known=[kept]).first
    assert first is not None
    assert first.code == "known"
    tamper(record, "DELETE FROM event WHERE position = 7", "UPDATE act SET n = 3 WHERE act = 'act_2'")
    assert not verify_store(f"sqlite:///{record}", signer.vkey, known=[kept]).ok


async def test_a_tampered_record_is_neither_read_nor_continued(
    record: Path, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    tamper(record, "DELETE FROM event WHERE position = 2")
    store = await Store.open(f"sqlite:///{record}")
    with pytest.raises(RecordBroken):
        await Journal.open(store, keys, signer, clock, ORIGIN)
    await store.close()


async def test_another_key_does_not_continue_a_record(record: Path, keys: KeyRing, clock: HandClock) -> None:
    store = await Store.open(f"sqlite:///{record}")
    with pytest.raises(CheckpointInvalid):
        await Journal.open(store, keys, Signer(ORIGIN, b"x" * 32), clock, ORIGIN)
    await store.close()


async def test_a_running_record_can_be_verified_beside_it(tmp_path: Path, journal: Journal, signer: Signer) -> None:
    await journal.append("act_1", 0, [opening()])
    await journal.checkpoint()
    await journal.append("act_1", 1, [need("a"), need("b")])
    report = verify_store(f"sqlite:///{tmp_path}/record.db", signer.vkey)
    assert report.ok
    assert (report.events, report.unsigned) == (3, 2)


def test_what_is_no_record_is_refused_in_words(tmp_path: Path, signer: Signer) -> None:
    with pytest.raises(StoreRefused):
        verify_store(f"sqlite:///{tmp_path}/nothing.db", signer.vkey)
    (tmp_path / "text.db").write_text("hello " * 1000)
    with pytest.raises(StoreRefused):
        verify_store(f"sqlite:///{tmp_path}/text.db", signer.vkey)
    with pytest.raises(StoreRefused):
        verify_store("mysql://x/y", signer.vkey)
