"""Decision 0005: every module of the trace is named pure or shell; the linter then holds the pure ones to it."""

from __future__ import annotations

import pathlib
import tomllib
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACE = "visavis_core.trace."


def contract_of(module: str) -> dict[str, Any]:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [found] = [one for one in written["tool"]["importlinter"]["contracts"] if module in one.get("source_modules", ())]
    return dict(found)


def test_every_module_of_the_trace_stands_on_one_side_in_the_contract_and_in_the_decision() -> None:
    contract = contract_of("visavis_core.trace.record")
    pure = {name.removeprefix(TRACE) for name in contract["source_modules"]}
    shell = {name.removeprefix(TRACE) for name in contract["forbidden_modules"] if name.startswith(TRACE)}
    folder = ROOT / "core" / "src" / "visavis_core" / "trace"
    assert sorted([*pure, *shell]) == sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    decision = (ROOT / "docs" / "decisions" / "0005-what-is-pure-in-trace.md").read_text(encoding="utf-8")
    assert [name for name in pure | shell if f"`{name}`" not in decision] == []


def test_media_s_pure_modules_are_those_of_the_decision() -> None:
    decision = (ROOT / "docs" / "decisions" / "0005-what-is-pure-in-trace.md").read_text(encoding="utf-8")
    named = [name.removeprefix("visavis_media.") for name in contract_of("visavis_media.rtp")["source_modules"]]
    assert [name for name in named if f"`{name}`" not in decision] == []
