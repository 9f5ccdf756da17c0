"""Events of checks, plan B, incidents and adequacy: what keeps a remote act safe (E6, E7, F1, F2, F6)."""

from __future__ import annotations

import msgspec

from visavis_sdk.events.base import Event
from visavis_sdk.vocabulary import Adequacy

__all__ = [
    "AdequacyDeclared",
    "AssistanceDeclined",
    "CheckResult",
    "EquipmentChecked",
    "IncidentReported",
    "IncidentResolved",
    "InsufficiencyDeclared",
    "PlanBDeclared",
    "PlanBEnded",
    "PlanBTaken",
    "PlanBTried",
    "QualityMeasured",
]


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One thing tested. `measured` is a decimal string with its unit in `unit`; empty when not measurable."""

    what: str  # camera | microphone | speaker | network | device id
    label: str = ""
    verdict: Adequacy
    measured: str = ""
    unit: str = ""
    detail: str = ""


class EquipmentChecked(Event, frozen=True, kw_only=True, tag="equipment.checked"):
    """Camera, microphone, devices and connection tested before the act (E6)."""

    participant: str
    results: tuple[CheckResult, ...]


class PlanBDeclared(Event, frozen=True, kw_only=True, tag="plan_b.declared"):
    """What will be done if the equipment fails, written before starting (E7)."""

    telephone: str
    procedure: str


class PlanBTried(Event, frozen=True, kw_only=True, tag="plan_b.tried"):
    works: bool
    detail: str = ""


class PlanBTaken(Event, frozen=True, kw_only=True, tag="plan_b.taken"):
    by: str
    step: str  # telephone | other_device | stills | audio_only
    reason: str = ""


class PlanBEnded(Event, frozen=True, kw_only=True, tag="plan_b.ended"):
    resumed: bool
    detail: str = ""


class IncidentReported(Event, frozen=True, kw_only=True, tag="incident.reported"):
    incident: str
    kind: str  # picture | sound | connection | device | software | other
    description: str
    procedure: str = ""


class IncidentResolved(Event, frozen=True, kw_only=True, tag="incident.resolved"):
    incident: str
    resumed: bool
    seconds_lost: int
    detail: str = ""


class AdequacyDeclared(Event, frozen=True, kw_only=True, tag="adequacy.declared"):
    """A clinician's verdict on a picture or a sound, with what was decided about it (F1)."""

    by: str
    subject: str  # stream name, "sound", or a still id
    verdict: Adequacy
    decision: str = ""
    reason: str = ""


class InsufficiencyDeclared(Event, frozen=True, kw_only=True, tag="adequacy.insufficient_to_conclude"):
    """The assisting physician cannot conclude (F2)."""

    by: str
    reason: str


class AssistanceDeclined(Event, frozen=True, kw_only=True, tag="assistance.declined"):
    """The assisting physician does not assist in these conditions (F2)."""

    by: str
    reason: str


class QualityMeasured(Event, frozen=True, kw_only=True, tag="quality.measured"):
    """A change of measured quality on one link, at most one per link and 10 s; not the per-second series."""

    technical = True

    participant: str
    source: str
    verdict: Adequacy
    frames_per_second: int | None = None
    loss_per_mille: int | None = None
    round_trip_ms: int | None = None
    kilobits_per_second: int | None = None
