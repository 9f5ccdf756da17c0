"""The field's words as closed enumerations, with the meanings fixed in the architecture.

Knows: which kinds of act, roles, sides, phases and verdicts exist.
Refuses to know: what anyone in a role may do; that is decided by tables in the core.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ActKind",
    "ActPhase",
    "Adequacy",
    "ConsentChannel",
    "ConsentGiver",
    "Outcome",
    "PatientPresence",
    "Role",
    "Side",
    "SubstitutedConsentResult",
]


class ActKind(StrEnum):
    """Kinds of remote act (S0 definition; S1 and S3 for the French kinds)."""

    TELEASSISTANCE = "teleassistance"
    TELEEXPERTISE_ASYNCHRONOUS = "teleexpertise_asynchronous"
    TELEEXPERTISE_SYNCHRONOUS = "teleexpertise_synchronous"
    TELECONSULTATION = "teleconsultation"
    TELECONSULTATION_ASSISTED = "teleconsultation_assisted"


class ActPhase(StrEnum):
    """Where an act stands. A closed act takes no further clinical event."""

    PREPARING = "preparing"
    LIVE = "live"
    CONCLUDING = "concluding"
    CLOSED = "closed"


class Role(StrEnum):
    """A role in one act, never a job title: the same physician is expert here and requérant there."""

    ON_SITE = "on_site"
    EXPERT = "expert"
    REQUERANT = "requerant"
    REQUIS = "requis"
    ACCOMPAGNANT = "accompagnant"
    SUPERVISOR = "supervisor"
    LEARNER = "learner"
    INTERPRETER = "interpreter"
    RELATIVE = "relative"
    PATIENT = "patient"
    OBSERVER = "observer"


class Side(StrEnum):
    """Which end of the link a person is at. `ON_SITE` is where the patient's professional is."""

    ON_SITE = "on_site"
    REMOTE = "remote"


class PatientPresence(StrEnum):
    """S0: normally beside the professional; rarely virtual, by recorded clinical judgement."""

    BESIDE_PROFESSIONAL = "beside_professional"
    VIRTUAL = "virtual"


class ConsentChannel(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class ConsentGiver(StrEnum):
    PATIENT = "patient"
    LEGAL_REPRESENTATIVE = "legal_representative"
    SUBSTITUTE = "substitute"


class SubstitutedConsentResult(StrEnum):
    OBTAINED = "obtained"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NO_TIME = "no_time"


class Adequacy(StrEnum):
    """Is a picture or a sound good enough for the clinical question? A judgement, not a bitrate."""

    ADEQUATE = "adequate"
    LIMITED = "limited"
    INSUFFICIENT = "insufficient"


class Outcome(StrEnum):
    """How a closed act ended."""

    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    REORIENTED = "reoriented"
    INSUFFICIENT = "insufficient"
    DECLINED = "declined"
    CANCELLED = "cancelled"
