"""Who wants something of an act, and what a decision may ask of the world around it.

Knows: an author (account, guest or the program itself), and the five things a pure decision is given.
Refuses to know: how the author was authenticated, what the clock is, how ids are drawn, where packs come from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec
from visavis_sdk.events import Actor, Event
from visavis_sdk.obligations import Transition
from visavis_sdk.text import Text

if TYPE_CHECKING:  # the act's state names refusals nowhere; only the type checker needs both at once
    from visavis_core.acts.state import Act
    from visavis_core.obligations.sheet import SheetLine

__all__ = ["CLINICIAN", "Author", "Context", "Decision", "Identity", "Refusal"]

CLINICIAN = "clinician"  # the system role of an account that may open and join acts


class Identity(Protocol):
    """The traits of a professional an account vouches for (B1, B4); whoever keeps accounts has such a struct."""

    @property
    def family_name(self) -> str: ...
    @property
    def given_names(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def profession(self) -> str: ...
    @property
    def specialty(self) -> str: ...
    @property
    def establishment(self) -> str: ...
    @property
    def contact(self) -> str: ...
    @property
    def identifier_system(self) -> str: ...
    @property
    def identifier(self) -> str: ...


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """`participant` is the author's id in the act ("" for a newcomer; the invitation id for a guest).

    `roles` are system roles of the account, never roles in the act.
    """

    actor: Actor
    account: str = ""
    participant: str = ""
    roles: tuple[str, ...] = ()
    identity: Identity | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command is not carried out, in words that say the way out. `missing` holds ids of obligations."""

    code: str
    message: Text
    missing: tuple[str, ...] = ()


Decision = tuple[Event, ...] | Refusal


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision is given. `now` is RFC 3339 UTC with microseconds; `ids(prefix)` draws a fresh id.

    `gates_due(act, transition)` is `ConformitySheet.due` of the act's sheet; `jurisdictions` are the packs in force.
    """

    now: str
    ids: Callable[[str], str]
    gates_due: Callable[[Act, Transition], tuple[SheetLine, ...]]
    jurisdictions: tuple[str, ...] = ()
