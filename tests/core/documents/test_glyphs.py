"""Every character of a note is drawn, named, or silent by decision; none vanishes unseen."""

from __future__ import annotations

from typing import Any

import typst
from hypothesis import given
from hypothesis import strategies as st
from visavis_core.documents.glyphs import drawable, legible
from visavis_core.documents.press import STANDARDS


def test_the_table_says_what_typst_can_draw() -> None:
    """The table was read off Typst's own typefaces; a new Typst that drops one fails here, not on a note."""
    main = b"""#set document(title: "x")
    #set text(font: ("Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern"))
    #for character in json("characters.json") [#character\\ ]"""
    visible = sorted(drawable())
    characters = ("[" + ",".join(f'"\\u{ord(c):04x}"' for c in visible if ord(c) <= 0xFFFF) + "]").encode()
    fonts = typst.Fonts(include_system_fonts=False)
    sources: Any = {"main.typ": main, "characters.json": characters}  # its stub knows no memory files
    compiler = typst.Compiler(sources, font_paths=fonts)
    assert len(visible) > 7_000
    assert compiler.compile(format="pdf", pdf_standards=[*STANDARDS])


def test_what_a_clinician_types_comes_back_as_typed() -> None:
    for text in ("4,2 cm × 2,1 cm; T° 38,5 °C", "œdème ≥ 2 cm², « propre »", "µg/kg/h → 5 ½ ‰", "שלום", "مرحبا"):
        assert legible(text) == text


def test_what_cannot_be_drawn_is_named() -> None:
    assert legible("bien 👍") == "bien [thumbs up sign]"
    assert legible("王") == "[U+738B]"
    assert legible("a\tb\x07") == "a    b[U+0007]"


def test_a_hidden_direction_change_is_shown() -> None:
    """U+202E would show 0.5 mg as gm 5.0."""
    assert legible("dose \u202e0.5\u202c mg") == "dose [U+202E]0.5[U+202C] mg"


@given(st.text(max_size=200))
def test_any_text_becomes_drawable(text: str) -> None:
    known = drawable()
    assert all(character in known or character == "\n" for character in legible(text))
