"""Which plugins this SDK can run.

Knows: release numbers (`0.1.0`) and ranges as `plugin.toml` writes them (`>=0.1,<1`), the part of PEP 440 that a
promise of compatibility needs.
Refuses to know: pre-releases, local versions and wildcards: a plugin promises releases or nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Final

__all__ = ["SDK_VERSION", "VersionFault", "satisfies"]

SDK_VERSION: Final = "0.1.0"
RELEASE: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}")
CLAUSE: Final = re.compile(rf"(>=|<=|==|!=|>|<)\s*({RELEASE.pattern})")
COMPARISONS: Final[dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


class VersionFault(ValueError):  # noqa: N818 - a fault of what was written, named like FormFault
    """Not a release, or not a range of releases."""


def satisfies(version: str, wanted: str) -> bool:
    """Is `version` in the range `wanted` (clauses joined by commas, all of which must hold)? Raises `VersionFault`."""
    have = _numbers(version)
    clauses = [CLAUSE.fullmatch(clause.strip()) for clause in wanted.split(",")]
    if None in clauses:
        raise VersionFault("a version range reads like >=0.1,<1")
    return all(COMPARISONS[clause[1]](have, _numbers(clause[2])) for clause in clauses if clause)


def _numbers(release: str) -> tuple[int, ...]:
    if not RELEASE.fullmatch(release):
        raise VersionFault("a version reads like 0.1.0")
    numbers = [int(part) for part in release.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))  # 1.0 and 1 are the same release
