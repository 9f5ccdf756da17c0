"""docs/write_a_plugin.md is true: its files are assembled as they stand, and its tests are run."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest
from visavis_sdk.manifest import parse_manifest

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "write_a_plugin.md").read_text(encoding="utf-8")
# A block whose first line is a comment naming a file is that file.
FILES = dict(re.findall(r"^```(?:toml|python)\n# (\S+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))


@pytest.fixture
def home(tmp_path):
    """The page's plugin as pip would leave it."""
    package = tmp_path / "visavis_skin"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.toml").write_text(FILES["plugin.toml"])
    (package / "plugin.py").write_text(FILES["plugin.py"])
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    (group,) = project["entry-points"]
    ((name, target),) = project["entry-points"][group].items()
    info = tmp_path / "visavis_plugin_skin-0.1.0.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {need}\n" for need in project["dependencies"])
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n{needs}")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {target}\n")
    (info / "top_level.txt").write_text("visavis_skin\n")
    (tmp_path / "test_conformance.py").write_text(FILES["test_conformance.py"])
    return tmp_path


def run(home, *arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(home)},
        timeout=300,
        check=False,
    )


def test_the_page_has_every_file_it_speaks_of():
    assert set(FILES) == {"pyproject.toml", "plugin.toml", "plugin.py", "test_conformance.py"}
    assert parse_manifest(FILES["plugin.toml"].encode()).id == "skin"


def test_the_plugin_of_the_page_passes_the_tests_of_the_page(home):
    told = run(home, "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio", "test_conformance.py")
    assert told.returncode == 0, told.stdout + told.stderr
    assert " passed" in told.stdout


def test_the_plugin_of_the_page_satisfies_a_strict_type_checker(home):
    told = run(home, "mypy", "--strict", "--no-incremental", "visavis_skin/plugin.py")
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_wound_plugin_keeps_its_threshold_where_the_page_says():
    data = ROOT / "plugins" / "wound_care" / "src" / "visavis_wound_care" / "data" / "push_3_0.toml"
    table = tomllib.loads(data.read_text(encoding="utf-8"))
    assert {"source", "dated", "reviewed_by"} <= set(table)
