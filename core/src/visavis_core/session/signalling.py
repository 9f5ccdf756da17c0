"""The words spoken over the room's WebSocket, both ways, as tagged structs with bounds.

Knows: every message and its size limits. How often a client may send one is `allowance`'s.
Refuses to know: sockets, and who may do what: a command goes to the practice, which decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from visavis_sdk.text import Language, Text

from visavis_core.acts.commands import (
    AcknowledgeAdvice,
    CommitAnnotation,
    DecideStep,
    DeclareAdequacy,
    DeclareInsufficiency,
    DeclineAssistance,
    EndLive,
    EndPlanB,
    GiveAdvice,
    JoinSession,
    RecordEquipmentCheck,
    ReportIncident,
    ResolveIncident,
    StartSession,
    TakePlanB,
    TryPlanB,
    WithdrawConsent,
)
from visavis_core.session.views import (
    AdequacyView,
    AdviceView,
    AnnotationView,
    ConsentView,
    IncidentView,
    PersonView,
    PlanBView,
    SightView,
    SourceView,
    Standing,
    StillView,
)

__all__ = [
    "LARGEST_MESSAGE",
    "FromClient",
    "FromServer",
    "RoomCommand",
    "Unreadable",
    "read_message",
    "write_message",
]

LARGEST_FRAME = 1_048_576  # bytes; beyond this not even the cause is looked for
LARGEST_MESSAGE = 65_536  # bytes of JSON; a stroke of 512 points is about 6 kB

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$")]
SourceName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Coordinate = Annotated[int, msgspec.Meta(ge=0, le=10_000)]  # ten-thousandths of the picture's width or height
Points = Annotated[tuple[tuple[Coordinate, Coordinate], ...], msgspec.Meta(max_length=512)]
Measure = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]

# What one may do from the room. The rest of an act (forms, notes, closing) has its own pages.
RoomCommand = (
    AcknowledgeAdvice
    | CommitAnnotation
    | DeclareAdequacy
    | DeclareInsufficiency
    | DecideStep
    | DeclineAssistance
    | EndLive
    | EndPlanB
    | GiveAdvice
    | JoinSession
    | RecordEquipmentCheck
    | ReportIncident
    | ResolveIncident
    | StartSession
    | TakePlanB
    | TryPlanB
    | WithdrawConsent
)


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Base of every message, either way."""


class Perform(Message, frozen=True, kw_only=True, tag="perform"):
    """Asks for a command. Sent again with the same `cause` after a reconnection, it is still carried out once."""

    cause: Id
    command: RoomCommand


class Heartbeat(Message, frozen=True, kw_only=True, tag="heartbeat"):
    """Every 2 s from the page; answered in kind so that the page can tell a dead socket from a quiet room."""

    sent: Measure = 0


class Pointer(Message, frozen=True, kw_only=True, tag="pointer"):
    """Where somebody points on a picture. Lives on screens only, never in the record."""

    target: SourceName
    x: Coordinate
    y: Coordinate
    visible: bool = True


class Drawing(Message, frozen=True, kw_only=True, tag="drawing"):
    """A stroke being drawn: whole so far, so that a lost message costs nothing. An empty `points` takes it away."""

    drawing: Id
    target: SourceName
    shape: Literal["arrow", "circle", "freehand"]
    points: Points


class Clear(Message, frozen=True, kw_only=True, tag="clear"):
    """Wipes the drawings shown on a picture from every screen; what was committed stays in the record."""

    target: SourceName


class Freeze(Message, frozen=True, kw_only=True, tag="freeze"):
    """Says that the sender now studies a frozen picture, so that the other side does not wait for a reaction."""

    target: SourceName
    on: bool


class RequestCapture(Message, frozen=True, kw_only=True, tag="request_capture"):
    """Asks the device that publishes `link` for a full-resolution still."""

    link: Id


class Mute(Message, frozen=True, kw_only=True, tag="mute"):
    muted: bool


class AskRepeat(Message, frozen=True, kw_only=True, tag="ask_repeat"):
    """“Répéter”: the on-site side did not hear the advice well."""

    advice: Id


class Report(Message, frozen=True, kw_only=True, tag="report"):
    """What getStats said over the last seconds about one link. An absent measure was not available."""

    link: Id
    direction: Literal["publish", "subscribe"]
    frames_per_second: Measure | None = None
    loss_per_mille: Measure | None = None
    round_trip_ms: Measure | None = None
    kilobits_per_second: Measure | None = None
    frozen_ms_per_s: Measure | None = None
    width: Measure | None = None
    height: Measure | None = None


class Leave(Message, frozen=True, kw_only=True, tag="leave"):
    """The person chose to go; closing a tab by accident does not send it."""


FromClient = (
    AskRepeat | Clear | Drawing | Freeze | Heartbeat | Leave | Mute | Perform | Pointer | Report | RequestCapture
)


class Snapshot(Message, frozen=True, kw_only=True, tag="snapshot"):
    """Everything the page needs to draw itself, whatever it knew before."""

    act: str
    you: str
    people: tuple[PersonView, ...]
    sources: tuple[SourceView, ...]
    standing: Standing
    consent: ConsentView
    plan_b: PlanBView
    advices: tuple[AdviceView, ...]
    stills: tuple[StillView, ...]
    annotations: tuple[AnnotationView, ...]
    incidents: tuple[IncidentView, ...]
    adequacies: tuple[AdequacyView, ...]


class People(Message, frozen=True, kw_only=True, tag="people"):
    people: tuple[PersonView, ...]


class Sources(Message, frozen=True, kw_only=True, tag="sources"):
    sources: tuple[SourceView, ...]


class StandingChanged(Message, frozen=True, kw_only=True, tag="standing"):
    standing: Standing


class ConsentChanged(Message, frozen=True, kw_only=True, tag="consent"):
    consent: ConsentView


class PlanBChanged(Message, frozen=True, kw_only=True, tag="plan_b"):
    plan_b: PlanBView


class PlanBOffered(Message, frozen=True, kw_only=True, tag="plan_b_offered"):
    """What would help now (`stills`, `telephone`), or empty when things go well. A person decides."""

    step: str


class AdviceChanged(Message, frozen=True, kw_only=True, tag="advice"):
    advice: AdviceView


class StillAdded(Message, frozen=True, kw_only=True, tag="still"):
    still: StillView


class AnnotationAdded(Message, frozen=True, kw_only=True, tag="annotation"):
    annotation: AnnotationView


class IncidentChanged(Message, frozen=True, kw_only=True, tag="incident"):
    incident: IncidentView


class AdequacyChanged(Message, frozen=True, kw_only=True, tag="adequacy"):
    adequacy: AdequacyView


class RecordGrew(Message, frozen=True, kw_only=True, tag="record_grew"):
    """The record has event `n`: pages that show the conformity rail fetch it again."""

    n: int


class Relayed(Message, frozen=True, kw_only=True, tag="relayed"):
    """Somebody's passing gesture, with who made it."""

    by: str
    gesture: Pointer | Drawing | Clear | Freeze | RequestCapture | AskRepeat


class Done(Message, frozen=True, kw_only=True, tag="done"):
    """The command is on disk. `events` are the numbers it was given."""

    cause: str
    events: tuple[int, ...]


class Refused(Message, frozen=True, kw_only=True, tag="refused"):
    """Not done, and why, in the user's words. `missing` are the duties that stand in the way."""

    code: str
    message: str
    cause: str = ""
    missing: tuple[str, ...] = ()


class SightSeen(Message, frozen=True, kw_only=True, tag="sight"):
    """What the eye saw of one source over the last second."""

    sight: SightView


class Superseded(Message, frozen=True, kw_only=True, tag="superseded"):
    """The same person opened the room elsewhere; this page lets go of camera and microphone."""


class GoingAway(Message, frozen=True, kw_only=True, tag="going_away"):
    """The server stops on purpose; come back by yourselves."""


FromServer = (
    AdequacyChanged
    | AdviceChanged
    | AnnotationAdded
    | ConsentChanged
    | Done
    | GoingAway
    | Heartbeat
    | IncidentChanged
    | People
    | PlanBChanged
    | PlanBOffered
    | RecordGrew
    | Refused
    | Relayed
    | SightSeen
    | Snapshot
    | Sources
    | StandingChanged
    | StillAdded
    | Superseded
)


class Unreadable(ValueError):  # noqa: N818 - a refusal in the house's words, as `Refused` and `Forbidden` are
    """A message that is too large, not JSON, unknown or out of bounds. Carries a code, never the content.

    `cause` is the command's own when it can still be read: whoever waits for the answer must get one.
    """

    def __init__(self, code: str, cause: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.cause = cause

    def explain(self, language: Language) -> str:
        return UNREADABLE[self.code].in_language(language)


UNREADABLE = {
    "message_too_large": Text(
        "Ce dessin ou ce texte est trop long pour être envoyé. Raccourcissez-le puis réessayez.",
        "This drawing or text is too long to send. Shorten it and try again.",
    ),
    "message_unreadable": Text(
        "Cette page n’est plus à jour. Rechargez-la : rien de ce qui est enregistré n’est perdu.",
        "This page is out of date. Reload it: nothing that was recorded is lost.",
    ),
}


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a command that says whom to answer, read without the rest."""

    type: Literal["perform"]
    cause: Id


DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(FromClient)
ADDRESS = msgspec.json.Decoder(Address)
ENCODER = msgspec.json.Encoder()


def read_message(frame: bytes | str) -> FromClient:
    """One frame to one message. Raises `Unreadable`."""
    raw = frame.encode() if isinstance(frame, str) else frame
    if len(raw) > LARGEST_MESSAGE:
        raise Unreadable("message_too_large", cause_of(raw))
    try:
        message: FromClient = DECODER.decode(raw)
    except (msgspec.ValidationError, msgspec.DecodeError):
        # `from None`: msgspec's text quotes the value, which may be a patient's words.
        raise Unreadable("message_unreadable", cause_of(raw)) from None
    return message


def cause_of(raw: bytes) -> str:
    """The cause of a command that cannot be read otherwise; empty when there is none to answer to."""
    if len(raw) > LARGEST_FRAME:
        return ""
    try:
        return ADDRESS.decode(raw).cause
    except (msgspec.ValidationError, msgspec.DecodeError):
        return ""


def write_message(message: FromServer) -> str:
    return ENCODER.encode(message).decode()
