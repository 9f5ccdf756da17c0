"""Pictures and documents: received whole, sealed at rest, given back bit for bit or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, text
from visavis_core.store.blobs import Blobs
from visavis_core.store.chunks import CHUNK_BYTES
from visavis_core.store.faults import BlobDamaged, BlobMismatch, BlobMissing, BlobStoreFull, BlobTooLarge
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.faults import SubjectErased, UnknownActRecord

T = TypeVar("T")

LIMIT = 4 << 20


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
async def keys(tmp_path: Path) -> AsyncIterator[KeyRing]:
    ring = KeyRing(tmp_path / "keys.db", [b"k" * 32])
    ring.create(("sub_1", "sub_2"))
    yield ring
    ring.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{tmp_path}/record.db", readers=2)
    for number in (1, 2):
        row = f"INSERT INTO act VALUES ('act_{number}', 1, 'h', 'sub_{number}', {number})"
        await store.write(lambda connection, row=row: connection.execute(text(row)).close())  # type: ignore[misc] # bound per turn
    yield store
    await store.close()


@pytest.fixture
async def blobs(tmp_path: Path, store: Store, keys: KeyRing) -> Blobs:
    return await Blobs.open(tmp_path / "blobs", store, keys, lambda: "2026-11-23T14:05:00.000000Z")


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 1_000_000])
async def test_every_size_comes_back_bit_for_bit(blobs: Blobs, size: int, tmp_path: Path) -> None:
    content = os.urandom(size)
    put = await blobs.put("act_1", pieces(content, 70_001), sha256=sha256(content), limit=LIMIT, media_type="image/png")
    assert (put.size, put.media_type) == (size, "image/png")
    assert await blobs.stat("act_1", sha256(content)) == put
    assert await blobs.read("act_1", sha256(content)) == content
    [path] = files(tmp_path / "blobs")
    assert size < 16 or content[:16] not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


async def test_the_same_content_put_twice_is_one(blobs: Blobs, tmp_path: Path) -> None:
    content = b"picture" * 10_000
    both = await asyncio.gather(
        *(blobs.put("act_1", pieces(content), sha256=sha256(content), limit=LIMIT) for _ in range(4))
    )
    assert len({stat.sha256 for stat in both}) == 1
    assert len(files(tmp_path / "blobs")) == 1
    await blobs.put("act_2", pieces(content), sha256=sha256(content), limit=LIMIT)
    assert len(files(tmp_path / "blobs")) == 2  # another patient's key


async def test_what_is_wrong_leaves_nothing_behind(blobs: Blobs, tmp_path: Path) -> None:
    content = b"x" * 5000
    with pytest.raises(BlobTooLarge):
        await blobs.put("act_1", pieces(content), sha256=sha256(content), limit=4999)
    with pytest.raises(BlobMismatch):
        await blobs.put("act_1", pieces(content), sha256=sha256(b"other"), limit=LIMIT)
    with pytest.raises(BlobMismatch):
        await blobs.put("act_1", pieces(content), sha256="../../etc", limit=LIMIT)
    with pytest.raises(UnknownActRecord):
        await blobs.put("act_9", pieces(content), sha256=sha256(content), limit=LIMIT)

    async def stalls() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await blobs.put("act_1", stalls(), sha256=sha256(content), limit=LIMIT, timeout=0.01)

    async def breaks() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError(104, "reset")

    with pytest.raises(ConnectionResetError):
        await blobs.put("act_1", breaks(), sha256=sha256(content), limit=LIMIT)
    assert files(tmp_path / "blobs") == []
    assert await blobs.stat("act_1", sha256(content)) is None
    with pytest.raises(BlobMissing):
        await blobs.read("act_1", sha256(content))


async def test_a_changed_cut_or_lengthened_file_is_never_shown(blobs: Blobs, tmp_path: Path) -> None:
    content = os.urandom(CHUNK_BYTES * 2 + 100)
    await blobs.put("act_1", pieces(content), sha256=sha256(content), limit=LIMIT)
    [path] = files(tmp_path / "blobs")
    kept = path.read_bytes()
    sealed = CHUNK_BYTES + 16
    head, first, second, last = (
        kept[:36],
        kept[36 : 36 + sealed],
        kept[36 + sealed : 36 + 2 * sealed],
        kept[36 + 2 * sealed :],
    )
    attacks = {
        "flipped": kept[:-1] + bytes([kept[-1] ^ 1]),
        "another salt": b"vvb1" + bytes(32) + kept[36:],
        "another format": b"vvb2" + kept[4:],
        "cut in a chunk": kept[:-1],
        "cut at a chunk": head + first + second,
        "swapped": head + second + first + last,
        "chunk removed": head + first + last,
        "lengthened": kept + last,
        "empty": b"",
    }
    for attack, written in attacks.items():
        path.write_bytes(written)
        with pytest.raises(BlobDamaged):
            await blobs.read("act_1", sha256(content))
        assert attack
    path.unlink()
    with pytest.raises(BlobDamaged):
        await blobs.read("act_1", sha256(content))


async def test_a_file_moved_to_another_act_does_not_open(blobs: Blobs, tmp_path: Path) -> None:
    content = b"picture" * 100
    for act in ("act_1", "act_2"):
        await blobs.put(act, pieces(content), sha256=sha256(content), limit=LIMIT)
    one, two = files(tmp_path / "blobs")
    one.write_bytes(two.read_bytes())
    outcomes = await asyncio.gather(
        *(blobs.read(act, sha256(content)) for act in ("act_1", "act_2")), return_exceptions=True
    )
    assert sum(isinstance(outcome, BlobDamaged) for outcome in outcomes) == 1


async def test_an_erased_subjects_pictures_are_gone(blobs: Blobs, keys: KeyRing) -> None:
    await blobs.put("act_1", pieces(b"secret"), sha256=sha256(b"secret"), limit=LIMIT)
    keys.shred("sub_1")
    with pytest.raises(SubjectErased):
        await blobs.read("act_1", sha256(b"secret"))


async def test_uploads_cut_off_by_a_crash_are_cleared_at_the_next_start(
    blobs: Blobs, tmp_path: Path, store: Store, keys: KeyRing
) -> None:
    await blobs.put("act_1", pieces(b"kept"), sha256=sha256(b"kept"), limit=LIMIT)
    left, live = (tmp_path / "blobs" / "ab" / f"{name}.part" for name in ("left", "live"))
    left.parent.mkdir(exist_ok=True)
    for part in (left, live):
        part.write_bytes(b"half")
    os.utime(left, (0, 0))
    again = await Blobs.open(tmp_path / "blobs", store, keys, lambda: "2026-11-23T14:05:00.000000Z")
    assert not left.exists()
    assert live.exists()  # another process may be receiving it
    assert await again.read("act_1", sha256(b"kept")) == b"kept"


class Held:
    """A store whose next write waits in its thread until it is let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entered = asyncio.Event()
        self.let_go = threading.Event()

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._store.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        loop = asyncio.get_running_loop()

        def held(connection: Connection) -> T:
            loop.call_soon_threadsafe(self.entered.set)
            self.let_go.wait(10)
            return work(connection)

        return await self._store.write(held)


async def test_a_put_cut_off_while_its_row_is_written_never_lists_what_is_not_there(
    tmp_path: Path, store: Store, keys: KeyRing
) -> None:
    held = Held(store)
    blobs = await Blobs.open(tmp_path / "blobs", held, keys, lambda: "2026-11-23T14:05:00.000000Z")
    content = b"picture" * 1000
    putting = asyncio.create_task(blobs.put("act_1", pieces(content), sha256=sha256(content), limit=LIMIT))
    await held.entered.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    held.let_go.set()
    await store.write(lambda _connection: None)  # one thread writes: the row is now durable
    assert await blobs.stat("act_1", sha256(content)) is not None
    assert await blobs.read("act_1", sha256(content)) == content


async def test_a_content_listed_whose_file_is_gone_is_taken_again(blobs: Blobs, tmp_path: Path) -> None:
    content = b"picture" * 1000
    first = await blobs.put("act_1", pieces(content), sha256=sha256(content), limit=LIMIT)
    [path] = files(tmp_path / "blobs")
    path.unlink()
    path.parent.rmdir()
    assert await blobs.put("act_1", pieces(content), sha256=sha256(content), limit=LIMIT) == first
    assert await blobs.read("act_1", sha256(content)) == content
    assert files(tmp_path / "blobs") == [path]


async def test_a_full_disk_keeps_nothing_and_says_so(blobs: Blobs, tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))
    try:
        with pytest.raises(BlobStoreFull) as told:
            await blobs.put("act_1", pieces(content, 65_536), sha256=sha256(content), limit=LIMIT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "réessayer" in told.value.message.fr
    assert files(tmp_path / "blobs") == []
    put = await blobs.put("act_1", pieces(content, 65_536), sha256=sha256(content), limit=LIMIT)
    assert put.size == 1_000_000
