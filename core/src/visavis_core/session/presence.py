"""Is each person here, lost or gone? Pure: every function takes the time and returns what changed.

Knows: the pages say `heartbeat` every 2 s; silence means lost; a lost person may come back by themselves.
Refuses to know: sockets, tasks and the journal. `room` asks and records.

Two clocks of patience: the screens show a loss at once, the record keeps it only when it lasted, so that
reloading a page is not written into a patient's file as an incident.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["LEFT_AFTER", "LOST_AFTER", "RECORDED_AFTER", "Change", "Presence", "hear", "judge", "lose", "part"]

LOST_AFTER = 6.0  # seconds of silence: three heartbeats missed
RECORDED_AFTER = 3.0  # seconds lost before the record says so; a page reload takes one or two
LEFT_AFTER = 120.0  # seconds lost before the person counts as gone


class Change(msgspec.Struct, frozen=True):
    """What to show or record. `seconds` is how long the person was lost, for `restored` and `gone`."""

    kind: Literal["shown_lost", "shown_here", "lost", "restored", "gone"]
    participant: str
    seconds: int = 0


class Attendance(msgspec.Struct, frozen=True):
    heard_at: float
    lost_at: float | None = None
    recorded: bool = False  # the loss is in the record


class Presence(msgspec.Struct, frozen=True):
    """Everyone who came and has not gone, by participant id. Times are seconds of one monotonic clock."""

    people: dict[str, Attendance] = {}

    def is_here(self, participant: str) -> bool:
        attendance = self.people.get(participant)
        return attendance is not None and attendance.lost_at is None

    def is_lost(self, participant: str) -> bool:
        attendance = self.people.get(participant)
        return attendance is not None and attendance.lost_at is not None


def hear(presence: Presence, participant: str, now: float) -> tuple[Presence, tuple[Change, ...]]:
    """Something came from this person: they are here."""
    before = presence.people.get(participant)
    after = with_person(presence, participant, Attendance(heard_at=now))
    if before is None:
        return after, (Change("shown_here", participant),)
    if before.lost_at is None:
        return after, ()
    changes = [Change("shown_here", participant)]
    if before.recorded:
        changes.append(Change("restored", participant, round(now - before.lost_at)))
    return after, tuple(changes)


def lose(presence: Presence, participant: str, now: float) -> tuple[Presence, tuple[Change, ...]]:
    """The connection broke, or a person the record says is present was not found after a restart."""
    before = presence.people.get(participant, Attendance(heard_at=now))
    if before.lost_at is not None:
        return presence, ()
    gone = msgspec.structs.replace(before, lost_at=now)
    return with_person(presence, participant, gone), (Change("shown_lost", participant),)


def part(presence: Presence, participant: str) -> Presence:
    """The person chose to leave."""
    return Presence({who: kept for who, kept in presence.people.items() if who != participant})


def judge(presence: Presence, now: float) -> tuple[Presence, tuple[Change, ...]]:
    """What the passing of time alone changed."""
    changes: list[Change] = []
    for participant, attendance in presence.people.items():
        if attendance.lost_at is None:
            if now - attendance.heard_at >= LOST_AFTER:
                presence, shown = lose(presence, participant, now)
                changes += shown
        elif now - attendance.lost_at >= LEFT_AFTER:
            presence = part(presence, participant)
            changes.append(Change("gone", participant, round(now - attendance.lost_at)))
        elif not attendance.recorded and now - attendance.lost_at >= RECORDED_AFTER:
            presence = with_person(presence, participant, msgspec.structs.replace(attendance, recorded=True))
            changes.append(Change("lost", participant))
    return presence, tuple(changes)


def with_person(presence: Presence, participant: str, attendance: Attendance) -> Presence:
    return Presence({**presence.people, participant: attendance})
