"""mypy and pyright see both ends of a hook: what fits passes, and each misfit is an error on its own line."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

Errors = Callable[[pathlib.Path], set[int]]
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent


def mypy_errors(path: pathlib.Path) -> set[int]:
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--no-error-summary", str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return {int(line) for line in re.findall(rf"{re.escape(path.name)}:(\d+): error:", run.stdout)}


def pyright_errors(path: pathlib.Path) -> set[int]:
    run = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(path)],
        capture_output=True,
        text=True,
        cwd=path.parent,
        timeout=300,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    found = json.loads(run.stdout[run.stdout.index("{") :])["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


def copied(source: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    target.write_text(source.read_text())
    return target


CHECKERS = pytest.mark.parametrize("errors_in", [mypy_errors, pyright_errors])


@CHECKERS
def test_a_fitting_plugin_has_no_error(errors_in: Errors, tmp_path: pathlib.Path) -> None:
    path = copied(HERE / "accepted.py", tmp_path / "accepted.py")
    assert errors_in(path) == set()


@CHECKERS
def test_each_misfit_is_an_error_on_its_line(errors_in: Errors, tmp_path: pathlib.Path) -> None:
    path = copied(HERE / "refused.py.txt", tmp_path / "refused.py")
    lines = path.read_text().splitlines()
    # pyright points at the decorator, mypy at the decorator or at the def under it, by version: both are that misfit.
    decorator_of = {n + 1: n for n, line in enumerate(lines, start=1) if line.strip().startswith("@")}
    expected = {n for n, line in enumerate(lines, start=1) if line.endswith("# refused")}
    assert {decorator_of.get(n, n) for n in errors_in(path)} == expected
