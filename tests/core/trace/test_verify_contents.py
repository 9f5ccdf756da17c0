"""Pictures that were deleted, changed or struck from the list are found by verifying the store."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from visavis_core.store.blobs import Blobs
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.journal import Draft, Journal
from visavis_core.trace.verify_contents import Contents, verify_contents
from visavis_sdk.events import StillCaptured

from .conftest import NURSE, HandClock, opening

PICTURE = b"\x89PNG wound " * 20_000
SHA256 = hashlib.sha256(PICTURE).hexdigest()


async def pieces() -> AsyncIterator[bytes]:
    yield PICTURE


@pytest.fixture
async def judged(
    tmp_path: Path, store: Store, journal: Journal, keys: KeyRing, clock: HandClock
) -> Callable[[], Contents]:
    """An act with one picture; what is returned judges it."""
    blobs = await Blobs.open(tmp_path / "blobs", store, keys, clock)
    await journal.append("act_1", 0, [opening()])
    await blobs.put("act_1", pieces(), sha256=SHA256, limit=1 << 20, media_type="image/png")
    still = StillCaptured(
        still="sti_1", sha256=SHA256, size=len(PICTURE), media_type="image/png", width=1, height=1,
        source="nurse", method="take_photo", captured_at=clock(), captured_by="par_nurse",
    )  # fmt: skip
    await journal.append("act_1", 1, [Draft(at=clock(), actor=NURSE, body=still)])
    return lambda: verify_contents(f"sqlite:///{tmp_path}/record.db", keys, tmp_path / "blobs", lambda _d, _t: None)


async def test_a_whole_picture_is_looked_at(judged: Callable[[], Contents]) -> None:
    assert judged() == Contents(looked=1, erased=0)


async def test_a_deleted_folder_is_found_and_the_event_named(judged: Callable[[], Contents], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "blobs")
    [finding] = judged().findings
    assert (finding.code, finding.act, finding.n, finding.detail) == ("content_absent", "act_1", 1, SHA256)
    assert SHA256 in finding.in_language("fr")


@pytest.mark.parametrize("place", [2, 40, 100_000, -1])
async def test_a_flipped_bit_is_found(judged: Callable[[], Contents], tmp_path: Path, place: int) -> None:
    [path] = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert [finding.code for finding in judged().findings] == ["content_damaged"]


async def test_a_picture_struck_from_the_list_is_found(judged: Callable[[], Contents], tmp_path: Path) -> None:
    connection = sqlite.connect(str(tmp_path / "record.db"), isolation_level=None)
    connection.execute("DELETE FROM blob")
    connection.close()
    [finding] = judged().findings
    assert (finding.code, finding.act, finding.n) == ("content_unlisted", "act_1", 1)


async def test_the_pictures_of_an_erased_subject_are_expected_to_be_gone(
    judged: Callable[[], Contents], journal: Journal, tmp_path: Path
) -> None:
    await journal.shred((await journal.acts())[0].subject, "retention.expired")
    shutil.rmtree(tmp_path / "blobs")
    assert judged() == Contents(looked=0, erased=1)
