"""May this subject do this to this act? One function, one table, default deny.

Knows: the relation between a subject and an act (participant, queue, guest, administrator, system), and for each
relation the verbs it grants, in which phases, and whether the patient's refusal takes them away.
Refuses to know: the clinical rules of a command (`acts.transitions` decides those afterwards) and any storage.

Professionals of a practice do not see each other's acts by belonging to it: a relation to the act is needed. An
administrator manages people and plugins and has no relation to clinical content at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec
from visavis_sdk.events import (
    AssistanceDeclined,
    AssistanceRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    ParticipantIdentified,
    Recorded,
    SubstitutedConsentAttempted,
)
from visavis_sdk.vocabulary import ActPhase, SubstitutedConsentResult

from visavis_core.identity.requests import open_request, taken_request
from visavis_core.identity.subject import ADMIN, CLINICIAN, PHYSICIAN, Subject

__all__ = [
    "JUDGED",
    "RULES",
    "ActInQuestion",
    "Decision",
    "Relation",
    "Rule",
    "Verb",
    "came_too_late",
    "decide",
    "relation_of",
]


class Verb(StrEnum):
    """Everything the program can be asked for. A service call names exactly one."""

    OPEN_ACT = "open_act"
    LIST_ACTS = "list_acts"
    READ_ACT = "read_act"
    READ_SESSION = "read_session"
    COMMAND_ACT = "command_act"
    TAKE_REQUEST = "take_request"
    PUBLISH_MEDIA = "publish_media"
    SUBSCRIBE_MEDIA = "subscribe_media"
    UPLOAD_STILL = "upload_still"
    READ_STILL = "read_still"
    INVITE = "invite"
    EXPORT_ACT = "export_act"
    MANAGE_ACCOUNTS = "manage_accounts"
    SEE_DEPLOYMENT = "see_deployment"


class Relation(StrEnum):
    """How a subject stands to an act, or to the practice when no act is in question."""

    NOBODY = "nobody"
    STRANGER = "stranger"
    CLINICIAN = "clinician"
    PARTICIPANT = "participant"
    QUEUE = "queue"
    GUEST = "guest"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


_CONSENT_EVENTS = (ConsentGiven, ConsentRefused, ConsentWithdrawn, SubstitutedConsentAttempted)

JUDGED = (*_CONSENT_EVENTS, AssistanceRequested, AssistanceDeclined, ParticipantIdentified)
"""The event types a decision looks at; an act reduced to these is judged like the whole act."""


class ActInQuestion(Protocol):
    """What a decision looks at in an act; `acts.act.Act` satisfies it."""

    @property
    def id(self) -> str: ...
    @property
    def phase(self) -> ActPhase: ...
    @property
    def events(self) -> Sequence[Recorded]: ...
    def participant_of(self, account: str) -> str: ...


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` names the table row that allowed, or why nothing did. `basis` is the consent event relied on, if any."""

    allow: bool
    rule: str
    basis: int | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    phases: frozenset[ActPhase] = frozenset(ActPhase)
    needs_consent_standing: bool = False  # a refusal or withdrawal takes the verb away


_OPEN = frozenset({ActPhase.PREPARING, ActPhase.LIVE, ActPhase.CONCLUDING})
_LIVE = frozenset({ActPhase.LIVE})
_BEFORE_THE_END = frozenset({ActPhase.PREPARING, ActPhase.LIVE})


def _rules() -> dict[tuple[Relation, Verb], Rule]:
    clinician = {Verb.OPEN_ACT: Rule(id="clinician.opens"), Verb.LIST_ACTS: Rule(id="clinician.lists_own")}
    participant = {
        Verb.READ_ACT: Rule(id="participant.reads"),
        Verb.READ_SESSION: Rule(id="participant.reads"),
        Verb.COMMAND_ACT: Rule(id="participant.commands"),
        Verb.TAKE_REQUEST: Rule(id="participant.takes_again", phases=_BEFORE_THE_END),
        Verb.PUBLISH_MEDIA: Rule(id="participant.publishes", phases=_LIVE, needs_consent_standing=True),
        Verb.SUBSCRIBE_MEDIA: Rule(id="participant.subscribes", phases=_LIVE, needs_consent_standing=True),
        Verb.UPLOAD_STILL: Rule(id="participant.captures", phases=_BEFORE_THE_END, needs_consent_standing=True),
        Verb.READ_STILL: Rule(id="participant.reads"),
        Verb.INVITE: Rule(id="participant.invites", phases=_BEFORE_THE_END),
        Verb.EXPORT_ACT: Rule(id="participant.exports"),
    }
    queue = {
        Verb.READ_ACT: Rule(id="queue.reads_request", phases=_BEFORE_THE_END),
        Verb.READ_STILL: Rule(id="queue.reads_request", phases=_BEFORE_THE_END),
        Verb.TAKE_REQUEST: Rule(id="queue.takes_request", phases=_BEFORE_THE_END),
    }
    guest = {
        Verb.READ_SESSION: Rule(id="guest.reads_session", phases=_OPEN),
        Verb.COMMAND_ACT: Rule(id="guest.commands", phases=_OPEN),
        Verb.PUBLISH_MEDIA: Rule(id="guest.publishes", phases=_LIVE, needs_consent_standing=True),
        Verb.SUBSCRIBE_MEDIA: Rule(id="guest.subscribes", phases=_LIVE, needs_consent_standing=True),
    }
    administrator = {
        Verb.MANAGE_ACCOUNTS: Rule(id="administrator.manages"),
        Verb.SEE_DEPLOYMENT: Rule(id="administrator.manages"),
    }
    system = {
        Verb.READ_ACT: Rule(id="system.works"),
        Verb.READ_SESSION: Rule(id="system.works"),
        Verb.COMMAND_ACT: Rule(id="system.works"),
        Verb.READ_STILL: Rule(id="system.works"),
        # The command line, by whoever holds the machine and its keys; recorded like any other export.
        Verb.EXPORT_ACT: Rule(id="system.exports"),
    }
    return {
        (relation, verb): rule
        for relation, verbs in (
            (Relation.CLINICIAN, clinician),
            (Relation.PARTICIPANT, participant),
            (Relation.QUEUE, queue),
            (Relation.GUEST, guest),
            (Relation.ADMINISTRATOR, administrator),
            (Relation.SYSTEM, system),
        )
        for verb, rule in verbs.items()
    }


RULES = _rules()


def decide(subject: Subject | None, verb: Verb, act: ActInQuestion | None = None) -> Decision:
    """The first relation that grants the verb decides; when none does, the answer is no and says who asked as what."""
    relations = relation_of(subject, act)
    for relation in relations:
        rule = RULES.get((relation, verb))
        if rule is None:
            continue
        if act is not None and act.phase not in rule.phases:
            return Decision(allow=False, rule=f"{rule.id}:not_in_phase_{act.phase}")
        if rule.needs_consent_standing and act is not None and not _consent_stands(act):
            return Decision(allow=False, rule=f"{rule.id}:consent_does_not_stand")
        return Decision(allow=True, rule=rule.id, basis=_consent_event(act))
    return Decision(allow=False, rule=f"none_for_{relations[0]}")


def relation_of(subject: Subject | None, act: ActInQuestion | None) -> tuple[Relation, ...]:
    """Every relation that holds, the closest first."""
    if subject is None:
        return (Relation.NOBODY,)
    if subject.kind == "system":
        return (Relation.SYSTEM,)
    if subject.kind == "guest":
        bound = act is not None and subject.act == act.id and bool(subject.participant)
        return (Relation.GUEST,) if bound else (Relation.STRANGER,)
    if act is None:
        return _practice_relations(subject)
    if act.participant_of(subject.id):
        return (Relation.PARTICIPANT,)
    if CLINICIAN in subject.system_roles and _is_asked(subject, act):
        return (Relation.QUEUE,)
    return (Relation.STRANGER,)


def _practice_relations(subject: Subject) -> tuple[Relation, ...]:
    held = (
        (CLINICIAN, Relation.CLINICIAN),
        (ADMIN, Relation.ADMINISTRATOR),
    )
    return tuple(relation for role, relation in held if role in subject.system_roles) or (Relation.STRANGER,)


def _is_asked(subject: Subject, act: ActInQuestion) -> bool:
    """A request to somebody by name is seen by that person; any other by every physician of the practice.

    Matching the specialty's free text was rejected: a spelling would hide an emergency. Rosters will narrow it.
    """
    return _is_addressee(subject, open_request(act.events))


def came_too_late(subject: Subject, act: ActInQuestion) -> bool:
    """Whether the subject was asked, and saw the request in their queue, until somebody else took it."""
    return CLINICIAN in subject.system_roles and _is_addressee(subject, taken_request(act.events))


def _is_addressee(subject: Subject, request: AssistanceRequested | None) -> bool:
    if request is None:
        return False
    if request.to_account:
        return request.to_account == subject.id
    return subject.identity is not None and subject.identity.profession == PHYSICIAN


def _last_consent(act: ActInQuestion) -> Recorded | None:
    return next((event for event in reversed(act.events) if isinstance(event.body, _CONSENT_EVENTS)), None)


def _consent_stands(act: ActInQuestion) -> bool:
    """Nothing said against it. Whether consent is *due* is a gate's matter (emergency may owe it), not access's."""
    last = _last_consent(act)
    match None if last is None else last.body:
        case ConsentRefused() | ConsentWithdrawn():
            return False
        case ConsentGiven(to_remote_professional=remote, to_technology=technology):
            return remote and technology
        case SubstitutedConsentAttempted(result=result):
            return result is not SubstitutedConsentResult.REFUSED
        case _:
            return True


def _consent_event(act: ActInQuestion | None) -> int | None:
    last = None if act is None else _last_consent(act)
    return None if last is None else last.n
