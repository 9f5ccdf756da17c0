"""What a guest may see of an act: the meeting, not the dossier.

Knows: which events and which parts of the act make the meeting (who is there, consent, the session's course).
Refuses to know: who is a guest; the practice asks for the narrowed act.

What is shown is listed, never what is hidden: an event added tomorrow stays out until somebody lets it in here.
"""

from __future__ import annotations

from visavis_sdk.events import (
    ActOpened,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    Event,
    LiveEnded,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantLeft,
    PresenceConfirmed,
    SessionClosed,
    SessionOpened,
    SharingLimited,
)

from visavis_core.acts.act import Act

__all__ = ["MEETING", "narrow"]

MEETING: tuple[type[Event], ...] = (
    ActOpened,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    LiveEnded,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantLeft,
    PresenceConfirmed,
    SessionClosed,
    SessionOpened,
    SharingLimited,
)


def narrow(act: Act) -> Act:
    """For showing only: its events keep their numbers but have gaps, so nothing can be decided or evolved from it."""
    return Act(
        id=act.id,
        kind=act.kind,
        opened_at=act.opened_at,
        opened_by=act.opened_by,
        phase=act.phase,
        emergency=act.emergency,
        jurisdictions=act.jurisdictions,
        events=tuple(event for event in act.events if isinstance(event.body, MEETING)),
        participants=act.participants,
        presence=act.presence,
        consent=act.consent,
        withheld=act.withheld,
        session=act.session,
        sessions=act.sessions,
        present=act.present,
    )
