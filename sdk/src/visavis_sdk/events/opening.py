"""Events that open an act and say what it is, where, and in whose hands."""

from __future__ import annotations

from visavis_sdk.events.base import Event
from visavis_sdk.vocabulary import ActKind, PatientPresence, Role, Side

__all__ = [
    "ActExported",
    "ActOpened",
    "AssistanceRequested",
    "BriefingProvided",
    "DossierOpened",
    "EmergencyDeclared",
    "InvitationIssued",
    "JurisdictionStated",
    "NeedStated",
    "ParticipantIdentified",
    "PatientIdentified",
    "PatientPresenceStated",
    "PlaceStated",
    "PresenceConfirmed",
]


class ActOpened(Event, frozen=True, kw_only=True, tag="act.opened"):
    """An act begins. `opened_by` is the participant id of the on-site professional who opened it."""

    kind: ActKind
    opened_by: str
    emergency: bool = False
    specialty: str = ""
    jurisdictions: tuple[str, ...] = ()  # packs in force when opened: "quebec", "france"


class EmergencyDeclared(Event, frozen=True, kw_only=True, tag="act.emergency_declared"):
    reason: str


class AssistanceRequested(Event, frozen=True, kw_only=True, tag="assistance.requested"):
    """The call for an expert goes out; the act enters the queue of that specialty."""

    specialty: str
    to_account: str = ""  # a named expert, or empty for whoever is on duty


class PatientIdentified(Event, frozen=True, kw_only=True, tag="patient.identified"):
    """National identity traits, who checked them and how (B2)."""

    family_name: str
    given_names: str
    birth_date: str  # YYYY-MM-DD
    sex: str  # female | male | other | unknown
    identifier_system: str = ""  # NAM, INS, local
    identifier: str = ""
    checked_by: str  # participant id
    method: str  # identity_document | health_card | wristband | spoken | known | unverified


class PatientPresenceStated(Event, frozen=True, kw_only=True, tag="patient.presence_stated"):
    presence: PatientPresence
    judgement: str = ""  # required when virtual (A2)


class ParticipantIdentified(Event, frozen=True, kw_only=True, tag="participant.identified"):
    """A person in a role (B1, B3, B4). Later events with the same `participant` replace earlier ones."""

    participant: str
    role: Role
    side: Side
    family_name: str
    given_names: str = ""
    title: str = ""  # Dre, M., infirmière clinicienne…
    profession: str = ""  # physician | nurse | … (profession code of the jurisdiction's table)
    specialty: str = ""
    establishment: str = ""
    contact: str = ""
    identifier_system: str = ""  # RPPS, permis CMQ…
    identifier: str = ""
    quality: str = ""  # for a relative or interpreter: daughter, certified interpreter…
    account: str = ""  # empty for a guest


class InvitationIssued(Event, frozen=True, kw_only=True, tag="participant.invited"):
    """A single-use link was made. Only the hash of its token is kept."""

    invitation: str
    role: Role
    side: Side
    display_name: str
    quality: str = ""  # for a relative or interpreter: daughter, certified interpreter…
    token_sha256: str
    expires_at: str


class PresenceConfirmed(Event, frozen=True, kw_only=True, tag="presence.confirmed"):
    """Everyone present on one side is listed and bound to confidentiality (B5, B11)."""

    side: Side
    participants: tuple[str, ...]
    others: tuple[str, ...] = ()  # names of people present without a role
    confidentiality_reminded: bool


class PlaceStated(Event, frozen=True, kw_only=True, tag="place.stated"):
    """Where the patient is, exactly, and a number to call back (E4, B5)."""

    establishment: str = ""
    address: str
    detail: str = ""  # floor, room, access code
    call_back_number: str
    suitable: bool | None = None  # confidential, not commercial (E5); None = not asked


class JurisdictionStated(Event, frozen=True, kw_only=True, tag="jurisdiction.stated"):
    """Where patient and professionals are, and on what basis the remote one may act (J1, J2, J3)."""

    patient: str  # "quebec", "france", or another place in words
    professionals: dict[str, str]  # participant id -> place
    basis: str = (
        ""  # same_jurisdiction | permit | special_authorisation | one_off_specialised_opinion | other_order_checked
    )
    detail: str = ""


class NeedStated(Event, frozen=True, kw_only=True, tag="need.stated"):
    """What is asked and what is expected of the assisting physician (E1)."""

    need: str
    expectations: str
    competence_confirmed: bool | None = None  # B9; None = not asked


class BriefingProvided(Event, frozen=True, kw_only=True, tag="briefing.provided"):
    """Clinical information sent beforehand (E2). Documents by SHA-256."""

    summary: str
    documents: tuple[str, ...] = ()


class DossierOpened(Event, frozen=True, kw_only=True, tag="access.dossier_opened"):
    """Somebody read the dossier: which rule allowed it and on which consent event it relied (H2)."""

    technical = True

    rule: str
    basis: int | None = None


class ActExported(Event, frozen=True, kw_only=True, tag="access.act_exported"):
    """Somebody took the whole act out, with its stills and its proof: which rule allowed it (H2).

    `by` is the operating system's account when it was done on the command line, where nobody signs in.
    """

    technical = True

    rule: str
    by: str = ""
