"""A guest is shown the meeting and nothing else, whatever events the record may hold."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from visavis_core.acts.act import Act, fold
from visavis_core.identity.narrowing import narrow
from visavis_sdk import events as e
from visavis_sdk.events import Actor, Event, Recorded
from visavis_sdk.testing import tell
from visavis_sdk.vocabulary import ActKind

SHOWN = {
    "ActOpened",
    "ConsentGiven",
    "ConsentRefused",
    "ConsentWithdrawn",
    "LiveEnded",
    "ParticipantIdentified",
    "ParticipantJoined",
    "ParticipantLeft",
    "PresenceConfirmed",
    "SessionClosed",
    "SessionOpened",
    "SharingLimited",
}
HIDDEN = sorted((kind for kind in get_args(e.AnyEvent) if kind.__name__ not in SHOWN), key=lambda kind: kind.__name__)


def act_with(*events: Recorded) -> Act:
    return Act(id="a", kind=ActKind.TELEASSISTANCE, opened_at="", opened_by="n", events=events)


def recorded(kind: type[Event]) -> Recorded:
    # Its fields hold nothing: what is looked at is only what sort of event it is.
    body = kind(**{field.name: None for field in msgspec.structs.fields(kind) if field.required})
    actor = Actor(kind="account", id="account_rose")
    return Recorded(act="a", n=0, at="2026-11-23T14:05:00.000000Z", actor=actor, body=body)


@pytest.mark.parametrize("kind", get_args(e.AnyEvent), ids=lambda kind: kind.__name__)
def test_every_event_is_hidden_unless_it_makes_the_meeting(kind: type[Event]) -> None:
    assert bool(narrow(act_with(recorded(kind))).events) is (kind.__name__ in SHOWN)


def test_the_words_of_the_dossier_are_nowhere_in_what_a_guest_is_shown() -> None:
    story = tell(
        e.NeedStated(need="SECRET", expectations="SECRET"),
        e.IncidentReported(incident="i", kind="connection", description="SECRET"),
        e.FollowUpNamed(name="SECRET", contact="SECRET", by="n"),
    )
    act = fold(story.events)
    assert b"SECRET" in msgspec.json.encode(act)
    assert b"SECRET" not in msgspec.json.encode(narrow(act))
