"""Commands of checks, plan B and incidents (E6, E7, F6)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from visavis_sdk.events import CheckResult

from visavis_core.acts.commands.base import Command, Remark, Token, Words

__all__ = [
    "DeclarePlanB",
    "EndPlanB",
    "RecordEquipmentCheck",
    "ReportIncident",
    "ResolveIncident",
    "TakePlanB",
    "TryPlanB",
]


class RecordEquipmentCheck(Command, frozen=True, kw_only=True, tag="record_equipment_check"):
    results: Annotated[tuple[CheckResult, ...], msgspec.Meta(min_length=1, max_length=20)]


class DeclarePlanB(Command, frozen=True, kw_only=True, tag="declare_plan_b"):
    telephone: Annotated[str, msgspec.Meta(min_length=3, max_length=40, pattern=r"^[0-9+ ().x#-]+$")]
    procedure: Words


class TryPlanB(Command, frozen=True, kw_only=True, tag="try_plan_b"):
    works: bool
    detail: Remark = ""


class TakePlanB(Command, frozen=True, kw_only=True, tag="take_plan_b"):
    step: Annotated[str, msgspec.Meta(pattern="^(telephone|other_device|stills|audio_only)$")]
    reason: Remark = ""


class EndPlanB(Command, frozen=True, kw_only=True, tag="end_plan_b"):
    resumed: bool
    detail: Remark = ""


class ReportIncident(Command, frozen=True, kw_only=True, tag="report_incident"):
    kind: Annotated[str, msgspec.Meta(pattern="^(picture|sound|connection|device|software|other)$")]
    description: Words
    procedure: Remark = ""


class ResolveIncident(Command, frozen=True, kw_only=True, tag="resolve_incident"):
    incident: Token
    resumed: bool
    seconds_lost: Annotated[int, msgspec.Meta(ge=0, le=86_400)]
    detail: Remark = ""
