"""What a browser in the room is told about people, pictures and advice: small frozen structs, ready for JSON.

Knows: the shapes the room's pages draw.
Refuses to know: where they come from. `record` projects them from events, `room` from live presence.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from visavis_sdk.events import Stroke
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import Adequacy, Outcome, Role, Side

__all__ = [
    "AdequacyView",
    "AdviceView",
    "AnnotationView",
    "ConsentView",
    "IncidentView",
    "PersonView",
    "PlanBView",
    "PresenceState",
    "SightNote",
    "SightView",
    "SourceView",
    "Standing",
    "StillView",
]

PresenceState = Literal["here", "lost", "away"]


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the act. `mark` (0…5) chooses both a colour and a shape, so colour never speaks alone."""

    participant: str
    name: str
    role: Role
    side: Side
    state: PresenceState
    mark: int
    muted: bool = False


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """One published stream. `why` names the measure that decided the verdict, empty when adequate."""

    link: str
    participant: str
    source: str
    verdict: Adequacy | None = None
    why: str = ""


class SightNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin noticed in a picture, in its own words. Advice to look again, never a finding about a patient."""

    note: str
    plugin: str
    text: Text
    advises: bool = False


class SightView(msgspec.Struct, frozen=True, kw_only=True):
    """What the eye sees of a source now. `words` are keys of the catalogue; an absent measure was not available."""

    link: str
    words: tuple[str, ...] = ()
    notes: tuple[SightNote, ...] = ()
    frames_per_second: float | None = None
    sharpness: float | None = None
    mean_luma: float | None = None
    level: float | None = None


class AdviceView(msgspec.Struct, frozen=True, kw_only=True):
    advice: str
    by: str
    at: str
    text: str
    justification: str
    still: str = ""
    read_back_required: bool = False
    acknowledged_by: str = ""
    acknowledged_at: str = ""
    read_back: bool = False
    done: bool | None = None


class StillView(msgspec.Struct, frozen=True, kw_only=True):
    still: str
    source: str
    by: str
    at: str
    width: int
    height: int
    media_type: str
    method: str
    label: str = ""


class AnnotationView(msgspec.Struct, frozen=True, kw_only=True):
    annotation: str
    by: str
    at: str
    target: str
    strokes: tuple[Stroke, ...]
    frame: int | None = None


class PlanBView(msgspec.Struct, frozen=True, kw_only=True):
    state: Literal["none", "declared", "tried", "taken", "ended"] = "none"
    telephone: str = ""
    procedure: str = ""
    step: str = ""
    since: str = ""


class ConsentView(msgspec.Struct, frozen=True, kw_only=True):
    state: Literal["none", "given", "refused", "withdrawn", "substituted"] = "none"
    at: str = ""


class IncidentView(msgspec.Struct, frozen=True, kw_only=True):
    incident: str
    kind: str
    description: str
    at: str
    resolved: bool = False


class AdequacyView(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    verdict: Adequacy
    by: str
    at: str
    reason: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the meeting stands. `ended` says why the last session closed, in the event's own word."""

    session: str = ""
    ended: str = ""
    emergency: bool = False
    concluding: bool = False
    outcome: Outcome | None = None
    declined: str = ""
    insufficient: str = ""
