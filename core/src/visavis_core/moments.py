"""Moments and ids, as the whole core writes them.

Knows: the one form of a time (RFC 3339, UTC, microseconds, `Z`), which sorts as text, and the one form of an id.
Refuses to know: which parts read the clock or draw an id. They are given `clock` and `ids`, and tests give their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["Clock", "Ids", "draw_id", "later", "moment", "read_clock", "seconds_between", "stamp"]

Clock = Callable[[], str]
Ids = Callable[[str], str]


def stamp(at: datetime) -> str:
    """RFC 3339 UTC with microseconds: `2026-11-23T14:05:00.000000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(at: str) -> datetime:
    """The moment a stamp names. ValueError when it is not one."""
    return datetime.fromisoformat(at).astimezone(UTC)


def later(at: str, seconds: float) -> str:
    return stamp(moment(at) + timedelta(seconds=seconds))


def seconds_between(earlier: str, after: str) -> float:
    return (moment(after) - moment(earlier)).total_seconds()


def read_clock() -> str:
    return stamp(datetime.now(UTC))


def draw_id(prefix: str) -> str:
    """`act_Zk3…`: 120 random bits, url-safe, never starting with a dash after the prefix's underscore."""
    return f"{prefix}_{secrets.token_urlsafe(15).replace('-', '.')}"
