"""The house's own rules, as programs: size of files, who may import whom, no address of a registry, no host path."""

from __future__ import annotations

import ast
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 400
WRITTEN = (".py", ".js", ".css", ".html", ".typ", ".toml")


def tracked() -> list[pathlib.Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_written_file_is_longer_than_a_reader_can_hold() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix in WRITTEN and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LIMIT
    }
    assert too_long == {}


def test_every_module_says_what_it_knows() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py"
        and "src" in path.parts
        and "versions" not in path.parts
        and path.read_text(encoding="utf-8").strip()
        and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert silent == []


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [str(path) for path in tracked() if path.stem in vague and path.suffix in {".py", ".js"}] == []


# Spelt in pieces so that this file passes its own rule.
REGISTRIES = re.compile(
    "|".join(["py" + "pi.org", "files.python" + "hosted", "registry.npm" + "js", "deb.deb" + "ian"])
)
MACHINE_PATH = re.compile(r"(?<![\w.])/" + "work" + "/")


def test_no_address_of_a_registry_and_no_path_of_a_machine_is_written_down() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {*WRITTEN, ".md", ".txt", ".sh", ".json", ""}
        and (text := path.read_text(encoding="utf-8", errors="replace"))
        and (REGISTRIES.search(text) or MACHINE_PATH.search(text))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("sdk", {"visavis_sdk"}),
        ("core/media", {"visavis_media"}),
        ("plugins/wound_care", {"visavis_sdk", "visavis_wound_care"}),
        ("plugins/quebec", {"visavis_sdk", "visavis_quebec"}),
        ("plugins/france", {"visavis_sdk", "visavis_france"}),
    ],
)
def test_a_distribution_imports_only_what_its_metadata_names(package: str, allowed: set[str]) -> None:
    """import-linter checks the direction; this checks that nobody reaches a sibling inside a function either."""
    reached: set[str] = set()
    for path in (ROOT / package / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            reached |= {name.split(".")[0] for name in names if name.startswith("visavis_")}
    assert reached <= allowed


def test_nobody_logs_with_a_formatted_message() -> None:
    """A patient's name enters a log through an f-string. Logs take constant words and allow-listed keys."""
    verbs = {"debug", "info", "warning", "error", "critical", "exception", "log"}
    guilty = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in tracked()
        if path.suffix == ".py" and "src" in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in verbs
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"log", "logger", "LOG", "logging"}
        and node.args
        and not isinstance(node.args[0], ast.Constant)
    ]
    assert guilty == []
