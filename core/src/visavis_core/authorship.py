"""Whose command it is: the author as the rules know them, what they caused before, and whether it was a no.

Knows: how a subject becomes an author, how a cause finds the events it gave, which events are a patient's no.
Refuses to know: what is decided (`acts.decide`) and when it is kept (`service`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from visavis_sdk.events import ConsentGiven, ConsentRefused, ConsentWithdrawn, Event, Recorded, SessionClosed

from visavis_core.acts.act import Act
from visavis_core.acts.decide import Author
from visavis_core.identity.subject import Subject

__all__ = ["CONSENT_SPOKEN", "author_of", "caused", "id_of_opening", "says_no"]

CONSENT_SPOKEN = (ConsentGiven, ConsentRefused, ConsentWithdrawn)


def says_no(events: Sequence[Event]) -> bool:
    """Whether these events are a patient's refusal or withdrawal, whichever command they came from."""
    return any(
        isinstance(body, (ConsentRefused, ConsentWithdrawn))
        or (isinstance(body, SessionClosed) and body.reason == "withdrawn")
        for body in events
    )


def author_of(subject: Subject, act: Act | None) -> Author:
    """The subject as the clinical rules know them. The role in the act is read from the act, never carried along."""
    participant = subject.participant if subject.kind == "guest" else ""
    if subject.kind == "account" and act is not None:
        participant = act.participant_of(subject.id)
    return Author(
        account=subject.id if subject.kind == "account" else "",
        participant=participant,
        roles=subject.system_roles,
        identity=subject.identity,
        actor=subject.actor,
    )


def id_of_opening(subject: Subject, cause: str) -> str:
    """The same opening has the same id after a restart and in another process. Nobody's right rests on an id."""
    digest = hashlib.sha256(f"{subject.id}\0{cause}".encode()).digest()
    return f"act_{base64.urlsafe_b64encode(digest[:18]).decode()}"


def caused(act: Act, subject: Subject, cause: str) -> tuple[Recorded, ...]:
    """What this subject's command with this cause gave the first time; nothing when it has not been carried out."""
    if not cause:
        return ()
    return tuple(e for e in act.events if e.cause == cause and e.actor.id == subject.id)
