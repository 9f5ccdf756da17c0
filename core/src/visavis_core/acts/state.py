"""What an act is at a moment: the fold of its events, frozen.

Knows: the shape of the state that decisions, obligations, pages and notes read.
Refuses to know: how events change it (`evolution`) and who may cause them (`transitions`, `decide`).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from visavis_sdk.events import (
    AdequacyDeclared,
    AdviceAcknowledged,
    AdviceGiven,
    AnnotationCommitted,
    AssistanceRequested,
    BriefingProvided,
    EquipmentChecked,
    FollowUpNamed,
    FormSaved,
    IncidentReported,
    IncidentResolved,
    InformationGiven,
    InvitationIssued,
    JurisdictionStated,
    NeedStated,
    NoteSection,
    ObligationDerogated,
    ParticipantIdentified,
    PatientIdentified,
    PatientPresenceStated,
    PlaceStated,
    PlanBDeclared,
    PlanBTaken,
    PlanBTried,
    PresenceConfirmed,
    Recorded,
    StepDecided,
    StillCaptured,
)
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome, Role, Side

__all__ = [
    "Act",
    "AdviceState",
    "Consent",
    "ConsentState",
    "DecidedStep",
    "IncidentState",
    "NoteState",
    "PlanBState",
]


class Consent(StrEnum):
    """Where consent stands. `NONE` in emergency means owed."""

    NONE = "none"
    GIVEN = "given"
    SUBSTITUTED = "substituted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ConsentState(msgspec.Struct, frozen=True, kw_only=True):
    """`event` is the number of the event that made it so; `information` the last text told to the patient."""

    state: Consent = Consent.NONE
    event: int | None = None
    at: str = ""
    information: InformationGiven | None = None

    @property
    def stands(self) -> bool:
        return self.state in {Consent.GIVEN, Consent.SUBSTITUTED}

    @property
    def denied(self) -> bool:
        return self.state in {Consent.REFUSED, Consent.WITHDRAWN}


class PlanBState(msgspec.Struct, frozen=True, kw_only=True):
    """`taken` holds the plan B in use now, None when the act runs as planned."""

    declared: PlanBDeclared | None = None
    tried: PlanBTried | None = None
    taken: PlanBTaken | None = None


class AdviceState(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of advice with its event number and moment; the last acknowledgement, when there is one."""

    n: int
    at: str
    given: AdviceGiven
    acknowledgement: AdviceAcknowledged | None = None
    acknowledged_at: str = ""


class DecidedStep(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    at: str
    decided: StepDecided


class IncidentState(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    at: str
    reported: IncidentReported
    resolved: IncidentResolved | None = None


class NoteState(msgspec.Struct, frozen=True, kw_only=True):
    """The last draft, or the signed text, which nothing replaces. `language` is the text's own, "" when not kept."""

    note: str
    n: int
    at: str
    sections: tuple[NoteSection, ...]
    by: str
    signed: bool = False
    content_sha256: str = ""
    language: str = ""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """State of one act; satisfies `visavis_sdk.obligations.ActView`.

    `ending` is the outcome that something already said fixes (withdrawal, reorientation, insufficiency, refusal to
    assist); `outcome` is set by closing alone. `session` is the id of the open session, "" when none is open.
    """

    id: str
    kind: ActKind
    opened_at: str
    opened_by: str
    phase: ActPhase = ActPhase.PREPARING
    emergency: bool = False
    outcome: Outcome | None = None
    ending: Outcome | None = None
    specialty: str = ""
    jurisdictions: tuple[str, ...] = ()
    events: tuple[Recorded, ...] = ()
    patient: PatientIdentified | None = None
    patient_presence: PatientPresenceStated | None = None
    participants: dict[str, ParticipantIdentified] = {}
    invitations: dict[str, InvitationIssued] = {}
    presence: dict[Side, PresenceConfirmed] = {}
    request: AssistanceRequested | None = None
    consent: ConsentState = ConsentState()
    withheld: tuple[str, ...] = ()
    place: PlaceStated | None = None
    need: NeedStated | None = None
    briefing: BriefingProvided | None = None
    jurisdiction: JurisdictionStated | None = None
    plan_b: PlanBState = PlanBState()
    checks: dict[str, EquipmentChecked] = {}
    session: str = ""
    sessions: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    advices: tuple[AdviceState, ...] = ()
    steps: tuple[DecidedStep, ...] = ()
    stills: tuple[StillCaptured, ...] = ()
    forms: dict[str, FormSaved] = {}
    annotations: tuple[AnnotationCommitted, ...] = ()
    adequacy: tuple[AdequacyDeclared, ...] = ()
    incidents: tuple[IncidentState, ...] = ()
    notes: dict[str, NoteState] = {}
    follow_up: FollowUpNamed | None = None
    derogations: tuple[ObligationDerogated, ...] = ()

    @property
    def n(self) -> int:
        """How many events the act holds: the number its next event gets."""
        return len(self.events)

    @property
    def emergency_owed(self) -> bool:
        """A session was opened in emergency: what it skipped is owed until met or justified."""
        return self.emergency and bool(self.sessions)

    def participant_of(self, account: str) -> str:
        """The participant id of an account in this act, "" when it has none."""
        if not account:
            return ""
        return next((id for id, person in self.participants.items() if person.account == account), "")

    def role_of(self, participant: str) -> Role | None:
        person = self.participants.get(participant)
        return None if person is None else person.role

    def holders_of(self, role: Role) -> tuple[str, ...]:
        return tuple(id for id, person in self.participants.items() if person.role == role)

    def note_signed(self, note: str) -> bool:
        state = self.notes.get(note)
        return state is not None and state.signed
