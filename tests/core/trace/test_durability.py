"""Nothing acknowledged is ever lost, and nothing is acknowledged that may be."""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from visavis_core.store.faults import StoreBusy
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.faults import JournalStopped
from visavis_core.trace.journal import Journal
from visavis_core.trace.verify import verify_store

from .conftest import KEK, ORIGIN, HandClock, need, opening

WRITER = Path(__file__).with_name("writer_process.py")


def killed_under_load(directory: Path, run: str, acknowledgements: int) -> list[tuple[str, int]]:
    """Start a writer, let it acknowledge so many events, kill it without warning; what it acknowledged."""
    writer = subprocess.Popen([sys.executable, str(WRITER), str(directory), run], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == b"ready\n"
        lines = [writer.stdout.readline() for _ in range(acknowledgements)]
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.read().splitlines(keepends=True)
    finally:
        writer.kill()
        writer.stdout.close()
        writer.wait()
    whole = [line.split() for line in lines if line.endswith(b"\n")]
    return [(act.decode(), int(n)) for act, n in whole]


@pytest.mark.chaos
@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.long)])
def test_kill_nine_under_load_loses_no_acknowledged_event(tmp_path: Path, kills: int, signer: Signer) -> None:
    chance = random.Random(kills)
    acknowledged: list[tuple[str, int]] = []
    for run in range(kills):
        acknowledged += killed_under_load(tmp_path, str(run), chance.randrange(50, 600))
        report = verify_store(f"sqlite:///{tmp_path}/record.db", signer.vkey)
        assert report.ok, (run, report.findings)
    connection = sqlite.connect(str(tmp_path / "record.db"))
    kept = set(connection.execute("SELECT act, n FROM event"))
    connection.close()
    assert len(acknowledged) >= kills * 50
    assert set(acknowledged) <= kept


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The disk is full, as far as this process can tell: every write beyond `size` fails (EFBIG)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def fill(journal: Journal, act: str) -> int:
    """Append until the record stops; how many events were acknowledged."""
    n = 0
    while True:
        try:
            n += len(await journal.append(act, n, [need("x" * 3000)] if n else [opening()]))
        except JournalStopped:
            return n


async def test_a_full_disk_stops_acknowledging_keeps_reading_and_can_be_mended(
    tmp_path: Path, store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    alarms: list[str] = []
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600, on_stop=alarms.append)
    await journal.append("act_1", 0, [opening()])
    with files_no_larger_than(400_000):
        acknowledged = await fill(journal, "act_2")
        assert acknowledged > 10
        assert journal.stopped
        assert len(alarms) == 1
        with pytest.raises(JournalStopped) as told:
            await journal.append("act_1", 1, [need("perdu ?")])
        assert "n’enregistre plus" in told.value.message.fr
        with pytest.raises(JournalStopped):
            await journal.checkpoint()
        assert len(await journal.read("act_1")) == 1
        assert len(await journal.read("act_2")) == acknowledged
    with pytest.raises(JournalStopped):  # room again, but nobody has looked: still stopped
        await journal.append("act_1", 1, [need("encore")])
    assert "redémarrer visavis" in told.value.message.fr
    await journal.close()
    await store.close()
    store = await Store.open(f"sqlite:///{tmp_path}/record.db", readers=2)
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    kept = len(await journal.read("act_2"))
    assert kept >= acknowledged
    await journal.append("act_1", 1, [need("reprise")])
    await journal.close()
    await store.close()
    assert verify_store(f"sqlite:///{tmp_path}/record.db", signer.vkey).ok


async def test_callers_waiting_when_the_disk_fails_are_all_told(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    with files_no_larger_than(300_000):
        counts = await asyncio.gather(*(fill(journal, f"act_{i}") for i in range(50)))
    for i, acknowledged in enumerate(counts):
        if acknowledged:
            assert len(await journal.read(f"act_{i}")) >= acknowledged
    await journal.close()


async def test_a_failing_key_file_stops_acknowledging_too(
    tmp_path: Path, store: Store, signer: Signer, clock: HandClock
) -> None:
    """A record sealed with a key that is not on disk would be unreadable after a restart."""
    keys = KeyRing(tmp_path / "other-keys.db", [KEK])
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    await journal.append("act_1", 0, [opening()])
    keys.close()
    with pytest.raises(JournalStopped):
        await journal.append("act_2", 0, [opening()])
    assert [head.act for head in await journal.acts()] == ["act_1"]
    await journal.close()


async def test_a_task_of_the_journal_that_dies_stops_the_record_and_says_so(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    def no_time() -> float:
        raise OverflowError("a steady clock that is none")

    stopped = asyncio.Event()
    alarms: list[str] = []

    def hear(cause: str) -> None:
        alarms.append(cause)
        stopped.set()

    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=0.01, monotonic=no_time, on_stop=hear)
    await journal.append("act_1", 0, [opening()])
    async with asyncio.timeout(10):
        await stopped.wait()
    assert alarms == ["OverflowError"]
    with pytest.raises(JournalStopped):
        await journal.append("act_1", 1, [need("perdu ?")])
    assert len(await journal.read("act_1")) == 1
    await journal.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MiB. Needs the right to mount."""
    mounted = tmp_path / "small"
    mounted.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mounted)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this user may not mount a tmpfs; the file-size test stands for it")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)


async def test_a_disk_really_full(small_disk: Path, tmp_path: Path, signer: Signer, clock: HandClock) -> None:
    keys = KeyRing(tmp_path / "keys.db", [KEK])
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(400_000))
    store = await Store.open(f"sqlite:///{small_disk}/record.db", readers=1)
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    acknowledged = await fill(journal, "act_1")
    assert journal.stopped == "SQLITE_FULL"
    assert len(await journal.read("act_1")) == acknowledged > 10
    ballast.unlink()
    await journal.close()
    await store.close()
    store = await Store.open(f"sqlite:///{small_disk}/record.db", readers=1)
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    kept = len(await journal.read("act_1"))
    assert kept >= acknowledged
    await journal.append("act_1", kept, [need("reprise")])
    await journal.close()
    await store.close()
    keys.close()
    assert verify_store(f"sqlite:///{small_disk}/record.db", signer.vkey).ok


async def test_a_second_writer_is_kept_out_and_let_in_later(tmp_path: Path, store: Store) -> None:
    url = f"sqlite:///{tmp_path}/record.db"
    with pytest.raises(StoreBusy):
        await Store.open(url)
    await store.close()
    await (await Store.open(url)).close()


async def test_heads_are_signed_by_themselves(
    store: Store, keys: KeyRing, signer: Signer, clock: HandClock, tmp_path: Path
) -> None:
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=0.01, monotonic=clock.monotonic)

    async def signed_up_to(size: int) -> None:
        async with asyncio.timeout(10):
            # Another process's view is polled on purpose: the journal tells nobody when it signs.
            while verify_store(f"sqlite:///{tmp_path}/record.db", signer.vkey).size < size:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    await journal.append("act_1", 0, [opening()])
    await signed_up_to(1)
    # The wall clock jumps an hour while the steady one goes on: the record says so in its own chain.
    clock.wall = clock.wall.replace(hour=15)
    await journal.append("act_1", 1, [need("a")])
    await signed_up_to(3)
    await journal.close()
    connection = sqlite.connect(str(tmp_path / "record.db"))
    [(notice,)] = connection.execute("SELECT content FROM event WHERE act = 'trace'").fetchall()
    connection.close()
    assert b"trace.clock_stepped" in notice
    assert b"3600.000" in notice
    assert [head.act for head in await journal.acts()] == ["act_1"]


async def test_a_tail_that_a_killed_process_left_unsigned_is_signed_by_the_next_start(
    tmp_path: Path, keys: KeyRing, signer: Signer, clock: HandClock
) -> None:
    url = f"sqlite:///{tmp_path}/record.db"
    store = await Store.open(url)
    killed = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    await killed.append("act_1", 0, [opening()])
    for task in killed._tasks:  # a kill between the append and its head: nothing more is signed, nothing closed
        task.cancel()
    await store.close()
    assert verify_store(url, signer.vkey).unsigned == 1

    store = await Store.open(url)
    journal = await Journal.open(store, keys, signer, clock, ORIGIN, head_every=3600)
    async with asyncio.timeout(30):
        # Another process's view is polled on purpose: the journal tells nobody when it signs.
        while verify_store(url, signer.vkey).unsigned:  # noqa: ASYNC110 another process signs
            await asyncio.sleep(0.01)
    assert verify_store(url, signer.vkey).size == 1
    await journal.close()
    await store.close()
