"""What somebody may want to happen to an act, as data. The verbs that match the events' past tenses.

Knows: the shape and size bounds of each command, decoded strictly from JSON by its tag.
Refuses to know: whether it is allowed; `transitions` says when and for whom, `act.decide` says what follows.
The author is never in a command: the shell supplies it from the authenticated subject.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from visavis_sdk.events import CheckResult, NoteSection, Stroke
from visavis_sdk.vocabulary import (
    ActKind,
    Adequacy,
    ConsentChannel,
    ConsentGiver,
    Outcome,
    PatientPresence,
    Role,
    Side,
    SubstitutedConsentResult,
)

Line = Annotated[str, msgspec.Meta(max_length=200)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Remark = Annotated[str, msgspec.Meta(max_length=4000)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Date = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Base of every command."""


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
    family_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    given_names: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
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
    family_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
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


class IssueInvitation(Command, frozen=True, kw_only=True, tag="issue_invitation"):
    role: Role
    side: Side
    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    token_sha256: Sha256
    expires_at: Line


class ConfirmPresence(Command, frozen=True, kw_only=True, tag="confirm_presence"):
    side: Side
    participants: tuple[Token, ...]
    others: tuple[Line, ...] = ()
    confidentiality_reminded: bool


class StatePlace(Command, frozen=True, kw_only=True, tag="state_place"):
    establishment: Line = ""
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
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


class GiveInformation(Command, frozen=True, kw_only=True, tag="give_information"):
    text_id: Token
    text_version: Token
    text_sha256: Sha256
    language: Token
    interpreter: Line = ""


class GiveConsent(Command, frozen=True, kw_only=True, tag="give_consent"):
    to_remote_professional: bool
    to_technology: bool
    channel: ConsentChannel
    given_by: ConsentGiver
    giver_name: Line = ""
    giver_quality: Line = ""
    text_id: Token
    text_version: Token
    text_sha256: Sha256
    language: Token


class RefuseConsent(Command, frozen=True, kw_only=True, tag="refuse_consent"):
    reason: Remark = ""


class WithdrawConsent(Command, frozen=True, kw_only=True, tag="withdraw_consent"):
    """`by` = patient, representative or the name of who spoke. Closes the session in the same decision."""

    by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] = "patient"
    reason: Remark = ""


class AttemptSubstitutedConsent(Command, frozen=True, kw_only=True, tag="attempt_substituted_consent"):
    asked: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    quality: Line = ""
    result: SubstitutedConsentResult
    detail: Remark = ""


class LimitSharing(Command, frozen=True, kw_only=True, tag="limit_sharing"):
    withheld: tuple[Line, ...]
    reason: Remark = ""


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


class StartSession(Command, frozen=True, kw_only=True, tag="start_session"):
    """Opens the live session if every START_SESSION gate passes (or is owed, in emergency)."""


class JoinSession(Command, frozen=True, kw_only=True, tag="join_session"):
    pass


class LeaveSession(Command, frozen=True, kw_only=True, tag="leave_session"):
    participant: Token
    reason: Annotated[str, msgspec.Meta(pattern="^(left|lost|removed)$")] = "left"


class EndLive(Command, frozen=True, kw_only=True, tag="end_live"):
    pass


class DeclareAdequacy(Command, frozen=True, kw_only=True, tag="declare_adequacy"):
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    verdict: Adequacy
    decision: Remark = ""
    reason: Remark = ""


class DeclareInsufficiency(Command, frozen=True, kw_only=True, tag="declare_insufficiency"):
    reason: Words


class DeclineAssistance(Command, frozen=True, kw_only=True, tag="decline_assistance"):
    reason: Words


class CaptureStill(Command, frozen=True, kw_only=True, tag="capture_still"):
    """Issued by the shell once the bytes are durable and their hash was recomputed here."""

    still: Token
    sha256: Sha256
    size: int
    media_type: Line
    width: int
    height: int
    source: Line
    method: Annotated[str, msgspec.Meta(pattern="^(take_photo|grab_frame|canvas|file)$")]
    captured_at: Line
    label: Line = ""


class CommitAnnotation(Command, frozen=True, kw_only=True, tag="commit_annotation"):
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    strokes: Annotated[tuple[Stroke, ...], msgspec.Meta(min_length=1, max_length=64)]
    frame: int | None = None


class GiveAdvice(Command, frozen=True, kw_only=True, tag="give_advice"):
    text: Words
    justification: Words
    still: Line = ""
    read_back_required: bool = False


class AcknowledgeAdvice(Command, frozen=True, kw_only=True, tag="acknowledge_advice"):
    advice: Token
    read_back: Remark = ""
    done: bool | None = None


class DecideStep(Command, frozen=True, kw_only=True, tag="decide_step"):
    step: Words
    validated: bool
    reason: Remark = ""


class SaveForm(Command, frozen=True, kw_only=True, tag="save_form"):
    """Issued by the shell after the catalogue validated the answers; `findings` come from `review_form`."""

    instance: Line = ""
    form: Line
    form_version: int
    schema_sha256: Sha256
    answers: dict[str, Any]
    findings: tuple[Remark, ...] = ()


class DraftNote(Command, frozen=True, kw_only=True, tag="draft_note"):
    note: Annotated[str, msgspec.Meta(pattern="^(assisting|on_site)$")]
    sections: Annotated[tuple[NoteSection, ...], msgspec.Meta(max_length=40)]


class SignNote(Command, frozen=True, kw_only=True, tag="sign_note"):
    note: Annotated[str, msgspec.Meta(pattern="^(assisting|on_site)$")]
    sections: Annotated[tuple[NoteSection, ...], msgspec.Meta(min_length=1, max_length=40)]


class NameFollowUp(Command, frozen=True, kw_only=True, tag="name_follow_up"):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    contact: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class DerogateObligation(Command, frozen=True, kw_only=True, tag="derogate_obligation"):
    obligation: Token
    jurisdiction: Token
    reason: Words


class ReorientAct(Command, frozen=True, kw_only=True, tag="reorient_act"):
    reason: Words
    towards: Words


class CloseAct(Command, frozen=True, kw_only=True, tag="close_act"):
    outcome: Outcome = Outcome.COMPLETED


AnyCommand = (
    AcknowledgeAdvice
    | AttemptSubstitutedConsent
    | CaptureStill
    | CloseAct
    | CommitAnnotation
    | ConfirmPresence
    | DeclareAdequacy
    | DeclareEmergency
    | DeclareInsufficiency
    | DeclarePlanB
    | DecideStep
    | DeclineAssistance
    | DerogateObligation
    | DraftNote
    | EndLive
    | EndPlanB
    | GiveAdvice
    | GiveConsent
    | GiveInformation
    | IdentifyParticipant
    | IdentifyPatient
    | IssueInvitation
    | JoinAsExpert
    | JoinSession
    | LeaveSession
    | LimitSharing
    | NameFollowUp
    | OpenAct
    | ProvideBriefing
    | RecordEquipmentCheck
    | RefuseConsent
    | ReorientAct
    | ReportIncident
    | RequestAssistance
    | ResolveIncident
    | SaveForm
    | SignNote
    | StartSession
    | StateJurisdiction
    | StateNeed
    | StatePatientPresence
    | StatePlace
    | TakePlanB
    | TryPlanB
    | WithdrawConsent
)
