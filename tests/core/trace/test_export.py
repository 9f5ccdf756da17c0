"""An export stands alone: whatever is changed in it is found and named."""

from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from visavis_core.store.blobs import Blobs
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace import manifest as layout
from visavis_core.trace.checkpoint import Signer
from visavis_core.trace.export import export_act, export_act_to, sign_and_prove
from visavis_core.trace.faults import DraftInvalid, ExportTooLarge, NotYetSigned, UnknownActRecord
from visavis_core.trace.findings import Report
from visavis_core.trace.journal import Draft, Journal
from visavis_core.trace.verify import verify_export
from visavis_sdk.events import StillCaptured

from .conftest import NURSE, HandClock, need, opening

STILL = b"\xff\xd8\xff" + bytes(range(200))
PDF = b"%PDF-1.7 note of the expert"


async def whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


def still(content: bytes, name: str = "sti_1") -> Draft:
    body = StillCaptured(
        still=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type="image/jpeg",
        width=4,
        height=3,
        source="clinical",
        method="take_photo",
        captured_at="2026-11-23T14:07:00.000000Z",
        captured_by="par_nurse",
    )
    return Draft(at="2026-11-23T14:07:00.000000Z", actor=NURSE, body=body)


@pytest.fixture
async def blobs(tmp_path: Path, store: Store, keys: KeyRing, clock: HandClock) -> Blobs:
    return await Blobs.open(tmp_path / "blobs", store, keys, clock)


@pytest.fixture
async def archive(journal: Journal, store: Store, keys: KeyRing, signer: Signer, blobs: Blobs) -> bytes:
    """A small act among others: its events are not neighbours in the tree."""
    await journal.append("act_1", 0, [opening()])
    await journal.append("act_2", 0, [opening(), need("autre patient")])
    sha256 = hashlib.sha256(STILL).hexdigest()
    await blobs.put("act_1", whole(STILL), sha256=sha256, limit=1000, media_type="image/jpeg")
    await journal.append("act_1", 1, [need("Plaie du talon"), still(STILL)])
    await journal.checkpoint()
    sink = io.BytesIO()
    exported = await export_act(
        store, keys, signer, blobs, "act_1", sink, made_at="2026-11-23T15:00:00.000000Z", documents={"note.pdf": PDF}
    )
    assert (exported.events, exported.opened, exported.absent) == (3, True, ())
    return sink.getvalue()


def judge(archive: bytes, vkey: str) -> Report:
    return verify_export(io.BytesIO(archive), vkey)


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


async def test_a_fresh_export_is_proved_and_holds_all_it_should(archive: bytes, signer: Signer) -> None:
    report = judge(archive, signer.vkey)
    assert report.ok, report.findings
    assert report.events == 3
    held = members(archive)
    assert held["documents/note.pdf"] == PDF
    assert held[f"stills/{hashlib.sha256(STILL).hexdigest()}.jpg"] == STILL
    assert b"Plaie du talon" in held[layout.OPENED]
    assert b"Plaie du talon" not in held[layout.EVENTS]
    assert signer.vkey in held["README.txt"].decode()


async def test_another_house_did_not_sign_it(archive: bytes) -> None:
    first = judge(archive, Signer("clinique.example/visavis", b"x" * 32).vkey).first
    assert first is not None
    assert (first.code, first.file) == ("signature", layout.STATEMENT)


def _spans(archive: bytes) -> list[tuple[str, int, int]]:
    """Where each file's bytes lie in the archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        spans = []
        for info in opened.infolist():
            start = info.header_offset + 30 + len(info.filename)
            assert archive[start : start + info.file_size] == opened.read(info)
            spans.append((info.filename, start, start + info.file_size))
    return spans


@pytest.mark.parametrize("stride", [pytest.param(1, marks=pytest.mark.long), 61])
async def test_every_flipped_bit_of_every_file_is_found_and_named(archive: bytes, signer: Signer, stride: int) -> None:
    """In CI one bit in 61 (prime, so every bit of a byte has its turn); `-m long` takes all of them."""
    for name, start, end in _spans(archive):
        for bit in range(start * 8, end * 8, stride):
            flipped = bytearray(archive)
            flipped[bit // 8] ^= 1 << (bit % 8)
            report = judge(bytes(flipped), signer.vkey)
            assert any(finding.file == name for finding in report.findings), (name, bit - start * 8, report.findings)


async def test_a_flipped_bit_outside_the_files_is_found_too(archive: bytes, signer: Signer) -> None:
    """Names, dates, rights, checksums, order: the archive has one writing."""
    inside = {position for _, start, end in _spans(archive) for position in range(start, end)}
    for position in sorted(set(range(len(archive))) - inside):
        flipped = bytearray(archive)
        flipped[position] ^= 1 << (position % 8)
        assert not judge(bytes(flipped), signer.vkey).ok, position


async def test_a_flipped_event_is_named_by_its_number(archive: bytes, signer: Signer) -> None:
    [(_, start, end)] = [span for span in _spans(archive) if span[0] == layout.EVENTS]
    second = archive.index(b"\n", start) + 1
    for position, number in ((start + 10, 0), (second + 40, 1), (end - 30, 2)):
        flipped = bytearray(archive)
        flipped[position] ^= 1
        named = [finding.n for finding in judge(bytes(flipped), signer.vkey).findings if finding.n >= 0]
        # A change that leaves an event readable shows where the next one no longer follows it, or at its proof.
        assert named
        assert named[0] in {number, number + 1}


@settings(deadline=None)  # a busy machine is no defect
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"PK\x05\x06" + bytes(18)]))
def test_any_bytes_get_a_verdict(content: bytes, start: bytes) -> None:
    assert not judge(start + content, Signer("clinique.example/visavis", b"s" * 32).vkey).ok


def test_an_archive_of_strange_files_gets_a_verdict(signer: Signer) -> None:
    """Names that climb, lists that lie, compression that swells: nothing is unpacked, nothing is believed."""
    for name, content in (
        ("../../etc/passwd", b"x"),
        (layout.MANIFEST, b"{}"),
        (layout.MANIFEST, b"[" * 100_000),
        (layout.STATEMENT, b"\xff" * 100),
    ):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr(name, content)
            opened.writestr(layout.STATEMENT if name != layout.STATEMENT else layout.MANIFEST, b"\0" * 1_000_000)
        assert not judge(sink.getvalue(), signer.vkey).ok


async def test_cut_grown_or_foreign_archives_are_refused(archive: bytes, signer: Signer) -> None:
    for broken in (b"", b"PK", archive[:-1], archive[: len(archive) // 2], archive + b"x", b"x" + archive):
        assert not judge(broken, signer.vkey).ok
    grown = io.BytesIO(archive)
    with zipfile.ZipFile(grown, "a") as opened:
        opened.writestr("stills/added.jpg", b"not from here")
    first = judge(grown.getvalue(), signer.vkey).first
    assert first is not None
    assert (first.code, first.file) == ("foreign", "stills/added.jpg")


async def test_the_enclosed_verifier_says_the_same_without_visavis(
    archive: bytes, signer: Signer, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(tmp_path / "act")

    def run(*arguments: str, python: tuple[str, ...] = ("-I",)) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *python, str(tmp_path / "act" / "verify.py"), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    proved = run("--vkey", signer.vkey)
    assert proved.returncode == 0, proved.stdout + proved.stderr
    assert "3 events" in proved.stdout
    assert "the one that was sealed" in proved.stdout
    assert "CAUTION" in run().stdout
    alone = run("--vkey", signer.vkey, python=("-I", "-S"))  # no installed package at all
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "NOT compared" in alone.stdout
    wrong_key = run("--vkey", Signer("clinique.example/visavis", b"x" * 32).vkey)
    assert wrong_key.returncode == 1
    chance = random.Random(7)
    for name, content in members(archive).items():
        path = tmp_path / "act" / name
        if name == "verify.py":
            continue  # it would be another program; the manifest names it, see the test of every bit
        flipped = bytearray(content)
        flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        refused = run("--vkey", signer.vkey)
        assert refused.returncode == 1, (name, refused.stdout)
        path.write_bytes(content)


async def test_an_export_waits_for_a_signed_head_and_a_known_act(
    journal: Journal, store: Store, keys: KeyRing, signer: Signer, blobs: Blobs
) -> None:
    await journal.append("act_1", 0, [opening()])
    with pytest.raises(NotYetSigned):
        await export_act(store, keys, signer, blobs, "act_1", io.BytesIO(), made_at="2026-11-23T15:00:00.000000Z")
    with pytest.raises(UnknownActRecord):
        await export_act(store, keys, signer, blobs, "act_9", io.BytesIO(), made_at="2026-11-23T15:00:00.000000Z")


async def test_an_export_to_a_file_appears_whole_and_private_or_not_at_all(
    journal: Journal, store: Store, keys: KeyRing, signer: Signer, blobs: Blobs, tmp_path: Path
) -> None:
    await journal.append("act_1", 0, [opening(), still(b"never uploaded")])
    await journal.checkpoint()
    path, made_at = tmp_path / "act_1.zip", "2026-11-23T15:00:00.000000Z"
    with pytest.raises(DraftInvalid):
        await export_act_to(path, store, keys, signer, blobs, "act_1", made_at=made_at, documents={"../x": b""})
    assert not [name for name in os.listdir(tmp_path) if name.startswith("act_1.zip")]
    exported = await export_act_to(path, store, keys, signer, blobs, "act_1", made_at=made_at)
    assert exported.absent == (hashlib.sha256(b"never uploaded").hexdigest(),)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert verify_export(path, signer.vkey).ok


async def test_pictures_beyond_the_limit_are_refused_before_they_are_read(
    archive: bytes, store: Store, keys: KeyRing, signer: Signer, blobs: Blobs
) -> None:
    assert archive
    with pytest.raises(ExportTooLarge):
        await export_act(
            store, keys, signer, blobs, "act_1", io.BytesIO(), made_at="2026-11-23T15:00:00.000000Z", limit=10
        )


async def test_an_erased_act_still_exports_its_proof(
    journal: Journal, store: Store, keys: KeyRing, signer: Signer, blobs: Blobs
) -> None:
    await journal.append("act_1", 0, [opening(), need("secret")])
    await journal.shred((await journal.acts())[0].subject, "retention.expired")
    await journal.checkpoint()
    sink = io.BytesIO()
    exported = await export_act(store, keys, signer, blobs, "act_1", sink, made_at="2026-11-23T15:00:00.000000Z")
    assert not exported.opened
    assert judge(sink.getvalue(), signer.vkey).ok
    assert layout.KEY not in members(sink.getvalue())


async def test_an_act_that_grows_while_its_head_is_signed_is_proved_all_the_same(
    journal: Journal, store: Store, signer: Signer
) -> None:
    """Two people export at once: each leaves an event in the act the other is about to prove."""
    await journal.append("act_1", 0, (opening(),))
    grown = 0

    async def sign_and_grow() -> None:
        nonlocal grown
        await journal.checkpoint()
        if grown < 3:
            grown += 1
            await journal.append("act_1", grown, (need(f"besoin {grown}"),))

    proof = await sign_and_prove(sign_and_grow, store, signer, "act_1")
    assert proof.tail.n == 4

    async def never() -> None:
        """Signs nothing."""

    await journal.append("act_1", 4, (need("encore"),))
    with pytest.raises(NotYetSigned):
        await sign_and_prove(never, store, signer, "act_1")
