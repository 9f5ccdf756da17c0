"""Renews the drawn part of docs/acts.md from the transition table: `.venv/bin/python scripts/draw_acts.py`."""

from __future__ import annotations

import pathlib

from visavis_core.acts.diagram import redraw

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "acts.md"

if __name__ == "__main__":
    PAGE.write_text(redraw(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
