"""A plugin is known by its manifest before a line of its code runs."""

from __future__ import annotations

import importlib
import sys
import zipfile

import pytest
from visavis_sdk.manifest import LIMIT, ManifestFault, parse_manifest, read_manifest
from visavis_sdk.text import Text

GOOD = b"""
id = "skin"
name = {fr = "Peau", en = "Skin"}
version = "1.2.0"
sdk = ">=0.1,<1"
publisher = "A vendor"
licence = "MIT"
intended_use = {fr = "Montrer.", en = "To show."}

[contributes]
forms = ["skin.lesion"]
"""
TRAP = "raise RuntimeError('the plugin was imported')\n"


def package(folder, name="visavis_trap_plugin", manifest=GOOD):
    home = folder / name
    home.mkdir()
    (home / "__init__.py").write_text(TRAP)
    if manifest is not None:
        (home / "plugin.toml").write_bytes(manifest)
    return name


@pytest.fixture(autouse=True)
def fresh_finders():
    yield
    importlib.invalidate_caches()


def test_it_is_read_without_importing_the_plugin(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    manifest = read_manifest(package(tmp_path))
    assert (manifest.id, manifest.name, manifest.contributes.forms) == ("skin", Text("Peau", "Skin"), ("skin.lesion",))
    assert manifest.medical_device.status == "undetermined"
    assert "visavis_trap_plugin" not in sys.modules


def test_a_plugin_in_a_zip_is_read_alike(tmp_path, monkeypatch):
    archive = tmp_path / "plugin.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("visavis_zipped_plugin/__init__.py", TRAP)
        zipped.writestr("visavis_zipped_plugin/plugin.toml", GOOD)
    monkeypatch.syspath_prepend(archive)
    assert read_manifest("visavis_zipped_plugin").id == "skin"


@pytest.mark.parametrize("name", ["visavis_nowhere", "not a name", "json.decoder", "", "sys"])
def test_what_is_not_an_installed_package_is_missing(name):
    with pytest.raises(ManifestFault) as fault:
        read_manifest(name)
    assert fault.value.code == "missing"


def test_a_package_without_manifest_is_not_a_plugin(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ManifestFault, match=r"has no plugin.toml") as fault:
        read_manifest(package(tmp_path, manifest=None))
    assert fault.value.code == "missing"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (b'id = "skin"', b'id = "Skin Care"', "matching regex"),
        (b'id = "skin"\n', b"", "missing required field `id`"),
        (b'licence = "MIT"', b'licence = "MIT"\ncolour = "red"', "unknown field `colour`"),
        (b'forms = ["skin.lesion"]', b'froms = ["skin.lesion"]', "unknown field `froms`"),
        (b">=0.1,<1", b"whatever", "sdk: a version range reads like >=0.1,<1"),
        (b'version = "1.2.0"', b"version = 1.2", "version"),
        (b'id = "skin"', b'id = "skin', "is not TOML"),
        (b"Peau", b"\xff\xfe", "is not TOML"),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(before, after, sentence):
    with pytest.raises(ManifestFault, match=sentence) as fault:
        parse_manifest(GOOD.replace(before, after))
    assert fault.value.code == "invalid"


def test_a_manifest_is_bounded():
    with pytest.raises(ManifestFault) as fault:
        parse_manifest(b"#" * (LIMIT + 1))
    assert fault.value.code == "too_large"
