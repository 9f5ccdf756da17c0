"""The style keeps its promises: legible pairs, no inline anything, files of a readable size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import visavis_core.web as web
from visavis_core.web.pages.steps import STEPS
from visavis_core.web.rendering import icon

WEB = Path(web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
STYLES = sorted((WEB / "static" / "css").glob("*.css"))
TOKENS = (WEB / "static" / "css" / "tokens.css").read_text(encoding="utf-8")

TEXT_PAIRS = [
    *((text, ground) for text in ("ink", "ink-quiet", "primary", "insufficient") for ground in ("paper", "ground")),
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
    ("paper", "insufficient"),
    ("paper", "owed"),
    ("ink", "primary-tint"),
    ("primary-strong", "primary-tint"),
    *((state, f"{state}-tint") for state in ("adequate", "limited", "insufficient", "owed")),
    *(("ink", f"{state}-tint") for state in ("adequate", "limited", "insufficient", "owed")),
    *((state, "paper") for state in ("adequate", "limited", "owed")),
]
SHAPE_PAIRS = [("line-strong", "paper"), ("line-strong", "ground"), ("focus", "paper"), ("focus", "ground")]


def colours(surface: str) -> dict[str, str]:
    blocks = dict(re.findall(r"^(:root|\.dark) \{(.*?)^\}", TOKENS, re.DOTALL | re.MULTILINE))
    light = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", blocks[":root"]))
    return light if surface == "light" else light | dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", blocks[".dark"]))


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("surface", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_words_are_legible(surface: str, text: str, ground: str) -> None:
    known = colours(surface)
    assert contrast(known[text], known[ground]) >= 4.5


@pytest.mark.parametrize("surface", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_are_visible(surface: str, shape: str, ground: str) -> None:
    known = colours(surface)
    assert contrast(known[shape], known[ground]) >= 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_inline_script_or_style(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_icon_named_is_drawn(template: Path) -> None:
    for name in re.findall(r'icon\("([a-z-]+)"', template.read_text(encoding="utf-8")):
        assert "<path" in icon(name) or "<circle" in icon(name) or "<rect" in icon(name)


def test_an_icon_with_a_label_is_named_and_one_without_is_silent() -> None:
    assert 'aria-label="Fait &amp; dit"' in icon("met", "Fait & dit")
    assert 'aria-hidden="true"' in icon("met")


@pytest.mark.parametrize(
    "path", [*TEMPLATES, *STYLES, *(WEB / "static" / "js").glob("*.js")], ids=lambda path: path.name
)
def test_no_file_is_longer_than_can_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_question_that_depends_on_an_answer_has_its_rule() -> None:
    rules = (WEB / "static" / "css" / "forms.css").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (WEB / "pages" / "steps").glob("*.py"))
    pairs = set(re.findall(r'when=\("([a-z_]+)", "([a-z_]+)"\)', source))
    pairs |= {("answer", "given"), ("answer", "substituted")}
    assert STEPS
    assert {f".when-{field}-{answer}" for field, answer in pairs if f".when-{field}-{answer}" not in rules} == set()
