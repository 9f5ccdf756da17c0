"""Keys are kept, found, rewrapped and destroyed."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from visavis_core.store.faults import KekInvalid, KeyMissing, WriteFailed
from visavis_core.store.seal import KeyRing, make_secret, read_secret
from visavis_core.trace.faults import SubjectErased

KEK, OTHER = b"k" * 32, b"o" * 32


def test_a_key_outlives_the_process_and_is_not_legible_in_the_file(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.db", [KEK])
    ring.create(("sub_1", "sub_2"))
    first, second = ring.key_of("sub_1"), ring.key_of("sub_2")
    assert len(first) == 32
    assert first != second
    ring.close()
    again = KeyRing(tmp_path / "keys.db", [KEK])
    assert again.key_of("sub_1") == first
    again.close()
    assert all(first not in path.read_bytes() for path in tmp_path.iterdir())
    assert os.stat(tmp_path / "keys.db").st_mode & 0o077 == 0


def test_a_destroyed_key_is_gone_from_memory_and_from_every_file(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.db", [KEK])
    ring.create(("sub_1", "sub_2"))
    wrapped = ring._connection.execute("SELECT wrapped FROM subject_key WHERE subject = 'sub_1'").fetchone()[0]
    assert any(wrapped in path.read_bytes() for path in tmp_path.iterdir())
    ring.shred("sub_1")
    ring.shred("sub_1")
    with pytest.raises(SubjectErased):
        ring.key_of("sub_1")
    assert not any(wrapped in path.read_bytes() for path in tmp_path.iterdir())
    ring.close()
    again = KeyRing(tmp_path / "keys.db", [KEK])
    with pytest.raises(SubjectErased):
        again.key_of("sub_1")
    assert len(again.key_of("sub_2")) == 32
    again.close()


def test_the_site_key_changes_in_two_steps(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.db", [KEK])
    ring.create(("sub_1", "sub_2"))
    kept = ring.key_of("sub_1")
    ring.shred("sub_2")
    ring.close()
    both = KeyRing(tmp_path / "keys.db", [OTHER, KEK])
    assert both.rewrap() == 1
    assert both.rewrap() == 0
    both.close()
    new = KeyRing(tmp_path / "keys.db", [OTHER])
    assert new.key_of("sub_1") == kept
    new.close()
    old = KeyRing(tmp_path / "keys.db", [KEK])
    with pytest.raises(KekInvalid):
        old.key_of("sub_1")
    old.close()


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(KekInvalid):
        KeyRing(tmp_path / "none.db", [KEK], create=False)
    with pytest.raises(KekInvalid):
        KeyRing(tmp_path / "keys.db", [b"short"])
    ring = KeyRing(tmp_path / "keys.db", [KEK])
    with pytest.raises(KeyMissing):
        ring.key_of("sub_1")
    ring.create(("sub_1",))
    with pytest.raises(WriteFailed):
        ring.create(("sub_1",))
    ring.close()


def test_more_keys_than_memory_holds_are_still_found(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.db", [KEK])
    subjects = tuple(f"sub_{i}" for i in range(1500))
    ring.create(subjects)
    assert len({ring.key_of(subject) for subject in subjects}) == 1500
    assert len(ring._cache) == 1024
    ring.close()


def test_a_secret_is_read_from_where_the_deployment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets" / "kek"
    make_secret(path, random=lambda size: b"r" * size)
    assert os.stat(path).st_mode & 0o777 == 0o400
    assert read_secret(f"file:{path}") == b"r" * 32
    with pytest.raises(FileExistsError):
        make_secret(path)
    monkeypatch.setenv("VISAVIS_KEK", (b"e" * 32).hex())
    assert read_secret("env:VISAVIS_KEK") == b"e" * 32
    path.chmod(0o440)
    refused = [
        f"file:{path}",
        "file:/nowhere",
        "env:VISAVIS_NOTHING",
        "literal",
        "env:VISAVIS_SHORT",
        "env:VISAVIS_ODD",
    ]
    monkeypatch.setenv("VISAVIS_SHORT", base64.b64encode(b"short").decode())
    monkeypatch.setenv("VISAVIS_ODD", "ünïcode !")
    for reference in refused:
        with pytest.raises(KekInvalid) as told:
            read_secret(reference)
        assert told.value.message.fr.startswith("Clé du site inutilisable")
