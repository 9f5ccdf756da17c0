"""Every `visavis …` that a page tells to type exists, with the options it is shown with; every command is told.

Checked: fenced blocks and inline code of README.md and docs/*.md, against the tree of commands itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from visavis_core.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TYPED = re.compile(r"^(?:\$ )?visavis +(.+)$")
INLINE = re.compile(r"`visavis +([^`]+)`")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TREE = typer.main.get_command(app)


def typed_on(page: Path) -> Iterator[list[str]]:
    """Words after `visavis`, without comments."""
    text = page.read_text(encoding="utf-8")
    for block in FENCE.findall(text):
        for line in block.splitlines():
            found = TYPED.match(line.split("#")[0].strip())
            if found is not None:
                yield found[1].split()
    for words in INLINE.findall(FENCE.sub("", text)):
        yield words.split()


def find(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the words left for it. KeyError names what does not exist."""
    command: Any = TREE  # typer carries a click of its own, whose classes are not those of the package click
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        command = command.commands[rest.pop(0)]
    return command, rest


def leaves(command: Any, path: str = "") -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield path.strip()
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, f"{path} {name}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_tells_to_type_exists(page: Path) -> None:
    for words in typed_on(page):
        try:
            command, rest = find(words)
        except KeyError as missing:
            pytest.fail(f"{page.name}: visavis {' '.join(words)}: there is no {missing}")
        known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
        for word in rest:
            option = word.split("=")[0]
            assert not option.startswith("-") or option in known, f"{page.name}: {command.name} has no {option}"


def test_a_command_that_does_not_exist_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\nvisavis user explode rose   # boom\n```\nand `visavis serve --loudly`")
    assert list(typed_on(page)) == [["user", "explode", "rose"], ["serve", "--loudly"]]
    with pytest.raises(KeyError):
        find(["user", "explode", "rose"])


def test_every_command_is_told_somewhere() -> None:
    told = " ".join(" ".join(words) for page in PAGES for words in typed_on(page))
    assert [leaf for leaf in leaves(TREE) if leaf not in told] == []
