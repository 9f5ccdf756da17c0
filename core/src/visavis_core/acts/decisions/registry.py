"""A typed table from command type to the pure function that decides it.

Knows: that a function written for `GiveAdvice` is called with a `GiveAdvice`; the registration proves it to mypy.
Refuses to know: any command in particular.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from visavis_core.acts.author import Author, Context, Decision
from visavis_core.acts.commands import Command
from visavis_core.acts.state import Act

__all__ = ["Decisions", "Handler", "speaker"]

C = TypeVar("C", bound=Command)
Handler = Callable[[Act, C, Author, Context], Decision]


class Decisions(Mapping[type[Command], "Handler[Any]"]):
    """Registered with `@table.of(GiveAdvice)`; a second function for the same command is a mistake and raises."""

    def __init__(self) -> None:
        self._handlers: dict[type[Command], Handler[Any]] = {}

    def of(self, command: type[C]) -> Callable[[Handler[C]], Handler[C]]:
        def register(handler: Handler[C]) -> Handler[C]:
            if command in self._handlers:
                raise ValueError(f"{command.__name__} is decided twice")
            self._handlers[command] = handler
            return handler

        return register

    def __getitem__(self, command: type[Command]) -> Handler[Any]:
        return self._handlers[command]

    def __iter__(self) -> Iterator[type[Command]]:
        return iter(self._handlers)

    def __len__(self) -> int:
        return len(self._handlers)


def speaker(act: Act, author: Author) -> str:
    """The author's participant id in the act; an account's comes from the record, never from what is claimed."""
    return act.participant_of(author.account) if author.account else author.participant
