"""One live room as it is kept: its state, its seats, and telling them.

Knows: who is seated, and what a guest is not sent. Refuses to know: what happens in the room (`rooms`, `room`).
"""

from __future__ import annotations

import asyncio

from visavis_sdk.events import Recorded

from visavis_core.session.room import RoomState
from visavis_core.session.seat import Seat
from visavis_core.session.signalling import (
    AdequacyChanged,
    AdviceChanged,
    AnnotationAdded,
    FromServer,
    IncidentChanged,
    PlanBOffered,
    SightSeen,
    StillAdded,
    write_message,
)

__all__ = ["Room", "RoomFull"]

# What a patient, a relative or an interpreter is not sent: it belongs to the dossier or is for professionals to decide.
CLINICAL = (AdequacyChanged, AdviceChanged, AnnotationAdded, IncidentChanged, PlanBOffered, SightSeen, StillAdded)


class RoomFull(Exception):  # noqa: N818 - an answer of the house, not an error of the program
    """The bound on rooms or seats is reached."""


class Room:
    """A state, its seats, and the events that arrive while the record is being read."""

    def __init__(self, act: str) -> None:
        self.state = RoomState(act)
        self.seats: dict[str, Seat] = {}  # by participant
        self.ready: asyncio.Task[None] | None = None
        self.waiting: list[Recorded] | None = []

    @property
    def is_idle(self) -> bool:
        return not self.seats and not self.state.sources and not self.state.presence.people

    def tell(self, message: FromServer, *, passing: bool = False, but: str = "") -> None:
        """To every seat except `but`. A passing message is dropped for a seat that lags; any other closes it."""
        text = write_message(message)
        for participant, seat in self.seats.items():
            if participant != but and not (seat.is_guest and isinstance(message, CLINICAL)):
                seat.offer(text, passing=passing)
