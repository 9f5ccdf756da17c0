"""May a plugin made for one range of SDK versions run on this one?

Knows: ranges like `>=0.1,<1`, over dotted numbers, as `plugin.toml` writes them.
Refuses to know: pre-releases and local versions; a published plugin names neither.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

__all__ = ["is_compatible"]

_CLAUSE = re.compile(r"^\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*$")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def is_compatible(wanted: str, version: str) -> bool:
    """ValueError when `wanted` is not a range."""
    have = _numbers(re.match(r"\d+(?:\.\d+)*", version), version)
    clauses = [_CLAUSE.match(part) for part in wanted.split(",")]
    if any(clause is None for clause in clauses):
        raise ValueError(f"not a version range: {wanted!r}")
    return all(_COMPARE[clause[1]](have, _padded(clause[2])) for clause in clauses if clause is not None)


def _numbers(found: re.Match[str] | None, version: str) -> tuple[int, ...]:
    if found is None:
        raise ValueError(f"not a version: {version!r}")
    return _padded(found[0])


def _padded(dotted: str) -> tuple[int, ...]:
    """Five numbers, so that 1.0 equals 1."""
    numbers = tuple(int(part) for part in dotted.split("."))[:5]
    return numbers + (0,) * (5 - len(numbers))
