"""Every event an act can hold. Hooks receive them, rules read them, the core stores them.

`AnyEvent` is the closed union the core decodes with: a type that is not in it is refused by name.
"""

from __future__ import annotations

from visavis_sdk.events.base import Actor, Event, Recorded
from visavis_sdk.events.conclusion import (
    ActClosed,
    ActReoriented,
    FollowUpNamed,
    FormSaved,
    LiveEnded,
    NoteDrafted,
    NoteSection,
    NoteSigned,
    ObligationDerogated,
)
from visavis_sdk.events.consent import (
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    InformationGiven,
    SharingLimited,
    SubstitutedConsentAttempted,
)
from visavis_sdk.events.live import (
    AdviceAcknowledged,
    AdviceGiven,
    AnnotationCommitted,
    ConnectionLost,
    ConnectionRestored,
    DeviceAuthorised,
    LinkOpened,
    ParticipantJoined,
    ParticipantLeft,
    SessionClosed,
    SessionOpened,
    StepDecided,
    StillCaptured,
    Stroke,
)
from visavis_sdk.events.opening import (
    ActExported,
    ActOpened,
    AssistanceRequested,
    BriefingProvided,
    DossierOpened,
    EmergencyDeclared,
    InvitationIssued,
    JurisdictionStated,
    NeedStated,
    ParticipantIdentified,
    PatientIdentified,
    PatientPresenceStated,
    PlaceStated,
    PresenceConfirmed,
)
from visavis_sdk.events.safety import (
    AdequacyDeclared,
    AssistanceDeclined,
    CheckResult,
    EquipmentChecked,
    IncidentReported,
    IncidentResolved,
    InsufficiencyDeclared,
    PlanBDeclared,
    PlanBEnded,
    PlanBTaken,
    PlanBTried,
    QualityMeasured,
)

AnyEvent = (
    ActClosed
    | ActExported
    | ActOpened
    | ActReoriented
    | AdequacyDeclared
    | AdviceAcknowledged
    | AdviceGiven
    | AnnotationCommitted
    | AssistanceDeclined
    | AssistanceRequested
    | BriefingProvided
    | ConnectionLost
    | ConnectionRestored
    | ConsentGiven
    | ConsentRefused
    | ConsentWithdrawn
    | DeviceAuthorised
    | DossierOpened
    | EmergencyDeclared
    | EquipmentChecked
    | FollowUpNamed
    | FormSaved
    | IncidentReported
    | IncidentResolved
    | InformationGiven
    | InsufficiencyDeclared
    | InvitationIssued
    | JurisdictionStated
    | LinkOpened
    | LiveEnded
    | NeedStated
    | NoteDrafted
    | NoteSigned
    | ObligationDerogated
    | ParticipantIdentified
    | ParticipantJoined
    | ParticipantLeft
    | PatientIdentified
    | PatientPresenceStated
    | PlaceStated
    | PlanBDeclared
    | PlanBEnded
    | PlanBTaken
    | PlanBTried
    | PresenceConfirmed
    | QualityMeasured
    | SessionClosed
    | SessionOpened
    | SharingLimited
    | StepDecided
    | StillCaptured
    | SubstitutedConsentAttempted
)

__all__ = [
    "ActClosed",
    "ActExported",
    "ActOpened",
    "ActReoriented",
    "Actor",
    "AdequacyDeclared",
    "AdviceAcknowledged",
    "AdviceGiven",
    "AnnotationCommitted",
    "AnyEvent",
    "AssistanceDeclined",
    "AssistanceRequested",
    "BriefingProvided",
    "CheckResult",
    "ConnectionLost",
    "ConnectionRestored",
    "ConsentGiven",
    "ConsentRefused",
    "ConsentWithdrawn",
    "DeviceAuthorised",
    "DossierOpened",
    "EmergencyDeclared",
    "EquipmentChecked",
    "Event",
    "FollowUpNamed",
    "FormSaved",
    "IncidentReported",
    "IncidentResolved",
    "InformationGiven",
    "InsufficiencyDeclared",
    "InvitationIssued",
    "JurisdictionStated",
    "LinkOpened",
    "LiveEnded",
    "NeedStated",
    "NoteDrafted",
    "NoteSection",
    "NoteSigned",
    "ObligationDerogated",
    "ParticipantIdentified",
    "ParticipantJoined",
    "ParticipantLeft",
    "PatientIdentified",
    "PatientPresenceStated",
    "PlaceStated",
    "PlanBDeclared",
    "PlanBEnded",
    "PlanBTaken",
    "PlanBTried",
    "PresenceConfirmed",
    "QualityMeasured",
    "Recorded",
    "SessionClosed",
    "SessionOpened",
    "SharingLimited",
    "StepDecided",
    "StillCaptured",
    "Stroke",
    "SubstitutedConsentAttempted",
]
