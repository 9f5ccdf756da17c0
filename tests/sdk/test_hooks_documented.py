"""docs/hooks.md says what the specs say, word for word: a page that lies fails here."""

from __future__ import annotations

import inspect
import pathlib
import re

import pytest
from visavis_sdk.hooks import Spec, contributions, lifecycle, observations, reviews, terms_of

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "hooks.md"
HOOKS = dict(inspect.getmembers(Spec, inspect.isfunction))
LINES = ("Called when", "Kind", "Budget", "On failure", "Since")


def documented() -> dict[str, str]:
    """Each hook's section of the page, by name."""
    parts = re.split(r"^### `(\w+)`$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.split("\n## ")[0].strip() for part in parts[2::2]), strict=True))


def signature(name: str) -> str:
    function = HOOKS[name]
    parameter = list(inspect.signature(function).parameters.values())[1]
    colour = "async def" if inspect.iscoroutinefunction(function) else "def"
    returns = inspect.signature(function).return_annotation
    return f"{colour} {name}(self, {parameter.name}: {parameter.annotation}) -> {returns}"


def fixed_lines(name: str) -> dict[str, str]:
    doc = inspect.getdoc(HOOKS[name]) or ""
    return dict(re.findall(rf"^({'|'.join(LINES)}): (.+)$", doc, flags=re.MULTILINE))


def test_the_page_has_every_hook_and_no_other():
    assert list(documented()) == [
        name
        for subject in (contributions.Contributions, reviews.Reviews, observations.Observations, lifecycle.Lifecycle)
        for name, function in vars(subject).items()
        if inspect.isfunction(function)
    ]
    assert set(documented()) == set(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_has_its_fixed_lines(name):
    lines = fixed_lines(name)
    assert tuple(lines) == LINES
    terms = terms_of(HOOKS[name])
    assert lines["Kind"].startswith("async" if terms.is_async else "sync")
    number, unit = re.fullmatch(r"([0-9.]+) (ms|s)\.", lines["Budget"]).groups()
    assert float(number) * {"ms": 0.001, "s": 1}[unit] == pytest.approx(terms.budget)
    assert lines["Since"] == terms.since
    assert lines["On failure"].startswith("fails closed") == (terms.fallback is not None)


@pytest.mark.parametrize("name", HOOKS)
def test_the_page_gives_the_exact_signature_and_lines(name):
    section = documented()[name]
    summary = (inspect.getdoc(HOOKS[name]) or "").splitlines()[0]
    expected = [summary, "", "```python", signature(name), "```", ""]
    expected += [f"- **{line}:** {text}" for line, text in fixed_lines(name).items()]
    assert section == "\n".join(expected)
