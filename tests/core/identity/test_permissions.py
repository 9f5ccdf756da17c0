"""Every relation, verb, phase and state of consent, one by one: what is not written in this table is refused."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from visavis_core.identity.permissions import JUDGED, RULES, Relation, Verb, decide, relation_of
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity, Subject, system_subject
from visavis_sdk.events import (
    Actor,
    AssistanceDeclined,
    AssistanceRequested,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    Event,
    NeedStated,
    ParticipantIdentified,
    Recorded,
    SubstitutedConsentAttempted,
)
from visavis_sdk.vocabulary import (
    ActPhase,
    ConsentChannel,
    ConsentGiver,
    Role,
    Side,
    SubstitutedConsentResult,
)

P, L, C, X = ActPhase.PREPARING, ActPhase.LIVE, ActPhase.CONCLUDING, ActPhase.CLOSED
ALWAYS, OPEN, BEGUN, LIVE = {P, L, C, X}, {P, L, C}, {P, L}, {L}

# (phases, does a refusal take it away); a verb that is not named under a relation is refused to it.
GRANTED: dict[str, dict[Verb, tuple[set[ActPhase], bool]]] = {
    "nurse": {
        Verb.READ_ACT: (ALWAYS, False),
        Verb.READ_SESSION: (ALWAYS, False),
        Verb.COMMAND_ACT: (ALWAYS, False),
        Verb.TAKE_REQUEST: (BEGUN, False),
        Verb.PUBLISH_MEDIA: (LIVE, True),
        Verb.SUBSCRIBE_MEDIA: (LIVE, True),
        Verb.UPLOAD_STILL: (BEGUN, True),
        Verb.READ_STILL: (ALWAYS, False),
        Verb.INVITE: (BEGUN, False),
        Verb.EXPORT_ACT: (ALWAYS, False),
    },
    "physician who is asked": {
        Verb.READ_ACT: (BEGUN, False),
        Verb.READ_STILL: (BEGUN, False),
        Verb.TAKE_REQUEST: (BEGUN, False),
    },
    "guest of this act": {
        Verb.READ_SESSION: (OPEN, False),
        Verb.COMMAND_ACT: (OPEN, False),
        Verb.PUBLISH_MEDIA: (LIVE, True),
        Verb.SUBSCRIBE_MEDIA: (LIVE, True),
    },
    "system": {
        Verb.READ_ACT: (ALWAYS, False),
        Verb.READ_SESSION: (ALWAYS, False),
        Verb.COMMAND_ACT: (ALWAYS, False),
        Verb.READ_STILL: (ALWAYS, False),
        Verb.EXPORT_ACT: (ALWAYS, False),
    },
    "another nurse": {},
    "administrator": {},
    "guest of another act": {},
    "signed out": {},
}


class StandIn(msgspec.Struct, frozen=True):
    id: str
    phase: ActPhase
    events: tuple[Recorded, ...]
    accounts: dict[str, str]

    def participant_of(self, account: str) -> str:
        return self.accounts.get(account, "")


def clinician(id: str, profession: str) -> Subject:
    identity = ProfessionalIdentity(family_name="X", profession=profession)
    return Subject(kind="account", id=id, identity=identity, system_roles=(CLINICIAN,))


SUBJECTS: dict[str, Subject | None] = {
    "nurse": clinician("acc_rose", "nurse"),
    "physician who is asked": clinician("acc_expert", "physician"),
    "guest of this act": Subject(kind="guest", id="inv_1", act="act_1", participant="inv_1"),
    "system": system_subject("room"),
    "another nurse": clinician("acc_other", "nurse"),
    "administrator": Subject(kind="account", id="acc_admin", system_roles=(ADMIN,)),
    "guest of another act": Subject(kind="guest", id="inv_9", act="act_9", participant="inv_9"),
    "signed out": None,
}


def given(*, remote: bool = True) -> ConsentGiven:
    return ConsentGiven(
        to_remote_professional=remote,
        to_technology=True,
        channel=ConsentChannel.ORAL,
        given_by=ConsentGiver.PATIENT,
        received_by="par_rose",
        text_id="t",
        text_version="1",
        text_sha256="0" * 64,
        language="fr",
    )


def attempted(result: SubstitutedConsentResult) -> SubstitutedConsentAttempted:
    return SubstitutedConsentAttempted(asked="sa fille", result=result, attempted_by="par_rose")


# consent event -> does it stand in the way of pictures and sound?
CONSENTS: dict[str, tuple[Event | None, bool]] = {
    "none yet": (None, False),
    "given": (given(), False),
    "given to the technology only": (given(remote=False), True),
    "refused": (ConsentRefused(received_by="par_rose"), True),
    "withdrawn": (ConsentWithdrawn(by="patient", received_by="par_rose"), True),
    "substituted": (attempted(SubstitutedConsentResult.OBTAINED), False),
    "substitute refuses": (attempted(SubstitutedConsentResult.REFUSED), True),
    "nobody reached": (attempted(SubstitutedConsentResult.UNREACHABLE), False),
}


def act_with(*bodies: Event, phase: ActPhase = P) -> StandIn:
    actor = Actor(kind="account", id="acc_rose")
    at = "2026-11-23T14:05:00.000000Z"
    events = tuple(Recorded(act="act_1", n=n, at=at, actor=actor, body=body) for n, body in enumerate(bodies))
    return StandIn(id="act_1", phase=phase, events=events, accounts={"acc_rose": "par_rose"})


REQUEST = AssistanceRequested(specialty="wound_care")


@pytest.mark.parametrize(("who", "verb"), list(product(GRANTED, Verb)), ids=str)
def test_the_matrix(who: str, verb: Verb) -> None:
    phases, bends = GRANTED[who].get(verb, (set(), False))
    for phase, (consent, (body, against)) in product(ActPhase, CONSENTS.items()):
        act = act_with(REQUEST, *((body,) if body is not None else ()), phase=phase)
        decision = decide(SUBJECTS[who], verb, act)
        assert decision.allow is (phase in phases and not (bends and against)), (phase, consent)
        assert decision.basis == (1 if decision.allow and body is not None else None), (phase, consent)


@pytest.mark.parametrize(
    ("who", "verbs"),
    [
        ("nurse", {Verb.OPEN_ACT, Verb.LIST_ACTS}),
        ("physician who is asked", {Verb.OPEN_ACT, Verb.LIST_ACTS}),
        ("administrator", {Verb.MANAGE_ACCOUNTS, Verb.SEE_DEPLOYMENT}),
        ("guest of this act", set()),
        ("signed out", set()),
    ],
)
def test_what_needs_no_act(who: str, verbs: set[Verb]) -> None:
    practice = {Verb.OPEN_ACT, Verb.LIST_ACTS, Verb.MANAGE_ACCOUNTS, Verb.SEE_DEPLOYMENT}
    assert {verb for verb in practice if decide(SUBJECTS[who], verb).allow} == verbs


def test_who_is_both_clinician_and_administrator_holds_both_but_no_act_of_others() -> None:
    both = Subject(
        kind="account",
        id="acc_both",
        identity=ProfessionalIdentity(family_name="X", profession="nurse"),
        system_roles=(CLINICIAN, ADMIN),
    )
    assert decide(both, Verb.OPEN_ACT).allow
    assert decide(both, Verb.MANAGE_ACCOUNTS).allow
    assert not decide(both, Verb.READ_ACT, act_with(REQUEST)).allow


def expert_joins(account: str = "acc_second") -> ParticipantIdentified:
    return ParticipantIdentified(
        participant="par_expert", role=Role.EXPERT, side=Side.REMOTE, family_name="N", account=account
    )


@pytest.mark.parametrize(
    ("bodies", "asked"),
    [
        ((), False),
        ((REQUEST,), True),
        ((REQUEST, expert_joins()), False),
        ((REQUEST, expert_joins(account="")), True),
        ((REQUEST, expert_joins(), AssistanceDeclined(by="par_expert", reason="occupé")), True),
        ((REQUEST, expert_joins(), REQUEST), True),
        ((AssistanceRequested(specialty="", to_account="acc_expert"),), True),
        ((AssistanceRequested(specialty="", to_account="acc_somebody"),), False),
    ],
)
def test_a_request_is_seen_until_it_is_taken_and_by_whom_it_names(bodies: tuple[Event, ...], asked: bool) -> None:
    relation = relation_of(SUBJECTS["physician who is asked"], act_with(*bodies))[0]
    assert (relation is Relation.QUEUE) is asked


def test_an_act_reduced_to_what_decisions_look_at_is_judged_alike() -> None:
    need = NeedStated(need="plaie", expectations="avis")
    whole = act_with(need, REQUEST, given(), phase=L)
    reduced = msgspec.structs.replace(whole, events=tuple(e for e in whole.events if isinstance(e.body, JUDGED)))
    assert len(reduced.events) < len(whole.events)
    for subject, verb in product(SUBJECTS.values(), Verb):
        assert decide(subject, verb, reduced) == decide(subject, verb, whole)


def test_every_rule_has_a_name_a_record_can_keep() -> None:
    assert all(rule.id.partition(".")[0] and " " not in rule.id for rule in RULES.values())
