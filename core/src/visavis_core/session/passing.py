"""Who may make which passing gesture: the table for what is shown on other people's screens and never kept.

Knows: one row per gesture, read from the rule of the durable command that the gesture leads to, so that the two cannot
drift apart. A relative's request would otherwise work the camera of the tablet beside the patient.
Refuses to know: seats, sockets, and what a screen does with a gesture.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from visavis_sdk.events import ParticipantIdentified

from visavis_core.acts import commands as c
from visavis_core.acts.roles import Seat
from visavis_core.acts.transitions import TRANSITIONS
from visavis_core.session.signalling import AskRepeat, Clear, Drawing, Freeze, Pointer, RequestCapture

__all__ = ["GESTURES", "may_make"]

GESTURES: Mapping[type[msgspec.Struct], frozenset[Seat]] = {
    gesture: TRANSITIONS[command].seats
    for gesture, command in (
        (Pointer, c.CommitAnnotation),
        (Drawing, c.CommitAnnotation),
        (Clear, c.CommitAnnotation),
        (Freeze, c.CommitAnnotation),
        (RequestCapture, c.GiveAdvice),  # asking for a picture is guiding; whoever holds the camera needs no request
        (AskRepeat, c.AcknowledgeAdvice),
    )
}


def may_make(gesture: msgspec.Struct, by: ParticipantIdentified | None) -> bool:
    """False for whoever the act has not identified, and for a gesture that has no row."""
    return by is not None and Seat(by.role.value) in GESTURES.get(type(gesture), frozenset())
