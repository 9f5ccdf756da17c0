"""What somebody may want to happen to an act, as data. The verbs that match the events' past tenses.

Knows: the shape and size bounds of each command, decoded strictly from JSON by its tag.
Refuses to know: whether it is allowed; `transitions` says when and for whom, `decide` says what follows.
The author is never in a command: the shell supplies it from the authenticated subject.
"""

from __future__ import annotations

from visavis_core.acts.commands.base import Command
from visavis_core.acts.commands.conclusion import (
    CloseAct,
    DerogateObligation,
    DraftNote,
    NameFollowUp,
    ReorientAct,
    SignNote,
)
from visavis_core.acts.commands.consent import (
    AttemptSubstitutedConsent,
    GiveConsent,
    GiveInformation,
    LimitSharing,
    RefuseConsent,
    WithdrawConsent,
)
from visavis_core.acts.commands.house import (
    AuthoriseDevice,
    CaptureStill,
    ExportAct,
    IssueInvitation,
    LoseConnection,
    MeasureQuality,
    OpenDossier,
    OpenLink,
    RestoreConnection,
    SaveForm,
)
from visavis_core.acts.commands.live import (
    AcknowledgeAdvice,
    CommitAnnotation,
    DecideStep,
    DeclareAdequacy,
    DeclareInsufficiency,
    DeclineAssistance,
    EndLive,
    GiveAdvice,
    JoinSession,
    LeaveSession,
    StartSession,
)
from visavis_core.acts.commands.opening import (
    ConfirmPresence,
    DeclareEmergency,
    IdentifyParticipant,
    IdentifyPatient,
    JoinAsExpert,
    OpenAct,
    ProvideBriefing,
    RequestAssistance,
    StateJurisdiction,
    StateNeed,
    StatePatientPresence,
    StatePlace,
)
from visavis_core.acts.commands.safety import (
    DeclarePlanB,
    EndPlanB,
    RecordEquipmentCheck,
    ReportIncident,
    ResolveIncident,
    TakePlanB,
    TryPlanB,
)

ClientCommand = (
    AcknowledgeAdvice
    | AttemptSubstitutedConsent
    | CloseAct
    | CommitAnnotation
    | ConfirmPresence
    | DecideStep
    | DeclareAdequacy
    | DeclareEmergency
    | DeclareInsufficiency
    | DeclarePlanB
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
"""What a client's body may be decoded as."""

HouseCommand = (
    AuthoriseDevice
    | CaptureStill
    | IssueInvitation
    | ExportAct
    | LoseConnection
    | MeasureQuality
    | OpenDossier
    | OpenLink
    | RestoreConnection
    | SaveForm
)
"""What only the program issues; never decoded from a client."""

AnyCommand = ClientCommand | HouseCommand

__all__ = [
    "AcknowledgeAdvice",
    "AnyCommand",
    "AttemptSubstitutedConsent",
    "AuthoriseDevice",
    "CaptureStill",
    "ClientCommand",
    "CloseAct",
    "Command",
    "CommitAnnotation",
    "ConfirmPresence",
    "DecideStep",
    "DeclareAdequacy",
    "DeclareEmergency",
    "DeclareInsufficiency",
    "DeclarePlanB",
    "DeclineAssistance",
    "DerogateObligation",
    "DraftNote",
    "EndLive",
    "EndPlanB",
    "ExportAct",
    "GiveAdvice",
    "GiveConsent",
    "GiveInformation",
    "HouseCommand",
    "IdentifyParticipant",
    "IdentifyPatient",
    "IssueInvitation",
    "JoinAsExpert",
    "JoinSession",
    "LeaveSession",
    "LimitSharing",
    "LoseConnection",
    "MeasureQuality",
    "NameFollowUp",
    "OpenAct",
    "OpenDossier",
    "OpenLink",
    "ProvideBriefing",
    "RecordEquipmentCheck",
    "RefuseConsent",
    "ReorientAct",
    "ReportIncident",
    "RequestAssistance",
    "ResolveIncident",
    "RestoreConnection",
    "SaveForm",
    "SignNote",
    "StartSession",
    "StateJurisdiction",
    "StateNeed",
    "StatePatientPresence",
    "StatePlace",
    "TakePlanB",
    "TryPlanB",
    "WithdrawConsent",
]
