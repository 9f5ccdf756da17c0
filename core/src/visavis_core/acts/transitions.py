"""The one table that says which command is possible when, for whom, and under which standing conditions.

Knows: command type -> phases × seats, and four flags.
Refuses to know: what a command leads to (`decide`), and what a jurisdiction requires (obligations).

docs/acts.md draws its diagram and its table from here; a test keeps it current.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from visavis_sdk.vocabulary import ActPhase

from visavis_core.acts import commands as c
from visavis_core.acts.roles import Seat

__all__ = ["LEADS_TO", "TRANSITIONS", "Rule"]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`against_consent` = still possible once consent was refused or withdrawn; `needs_session` = a session is open.

    `opens` marks the one command that needs no act.
    """

    phases: frozenset[ActPhase]
    seats: frozenset[Seat]
    against_consent: bool = True
    needs_session: bool = False
    opens: bool = False


_P, _L, _C, _X = ActPhase.PREPARING, ActPhase.LIVE, ActPhase.CONCLUDING, ActPhase.CLOSED
_UNTIL_CLOSED = (_P, _L, _C)
_UNTIL_CONCLUDED = (_P, _L)

_ON_SITE = (Seat.ON_SITE,)
_EXPERT = (Seat.EXPERT,)
_BOTH = (Seat.ON_SITE, Seat.EXPERT)
_BEDSIDE = (Seat.ON_SITE, Seat.ACCOMPAGNANT, Seat.LEARNER)
_CLINICAL = (*_BOTH, Seat.ACCOMPAGNANT, Seat.LEARNER, Seat.SUPERVISOR)
_GUIDING = (Seat.EXPERT, Seat.SUPERVISOR)
_FOR_THE_PATIENT = (*_BOTH, Seat.ACCOMPAGNANT, Seat.INTERPRETER, Seat.RELATIVE, Seat.PATIENT)
_PEOPLE = tuple(seat for seat in Seat if seat not in {Seat.INVITED, Seat.NEWCOMER, Seat.SYSTEM, Seat.STRANGER})


def _rule(
    phases: Iterable[ActPhase],
    seats: Iterable[Seat],
    *,
    against_consent: bool = True,
    needs_session: bool = False,
    opens: bool = False,
) -> Rule:
    return Rule(
        phases=frozenset(phases),
        seats=frozenset(seats),
        against_consent=against_consent,
        needs_session=needs_session,
        opens=opens,
    )


TRANSITIONS: dict[type[c.Command], Rule] = {
    # opening and preparing; formalities an emergency skipped are completed in any later phase
    c.OpenAct: _rule((), (Seat.NEWCOMER,), opens=True),
    c.DeclareEmergency: _rule(_UNTIL_CONCLUDED, _BOTH),
    c.RequestAssistance: _rule(_UNTIL_CONCLUDED, _ON_SITE, against_consent=False),
    c.IdentifyPatient: _rule(_UNTIL_CLOSED, _ON_SITE),
    c.StatePatientPresence: _rule(_UNTIL_CLOSED, _BOTH),
    c.IdentifyParticipant: _rule(_UNTIL_CLOSED, _BOTH),
    c.JoinAsExpert: _rule(_UNTIL_CONCLUDED, (Seat.NEWCOMER,), against_consent=False),
    c.IssueInvitation: _rule(_UNTIL_CONCLUDED, _BOTH, against_consent=False),
    c.ConfirmPresence: _rule(_UNTIL_CLOSED, _BOTH),
    c.StatePlace: _rule(_UNTIL_CLOSED, _ON_SITE),
    c.StateJurisdiction: _rule(_UNTIL_CLOSED, _BOTH),
    c.StateNeed: _rule(_UNTIL_CLOSED, _ON_SITE),
    c.ProvideBriefing: _rule(_UNTIL_CLOSED, _ON_SITE),
    # information and consent; after a refusal the patient may still change their mind, after a withdrawal a new act
    # is opened: `decide` tells the two apart
    c.GiveInformation: _rule(_UNTIL_CLOSED, _BOTH),
    c.GiveConsent: _rule(_UNTIL_CLOSED, _BOTH),
    c.RefuseConsent: _rule(_UNTIL_CLOSED, _BOTH),
    c.WithdrawConsent: _rule(_UNTIL_CLOSED, _FOR_THE_PATIENT),
    c.AttemptSubstitutedConsent: _rule(_UNTIL_CLOSED, _BOTH, against_consent=False),
    c.LimitSharing: _rule(_UNTIL_CONCLUDED, (*_BOTH, Seat.PATIENT, Seat.RELATIVE)),
    # checks and plan B
    c.RecordEquipmentCheck: _rule(_UNTIL_CONCLUDED, (*_PEOPLE, Seat.INVITED)),
    c.DeclarePlanB: _rule(_UNTIL_CONCLUDED, _BOTH),
    c.TryPlanB: _rule(_UNTIL_CONCLUDED, _BOTH),
    c.TakePlanB: _rule(_UNTIL_CONCLUDED, _BOTH, against_consent=False),
    c.EndPlanB: _rule(_UNTIL_CLOSED, _BOTH),
    c.ReportIncident: _rule(_UNTIL_CLOSED, _CLINICAL),
    c.ResolveIncident: _rule(_UNTIL_CLOSED, _CLINICAL),
    # the live part
    c.StartSession: _rule(_UNTIL_CLOSED, _BOTH, against_consent=False),
    c.JoinSession: _rule((_L,), (*_PEOPLE, Seat.INVITED), against_consent=False, needs_session=True),
    c.LeaveSession: _rule((_L,), (*_PEOPLE, Seat.SYSTEM), needs_session=True),
    c.EndLive: _rule((_L,), _BOTH),
    c.DeclareAdequacy: _rule(_UNTIL_CLOSED, (*_BOTH, Seat.SUPERVISOR)),
    c.DeclareInsufficiency: _rule(_UNTIL_CONCLUDED, _EXPERT),
    c.DeclineAssistance: _rule(_UNTIL_CONCLUDED, _EXPERT),
    c.CaptureStill: _rule(_UNTIL_CONCLUDED, _CLINICAL, against_consent=False),
    c.CommitAnnotation: _rule((_L,), (*_BOTH, Seat.SUPERVISOR), against_consent=False),
    c.GiveAdvice: _rule((_L,), _GUIDING, against_consent=False),
    c.DecideStep: _rule((_L,), _GUIDING, against_consent=False),
    c.AcknowledgeAdvice: _rule((_L, _C), _BEDSIDE),
    # what the program itself records
    c.AuthoriseDevice: _rule(_UNTIL_CONCLUDED, _CLINICAL, against_consent=False),
    c.OpenLink: _rule((_L,), _PEOPLE, against_consent=False, needs_session=True),
    c.LoseConnection: _rule((_L,), (*_PEOPLE, Seat.SYSTEM)),
    c.RestoreConnection: _rule((_L,), (*_PEOPLE, Seat.SYSTEM)),
    c.MeasureQuality: _rule((_L,), (*_PEOPLE, Seat.SYSTEM)),
    c.OpenDossier: _rule((_P, _L, _C, _X), tuple(Seat)),
    c.ExportAct: _rule((_P, _L, _C, _X), tuple(Seat)),
    # writing and closing
    c.SaveForm: _rule(_UNTIL_CLOSED, _CLINICAL),
    c.DraftNote: _rule(_UNTIL_CLOSED, _BOTH),
    c.SignNote: _rule((_C,), _BOTH),
    c.NameFollowUp: _rule(_UNTIL_CLOSED, _BOTH),
    c.DerogateObligation: _rule(_UNTIL_CLOSED, _BOTH),
    c.ReorientAct: _rule(_UNTIL_CLOSED, _BOTH),
    c.CloseAct: _rule((_P, _C), _BOTH),
}

# Commands that move the act to another phase, for the diagram. A test checks each against `decide` and `evolve`.
LEADS_TO: tuple[tuple[type[c.Command], ActPhase | None, ActPhase], ...] = (
    (c.OpenAct, None, _P),
    (c.StartSession, _P, _L),
    (c.StartSession, _C, _L),
    (c.EndLive, _L, _C),
    (c.WithdrawConsent, _P, _C),
    (c.WithdrawConsent, _L, _C),
    (c.RefuseConsent, _L, _C),
    (c.ReorientAct, _P, _C),
    (c.ReorientAct, _L, _C),
    (c.DeclareInsufficiency, _P, _C),
    (c.DeclareInsufficiency, _L, _C),
    (c.DeclineAssistance, _P, _C),
    (c.DeclineAssistance, _L, _C),
    (c.CloseAct, _P, _X),
    (c.CloseAct, _C, _X),
)
