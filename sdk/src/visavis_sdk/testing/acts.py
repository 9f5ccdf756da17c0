"""An act in memory, made of events, for tests of checks, rules and reports.

Knows: the few facts of `ActView`, folded from the events as the core does it.
Refuses to know: which events may follow which; the core decides that, and a test may tell an impossible story.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

import msgspec

from visavis_sdk.events import (
    ActClosed,
    ActOpened,
    Actor,
    EmergencyDeclared,
    Event,
    LiveEnded,
    Recorded,
    SessionOpened,
    StillCaptured,
)
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

__all__ = ["MemoryAct", "captured", "tell"]

BEGIN: Final = datetime.datetime(2026, 1, 15, 14, 5, tzinfo=datetime.UTC)
NURSE: Final = Actor(kind="account", id="acc_nurse")


class MemoryAct(msgspec.Struct, frozen=True, kw_only=True):
    """Satisfies `ActView`. Made with `tell`."""

    id: str
    kind: ActKind
    phase: ActPhase
    emergency: bool
    outcome: Outcome | None
    events: Sequence[Recorded]


def tell(*bodies: Event, actor: Actor = NURSE, act: str = "act_1") -> MemoryAct:
    """The act that these events make, one minute apart. A story that does not begin with `ActOpened` is given one."""
    if not bodies or not isinstance(bodies[0], ActOpened):
        bodies = (ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse"), *bodies)
    opened = bodies[0]
    assert isinstance(opened, ActOpened)
    phase, outcome, emergency = ActPhase.PREPARING, None, opened.emergency
    for body in bodies:
        match body:
            case SessionOpened():
                phase = ActPhase.LIVE
            case LiveEnded():
                phase = ActPhase.CONCLUDING
            case ActClosed(outcome=ending):
                phase, outcome = ActPhase.CLOSED, ending
            case EmergencyDeclared():
                emergency = True
            case _:
                pass
    return MemoryAct(
        id=act,
        kind=opened.kind,
        phase=phase,
        emergency=emergency,
        outcome=outcome,
        events=tuple(Recorded(act=act, n=n, at=_moment(n), actor=actor, body=body) for n, body in enumerate(bodies)),
    )


def captured(still: str = "still_1", *, label: str = "") -> StillCaptured:
    """A still as a camera would give it, under an id of your choice."""
    return StillCaptured(
        still=still,
        sha256="ab" * 32,
        size=2_345_678,
        media_type="image/jpeg",
        width=4032,
        height=3024,
        source="clinical",
        method="take_photo",
        captured_at=_moment(0),
        captured_by="par_nurse",
        label=label,
    )


def _moment(n: int) -> str:
    return (BEGIN + datetime.timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
