"""Plots as SVG text: bars for one number each, curves for a distribution.

Knows: lengths and labels. Refuses to know: what is compared. Written by hand, because five small plots are no reason
for a plotting library among the dependencies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

__all__ = ["draw_bars", "draw_curves"]

WIDTH, LABEL, ROW = 720, 210, 26
COLOURS = ("#1b6e5a", "#b3541e", "#d99a2b", "#4a5fa5", "#8a5a99", "#777777", "#222222")
STYLE = "<style>text{font:13px sans-serif;fill:#222}.t{font-weight:600}line{stroke:#ccc}</style>"


def draw_bars(title: str, rows: Sequence[tuple[str, float]], written: Callable[[float], str], log: bool = False) -> str:
    """One bar per (name, value); `log` when they differ by orders of magnitude, with the values written anyway."""
    height = 40 + ROW * len(rows) + 10
    values = [value for _, value in rows if value > 0]
    low, high = (
        (math.log10(min(values)) - 0.3, math.log10(max(values))) if log and values else (0.0, max(values or [1]))
    )
    parts = []
    for index, (name, value) in enumerate(rows):
        y = 36 + ROW * index
        place = math.log10(value) if log and value > 0 else value
        length = max(1.0, (place - low) / max(high - low, 1e-9) * (WIDTH - LABEL - 110))
        parts.append(f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        parts.append(
            f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="18" fill="{COLOURS[0 if index == 0 else 3]}"/>'
        )
        parts.append(f'<text x="{LABEL + length + 6:.1f}" y="{y + 14}">{escape(written(value))}</text>')
    note = " (logarithmic)" if log else ""
    return frame(title + note, height, parts)


def draw_curves(title: str, curves: Sequence[tuple[str, Sequence[tuple[float, float]]]], unit: str) -> str:
    """Shares (0..1, upwards) over values (logarithmic, to the right): a cumulative distribution per name."""
    height, bottom, right = 360, 320, WIDTH - 190
    values = [x for _, points in curves for x, _ in points if x > 0]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    parts = []
    for decade in range(low, high + 1):
        x = 50 + (decade - low) / (high - low) * (right - 50)
        parts.append(f'<line x1="{x:.1f}" y1="40" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{10**decade:,.0f} {escape(unit)}</text>'
        )
    for share in (0, 0.5, 0.9, 0.99):
        y = bottom - share * (bottom - 40)
        parts.append(f'<line x1="50" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="44" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>')
    for index, (name, points) in enumerate(curves):
        colour = COLOURS[index % len(COLOURS)]
        spots = " ".join(
            f"{50 + (math.log10(max(x, 10**low)) - low) / (high - low) * (right - 50):.1f},"
            f"{bottom - y * (bottom - 40):.1f}"
            for x, y in points
        )
        parts.append(f'<polyline points="{spots}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<rect x="{right + 14}" y="{44 + 22 * index}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{right + 32}" y="{55 + 22 * index}">{escape(name)}</text>')
    return frame(title, height, parts)


def frame(title: str, height: int, parts: Sequence[str]) -> str:
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    body = "\n".join(parts)
    return f'{head}{STYLE}\n{ground}\n<text class="t" x="10" y="22">{escape(title)}</text>\n{body}\n</svg>\n'
