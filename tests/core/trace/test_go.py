"""A verifier that we did not write: Go's own transparency-log code, from Debian, judges our exports and our heads.

Needs the packages `golang-go` and `golang-golang-x-mod-dev`; without them these tests are skipped and say so.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from visavis_core.store.blobs import Blobs
from visavis_core.store.seal import KeyRing
from visavis_core.store.sql import Store
from visavis_core.trace.checkpoint import Checkpoint, Signer
from visavis_core.trace.export import export_act
from visavis_core.trace.journal import Journal
from visavis_core.trace.merkle import Forest, hash_leaf

from .conftest import HandClock, need, opening

SOURCE = Path(__file__).parent / "go_verifier" / "main.go"
GOCODE = Path("/usr/share/gocode")


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None or not (GOCODE / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("Go's own verifier is not here: apt-get install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    # GOPATH mode on Debian's packaged sources: nothing is downloaded.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GO111MODULE": "off",
        "GOPATH": str(GOCODE),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    subprocess.run(["go", "build", "-o", str(folder / "verifier"), str(SOURCE)], check=True, env=environment)
    return folder / "verifier"


def run(verifier: Path, *arguments: object) -> tuple[int, str]:
    done = subprocess.run([str(verifier), *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture
async def unpacked(
    tmp_path: Path, journal: Journal, store: Store, keys: KeyRing, signer: Signer, clock: HandClock
) -> Path:
    """An act of 20 events spread over a tree of 60."""
    for n in range(20):
        for act in ("act_1", "act_2", "act_3"):
            await journal.append(act, n, [need(f"besoin {n}") if n else opening()])
    await journal.checkpoint()
    blobs = await Blobs.open(tmp_path / "blobs", store, keys, clock)
    sink = io.BytesIO()
    await export_act(store, keys, signer, blobs, "act_2", sink, made_at=clock())
    with zipfile.ZipFile(sink) as archive:
        archive.extractall(tmp_path / "act")
    return tmp_path / "act"


async def test_go_proves_our_export_and_refuses_every_change(verifier: Path, unpacked: Path, signer: Signer) -> None:
    assert run(verifier, "act", signer.vkey, unpacked) == (0, "proved: 20 events in a tree of 60\n")
    assert run(verifier, "act", Signer(signer.name, b"x" * 32).vkey, unpacked)[0] == 1
    events = unpacked / "events.jsonl"
    whole = events.read_bytes()
    lines = whole.splitlines(keepends=True)
    structural = {
        "delete": lines[:5] + lines[6:],
        "duplicate": [*lines[:6], lines[5], *lines[6:]],
        "swap": [*lines[:5], lines[6], lines[5], *lines[7:]],
        "truncate": lines[:-1],
        "insert": [*lines[:5], b"{}\n", *lines[5:]],
    }
    for attack, changed in structural.items():
        events.write_bytes(b"".join(changed))
        assert run(verifier, "act", signer.vkey, unpacked)[0] == 1, attack
    for n in range(20):
        start = sum(len(line) for line in lines[:n])
        flipped = bytearray(whole)
        flipped[start + (n * 37) % (len(lines[n]) - 1)] ^= 1 << (n % 8)
        events.write_bytes(flipped)
        code, said = run(verifier, "act", signer.vkey, unpacked)
        assert code == 1, n
        assert f"event {n}" in said or "proofs" in said
    events.write_bytes(whole)
    for name in ("proof/checkpoint.txt", "proof/inclusion.jsonl"):
        path = unpacked / name
        kept = path.read_bytes()
        flipped = bytearray(kept)
        flipped[len(kept) // 2] ^= 1
        path.write_bytes(flipped)
        assert run(verifier, "act", signer.vkey, unpacked)[0] == 1, name
        path.write_bytes(kept)


def test_go_proves_that_our_tree_only_grows(verifier: Path, tmp_path: Path, signer: Signer) -> None:
    leaves = [hash_leaf(hashlib.sha256(bytes([i])).digest()) for i in range(200)]
    forest = Forest(leaves)

    def write(name: str, head: Checkpoint) -> Path:
        (tmp_path / name).write_text(head.signed(signer))
        return tmp_path / name

    newer = write("newer", Checkpoint(signer.name, 200, forest.root()))
    for old in (1, 2, 3, 64, 100, 199):
        proof = tmp_path / "proof"
        proof.write_text("\n".join(base64.b64encode(step).decode() for step in forest.prove_consistency(old)))
        older = write("older", Checkpoint(signer.name, old, forest.root(old)))
        assert run(verifier, "growth", signer.vkey, older, newer, proof) == (0, f"proved: {old} grew to 200\n")
        forked = write("forked", Checkpoint(signer.name, old, bytes(32)))
        assert run(verifier, "growth", signer.vkey, forked, newer, proof)[0] == 1
