"""What the room shows of consent is what the act says of it."""

from __future__ import annotations

import pytest
from visavis_core.session.record import project
from visavis_sdk.events import Actor, ConsentGiven, Event, Recorded, SubstitutedConsentAttempted
from visavis_sdk.vocabulary import ConsentChannel, ConsentGiver, SubstitutedConsentResult

GIVEN = ConsentGiven(
    to_remote_professional=True,
    to_technology=True,
    channel=ConsentChannel.ORAL,
    given_by=ConsentGiver.PATIENT,
    received_by="participant_nurse",
    text_id="text",
    text_version="1",
    text_sha256="0" * 64,
    language="fr",
)


def attempted(result: SubstitutedConsentResult) -> SubstitutedConsentAttempted:
    return SubstitutedConsentAttempted(asked="Jeanne", result=result, attempted_by="participant_nurse")


def shown(*bodies: Event) -> str:
    events = [
        Recorded(act="act_1", n=n, at="2026-11-23T14:05:00.000000Z", actor=Actor(kind="account", id="a"), body=body)
        for n, body in enumerate(bodies)
    ]
    return project(events).consent.state


@pytest.mark.parametrize(
    ("result", "state"),
    [("obtained", "substituted"), ("refused", "refused"), ("unreachable", "none"), ("no_time", "none")],
)
def test_a_substitute_who_refuses_is_not_shown_as_consenting(result: str, state: str) -> None:
    assert shown(attempted(SubstitutedConsentResult(result))) == state


def test_the_patients_own_yes_is_not_replaced_by_somebody_elses_word() -> None:
    assert shown(GIVEN, attempted(SubstitutedConsentResult.REFUSED)) == "given"
