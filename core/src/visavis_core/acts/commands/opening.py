"""Commands that open an act and say who is in it, where and for what."""

from __future__ import annotations

from typing import Annotated

import msgspec
from visavis_sdk.vocabulary import ActKind, PatientPresence, Role, Side

from visavis_core.acts.commands.base import Command, Date, Line, Remark, Sha256, Token, Words

__all__ = [
    "ConfirmPresence",
    "DeclareEmergency",
    "IdentifyParticipant",
    "IdentifyPatient",
    "JoinAsExpert",
    "OpenAct",
    "ProvideBriefing",
    "RequestAssistance",
    "StateJurisdiction",
    "StateNeed",
    "StatePatientPresence",
    "StatePlace",
]


class OpenAct(Command, frozen=True, kw_only=True, tag="open_act"):
    kind: ActKind
    emergency: bool = False
    specialty: Line = ""


class DeclareEmergency(Command, frozen=True, kw_only=True, tag="declare_emergency"):
    reason: Words


class RequestAssistance(Command, frozen=True, kw_only=True, tag="request_assistance"):
    specialty: Line
    to_account: Line = ""


class IdentifyPatient(Command, frozen=True, kw_only=True, tag="identify_patient"):
    family_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")]
    given_names: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")]
    birth_date: Date
    sex: Annotated[str, msgspec.Meta(pattern="^(female|male|other|unknown)$")]
    identifier_system: Line = ""
    identifier: Line = ""
    method: Annotated[str, msgspec.Meta(pattern="^(identity_document|health_card|wristband|spoken|known|unverified)$")]


class StatePatientPresence(Command, frozen=True, kw_only=True, tag="state_patient_presence"):
    presence: PatientPresence
    judgement: Remark = ""


class IdentifyParticipant(Command, frozen=True, kw_only=True, tag="identify_participant"):
    """`participant` empty = a new person; the decision gives the id."""

    participant: Line = ""
    role: Role
    side: Side
    family_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")]
    given_names: Line = ""
    title: Line = ""
    profession: Line = ""
    specialty: Line = ""
    establishment: Line = ""
    contact: Line = ""
    identifier_system: Line = ""
    identifier: Line = ""
    quality: Line = ""


class JoinAsExpert(Command, frozen=True, kw_only=True, tag="join_as_expert"):
    """The signed-in physician takes the request; identity comes from the account."""


class ConfirmPresence(Command, frozen=True, kw_only=True, tag="confirm_presence"):
    side: Side
    participants: tuple[Token, ...]
    others: tuple[Line, ...] = ()
    confidentiality_reminded: bool


class StatePlace(Command, frozen=True, kw_only=True, tag="state_place"):
    establishment: Line = ""
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=300, pattern=r"\S")]
    detail: Line = ""
    call_back_number: Annotated[str, msgspec.Meta(min_length=3, max_length=40, pattern=r"^[0-9+ ().x#-]+$")]
    suitable: bool | None = None


class StateJurisdiction(Command, frozen=True, kw_only=True, tag="state_jurisdiction"):
    patient: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    professionals: dict[Token, Line]
    basis: Line = ""
    detail: Remark = ""


class StateNeed(Command, frozen=True, kw_only=True, tag="state_need"):
    need: Words
    expectations: Words
    competence_confirmed: bool | None = None


class ProvideBriefing(Command, frozen=True, kw_only=True, tag="provide_briefing"):
    summary: Words
    documents: tuple[Sha256, ...] = ()
