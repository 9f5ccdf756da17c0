"""What every event of an act has in common.

Knows: an event says something happened, in the past tense, and never changes afterwards.
Refuses to know: how it is stored, sealed or proved; the bytes and the chain belong to the core's trace.

Evolution rule (msgspec's): a new field has a default, no field is retyped or renamed, a tag is never reused.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

__all__ = ["Actor", "Event", "Recorded"]


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every event body. The subclass's tag (`consent.given`) is its name on disk, for ever."""

    # Technical events (somebody's link came and went) matter to the session, not to the clinical reading.
    technical: ClassVar[bool] = False


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who made an event happen. Pseudonymous: `id` is an account or participant id, never a name.

    `acr` is the level and `amr` the means of authentication at that moment (OpenID Connect Core §2).
    """

    kind: Literal["account", "guest", "system"]
    id: str
    acr: str = ""
    amr: tuple[str, ...] = ()


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event in its place in an act. `n` counts from 0 without gap; `at` is RFC 3339 UTC with microseconds.

    `cause` is the id the client gave its command, so that a command sent twice is carried out once.
    """

    act: str
    n: int
    at: str
    actor: Actor
    body: Event
    cause: str = ""
