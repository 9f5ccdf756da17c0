"""Is what a plugin returned what its hook promised?

Knows: how to turn a spec's result annotation into a check made at run time, because a vendor's type checker is a
courtesy and not a guarantee.
Refuses to know: whether the content makes sense.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

__all__ = ["answer_check"]

Check = Callable[[object], bool]


def answer_check(spec: Callable[..., Any]) -> Check:
    """A predicate for the result of `spec`. Raises `TypeError` for an annotation that cannot be checked."""
    return _check(get_type_hints(spec)["return"])


def _check(annotation: Any) -> Check:
    if annotation is None or annotation is type(None):
        return lambda value: value is None
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return lambda value: isinstance(value, annotation)
    if get_origin(annotation) is Sequence:
        return _sequence_check(_check(get_args(annotation)[0]))
    if get_origin(annotation) in (Union, types.UnionType):
        checks = [_check(member) for member in get_args(annotation)]
        return lambda value: any(check(value) for check in checks)
    raise TypeError(f"a hook cannot promise {annotation!r}; use a class, Sequence[...] or a union of them")


def _sequence_check(item: Check) -> Check:
    def check(value: object) -> bool:
        # A string is a sequence of strings, and a generator can be read once: neither is what a hook may return.
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            return False
        return all(map(item, cast("Sequence[object]", value)))

    return check
