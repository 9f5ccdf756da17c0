"""Opening an act, and saying who is in it, where and for what (A1, A2, B1-B5, B9, B11, E1, E2, E4, J1)."""

from __future__ import annotations

from datetime import datetime

from visavis_sdk import events as e
from visavis_sdk.vocabulary import ActKind, PatientPresence, Role, Side

from visavis_core.acts import commands as c
from visavis_core.acts.author import CLINICIAN, Author, Context, Decision, Identity
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.refusals import identity_incomplete, refuse, role_not_held
from visavis_core.acts.roles import INVITABLE, TYPED_ROLES, may_hold, missing_identity
from visavis_core.acts.state import Act

__all__ = ["OPENING", "open_act"]

OPENING = Decisions()

# The kinds whose whole course is in the tables; the others arrive with their own rows.
OFFERED: frozenset[ActKind] = frozenset({ActKind.TELEASSISTANCE})


def open_act(command: c.OpenAct, author: Author, context: Context) -> Decision:
    """An on-site professional's account opens the act. In emergency the call for help goes out in the same decision."""
    if CLINICIAN not in author.roles or not author.account:
        return refuse("not_in_act")
    if author.identity is None or not author.identity.family_name.strip():
        return refuse("account_without_identity")
    if not may_hold(author.identity.profession, Role.ON_SITE):
        return role_not_held(Role.ON_SITE)
    if command.kind not in OFFERED:
        return refuse("kind_not_offered")
    participant = context.ids("participant")
    opened = (
        e.ActOpened(
            kind=command.kind,
            opened_by=participant,
            emergency=command.emergency,
            specialty=command.specialty,
            jurisdictions=context.jurisdictions,
        ),
        _identified(participant, Role.ON_SITE, Side.ON_SITE, author.identity, author.account),
    )
    call = (e.AssistanceRequested(specialty=command.specialty),) if command.emergency else ()
    return (*opened, *call)


def _identified(participant: str, role: Role, side: Side, who: Identity, account: str) -> e.ParticipantIdentified:
    return e.ParticipantIdentified(
        participant=participant,
        role=role,
        side=side,
        family_name=who.family_name,
        given_names=who.given_names,
        title=who.title,
        profession=who.profession,
        specialty=who.specialty,
        establishment=who.establishment,
        contact=who.contact,
        identifier_system=who.identifier_system,
        identifier=who.identifier,
        account=account,
    )


@OPENING.of(c.DeclareEmergency)
def declare_emergency(act: Act, command: c.DeclareEmergency, _author: Author, _context: Context) -> Decision:
    if act.emergency:
        return refuse("already_emergency")
    return (e.EmergencyDeclared(reason=command.reason),)


@OPENING.of(c.RequestAssistance)
def request_assistance(act: Act, command: c.RequestAssistance, _author: Author, _context: Context) -> Decision:
    if act.holders_of(Role.EXPERT):
        return refuse("expert_already_joined")
    return (e.AssistanceRequested(specialty=command.specialty, to_account=command.to_account),)


@OPENING.of(c.JoinAsExpert)
def join_as_expert(act: Act, _command: c.JoinAsExpert, author: Author, context: Context) -> Decision:
    """The physician who assists is vouched for by an account whose identity is complete (B1, B4)."""
    if author.identity is None:
        return refuse("account_without_identity")
    if not may_hold(author.identity.profession, Role.EXPERT):
        return role_not_held(Role.EXPERT)
    if act.holders_of(Role.EXPERT):
        return refuse("expert_already_joined")
    if act.request is None:
        return refuse("assistance_not_requested")
    if act.request.to_account and act.request.to_account != author.account:
        return refuse("asked_somebody_else")
    lacking = missing_identity(author.identity)
    if lacking:
        return identity_incomplete(lacking)
    participant = context.ids("participant")
    return (_identified(participant, Role.EXPERT, Side.REMOTE, author.identity, author.account),)


@OPENING.of(c.IdentifyPatient)
def identify_patient(act: Act, command: c.IdentifyPatient, author: Author, _context: Context) -> Decision:
    return (
        e.PatientIdentified(
            family_name=command.family_name,
            given_names=command.given_names,
            birth_date=command.birth_date,
            sex=command.sex,
            identifier_system=command.identifier_system,
            identifier=command.identifier,
            checked_by=speaker(act, author),
            method=command.method,
        ),
    )


@OPENING.of(c.StatePatientPresence)
def state_patient_presence(_act: Act, command: c.StatePatientPresence, _author: Author, _context: Context) -> Decision:
    if command.presence is PatientPresence.VIRTUAL and not command.judgement.strip():
        return refuse("judgement_missing")
    return (e.PatientPresenceStated(presence=command.presence, judgement=command.judgement),)


@OPENING.of(c.IdentifyParticipant)
def identify_participant(act: Act, command: c.IdentifyParticipant, author: Author, context: Context) -> Decision:
    """Adds a person, or corrects one. Somebody who came in with an account is corrected by that account alone."""
    known = act.participants.get(command.participant)
    if command.participant and known is None and command.participant not in act.invitations:
        return refuse("unknown_participant")
    if known is not None and known.account:
        if known.account != author.account:
            return refuse("identity_vouched")
        if (command.role, command.side) != (known.role, known.side):
            return refuse("role_not_typed")
    elif command.side not in _sides(known, command.role):
        return refuse("role_not_typed")
    return (
        e.ParticipantIdentified(
            participant=command.participant or context.ids("participant"),
            role=command.role,
            side=command.side,
            family_name=command.family_name,
            given_names=command.given_names,
            title=command.title,
            profession=command.profession,
            specialty=command.specialty,
            establishment=command.establishment,
            contact=command.contact,
            identifier_system=command.identifier_system,
            identifier=command.identifier,
            quality=command.quality,
            account="" if known is None else known.account,
        ),
    )


def _sides(known: e.ParticipantIdentified | None, role: Role) -> frozenset[Side]:
    """A guest who came in by a link keeps the role the link gave, so a patient stays correctable."""
    if known is not None and known.role is role:
        return frozenset(Side)
    return TYPED_ROLES.get(role, frozenset())


@OPENING.of(c.IssueInvitation)
def issue_invitation(_act: Act, command: c.IssueInvitation, _author: Author, context: Context) -> Decision:
    if command.side not in INVITABLE.get(command.role, frozenset()):
        return refuse("role_not_typed")
    if not is_later(command.expires_at, context.now):
        return refuse("expiry_unreadable")
    return (
        e.InvitationIssued(
            invitation=context.ids("invitation"),
            role=command.role,
            side=command.side,
            display_name=command.display_name,
            quality=command.quality,
            token_sha256=command.token_sha256,
            expires_at=command.expires_at,
        ),
    )


def is_later(moment: str, now: str) -> bool:
    """Whether an RFC 3339 moment lies after now. An unreadable one, or one without a zone, does not."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return False
    return then.tzinfo is not None and then > datetime.fromisoformat(now)


@OPENING.of(c.ConfirmPresence)
def confirm_presence(act: Act, command: c.ConfirmPresence, author: Author, _context: Context) -> Decision:
    """Each side answers for its own room (B5, B11)."""
    if act.participants[speaker(act, author)].side is not command.side:
        return refuse("other_side")
    listed = [act.participants.get(id) for id in command.participants]
    if None in listed:
        return refuse("unknown_participant")
    if any(person is not None and person.side is not command.side for person in listed):
        return refuse("presence_listed_elsewhere")
    return (
        e.PresenceConfirmed(
            side=command.side,
            participants=command.participants,
            others=command.others,
            confidentiality_reminded=command.confidentiality_reminded,
        ),
    )


@OPENING.of(c.StatePlace)
def state_place(_act: Act, command: c.StatePlace, _author: Author, _context: Context) -> Decision:
    return (
        e.PlaceStated(
            establishment=command.establishment,
            address=command.address,
            detail=command.detail,
            call_back_number=command.call_back_number,
            suitable=command.suitable,
        ),
    )


@OPENING.of(c.StateJurisdiction)
def state_jurisdiction(act: Act, command: c.StateJurisdiction, _author: Author, _context: Context) -> Decision:
    if any(id not in act.participants for id in command.professionals):
        return refuse("unknown_participant")
    return (
        e.JurisdictionStated(
            patient=command.patient,
            professionals=dict(command.professionals),
            basis=command.basis,
            detail=command.detail,
        ),
    )


@OPENING.of(c.StateNeed)
def state_need(_act: Act, command: c.StateNeed, _author: Author, _context: Context) -> Decision:
    return (
        e.NeedStated(
            need=command.need, expectations=command.expectations, competence_confirmed=command.competence_confirmed
        ),
    )


@OPENING.of(c.ProvideBriefing)
def provide_briefing(_act: Act, command: c.ProvideBriefing, _author: Author, _context: Context) -> Decision:
    return (e.BriefingProvided(summary=command.summary, documents=command.documents),)


@OPENING.of(c.OpenDossier)
def open_dossier(_act: Act, command: c.OpenDossier, _author: Author, _context: Context) -> Decision:
    return (e.DossierOpened(rule=command.rule, basis=command.basis),)


@OPENING.of(c.ExportAct)
def export_act(_act: Act, command: c.ExportAct, _author: Author, _context: Context) -> Decision:
    return (e.ActExported(rule=command.rule, by=command.by),)
