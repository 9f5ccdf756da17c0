"""How a hook is declared and how a plugin implements it.

Knows: the terms of a hook (colour, budget, what stands in for an answer that failed) as data on the spec's function,
and the mark that ties a method to its spec so that type checkers see both ends.
Refuses to know: calling; that is `hosting`.

pluggy lets an implementation take only the arguments it wants and matches it by name at run time. Both are given up
here: one struct per hook evolves by defaulted fields, and a name checked by the editor beats one checked in production.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

import msgspec
import pluggy

__all__ = ["PROJECT", "Terms", "hook", "implements", "terms_of"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
F = TypeVar("F", bound=Callable[..., Any])

PROJECT: Final = "visavis"
TERMS: Final = "visavis_terms"
_spec = pluggy.HookspecMarker(PROJECT)
_impl = pluggy.HookimplMarker(PROJECT)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What host and plugin agree on for one hook. `budget` is in seconds.

    `fallback`, where a missing answer would be dangerous, makes the answer that stands in for a failed plugin.
    """

    hook: str
    parameter: str
    is_async: bool
    budget: float
    since: str
    fallback: Callable[[Any], Any] | None = None


def hook(*, budget: float, since: str, fallback: Callable[[Any], Any] | None = None) -> Callable[[F], F]:
    """Declare a method of a spec class as a hook: `self` and one more parameter, which is a frozen struct."""

    def declare(function: F) -> F:
        _self, parameter = inspect.signature(function).parameters
        terms = Terms(
            hook=function.__name__,
            parameter=parameter,
            is_async=inspect.iscoroutinefunction(function),
            budget=budget,
            since=since,
            fallback=fallback,
        )
        setattr(function, TERMS, terms)
        return _spec(function)

    return declare


def implements(
    spec: Callable[Concatenate[Any, P], R], /
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Mark a method as this plugin's implementation of one hook: `@implements(Spec.contribute_forms)`.

    mypy and pyright then refuse a wrong parameter name or type, a wrong result, and a plain function for an async hook.
    There is no tryfirst or trylast: calls follow the deployment's order, and no hook's meaning may depend on it.
    """
    return cast(
        "Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]",
        _impl(specname=terms_of(spec).hook),
    )


def terms_of(spec: Callable[..., Any]) -> Terms:
    """The terms of a spec's function. Raises `TypeError` for anything else."""
    terms = getattr(spec, TERMS, None)
    if not isinstance(terms, Terms):
        raise TypeError(f"{getattr(spec, '__qualname__', spec)!r} is not a hook; use Spec.<hook>")
    return terms
