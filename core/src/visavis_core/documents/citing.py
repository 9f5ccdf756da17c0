"""Event numbers as a reader takes them in: `3, 17–21, 35`.

Knows: how to write them.
Refuses to know: the events.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["cite"]


def cite(numbers: Iterable[int]) -> str:
    """Sorted, each once, three or more in a row as a range; empty for none."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(part for first, last in spans for part in _write(first, last))


def _write(first: int, last: int) -> list[str]:
    if last - first >= 2:
        return [f"{first}–{last}"]
    return [str(number) for number in range(first, last + 1)]
