"""Events of the live session: who came and went, what was shown, said and drawn (A1, F3, F4)."""

from __future__ import annotations

import msgspec

from visavis_sdk.events.base import Event

__all__ = [
    "AdviceAcknowledged",
    "AdviceGiven",
    "AnnotationCommitted",
    "ConnectionLost",
    "ConnectionRestored",
    "DeviceAuthorised",
    "LinkOpened",
    "ParticipantJoined",
    "ParticipantLeft",
    "SessionClosed",
    "SessionOpened",
    "StepDecided",
    "StillCaptured",
    "Stroke",
]


class SessionOpened(Event, frozen=True, kw_only=True, tag="session.opened"):
    session: str


class SessionClosed(Event, frozen=True, kw_only=True, tag="session.closed"):
    session: str
    reason: str  # ended | withdrawn | reoriented | lost


class ParticipantJoined(Event, frozen=True, kw_only=True, tag="session.participant_joined"):
    session: str
    participant: str


class ParticipantLeft(Event, frozen=True, kw_only=True, tag="session.participant_left"):
    session: str
    participant: str
    reason: str = ""  # left | lost | removed


class ConnectionLost(Event, frozen=True, kw_only=True, tag="session.connection_lost"):
    technical = True
    participant: str


class ConnectionRestored(Event, frozen=True, kw_only=True, tag="session.connection_restored"):
    technical = True
    participant: str
    seconds: int


class LinkOpened(Event, frozen=True, kw_only=True, tag="session.link_opened"):
    """A media link was authorised. Both DTLS fingerprints are kept so that nobody can sit in the middle unseen."""

    technical = True
    session: str
    link: str
    participant: str
    direction: str  # publish | subscribe
    source: str  # face | clinical | device name
    client_fingerprint: str
    server_fingerprint: str


class DeviceAuthorised(Event, frozen=True, kw_only=True, tag="session.device_authorised"):
    """Somebody let a device publish one source in their name until `expires_at`. The token itself is never recorded."""

    device: str
    participant: str
    source: str
    expires_at: str


class StillCaptured(Event, frozen=True, kw_only=True, tag="still.captured"):
    """A full-resolution picture, by the hash of its exact bytes."""

    still: str
    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    source: str
    method: str  # take_photo | grab_frame | canvas | file | stream
    captured_at: str
    captured_by: str
    label: str = ""


class Stroke(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing in picture coordinates: x and y in ten-thousandths of width and height, origin top left."""

    shape: str  # pointer | arrow | circle | freehand | text
    points: tuple[tuple[int, int], ...]
    text: str = ""


class AnnotationCommitted(Event, frozen=True, kw_only=True, tag="annotation.committed"):
    """A drawing that stays. `frame` is the RTP timestamp of the frame the author saw, when known."""

    annotation: str
    by: str
    target: str  # still id, or "live:<source>"
    strokes: tuple[Stroke, ...]
    frame: int | None = None


class AdviceGiven(Event, frozen=True, kw_only=True, tag="advice.given"):
    """A piece of advice with what justified it (F3)."""

    advice: str
    by: str
    text: str
    justification: str
    still: str = ""
    read_back_required: bool = False


class AdviceAcknowledged(Event, frozen=True, kw_only=True, tag="advice.acknowledged"):
    """`repeated` = it was read back aloud. `read_back` holds the words where they were written down; records from
    before `repeated` hold a button's words there, which say the same.
    """

    advice: str
    by: str
    read_back: str = ""
    done: bool | None = None  # None = heard, not yet done
    repeated: bool = False

    @property
    def was_read_back(self) -> bool:
        return self.repeated or bool(self.read_back.strip())


class StepDecided(Event, frozen=True, kw_only=True, tag="step.decided"):
    """The expert validates or refuses a step (F3)."""

    step: str
    by: str
    validated: bool
    reason: str = ""
