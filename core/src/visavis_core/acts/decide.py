"""`decide(act, command, author, context)`: the events that follow, or a refusal in words. Pure.

Knows: the order of questions: does the act exist, may this seat, does consent allow, is it the moment, is a session
open, and then what the command's own function says.
Refuses to know: storage, clocks, packs (they come in `Context`) and idempotence (the practice's).

An empty tuple means "already so": nothing to record, nothing refused.
"""

from __future__ import annotations

from typing import Any

from visavis_sdk.vocabulary import ActPhase

from visavis_core.acts.author import (
    CLINICIAN,
    Author,
    Context,
    Decision,
    Identity,
    Refusal,
)
from visavis_core.acts.commands import Command, JoinAsExpert, OpenAct
from visavis_core.acts.decisions.conclusion import CONCLUSION, possible_outcomes
from visavis_core.acts.decisions.consent import CONSENT
from visavis_core.acts.decisions.derogation import DEROGATION
from visavis_core.acts.decisions.guidance import GUIDANCE
from visavis_core.acts.decisions.opening import OPENING, open_act
from visavis_core.acts.decisions.registry import Handler
from visavis_core.acts.decisions.safety import SAFETY
from visavis_core.acts.decisions.session import SESSION
from visavis_core.acts.refusals import phase_forbids, refuse, seat_forbids
from visavis_core.acts.roles import Seat, seat_of
from visavis_core.acts.state import Act, Consent
from visavis_core.acts.transitions import TRANSITIONS, Rule

__all__ = [
    "CLINICIAN",
    "HANDLERS",
    "Author",
    "Context",
    "Decision",
    "Identity",
    "Refusal",
    "decide",
    "permits",
    "possible_outcomes",
]

HANDLERS: dict[type[Command], Handler[Any]] = {
    **OPENING,
    **CONSENT,
    **SAFETY,
    **SESSION,
    **GUIDANCE,
    **CONCLUSION,
    **DEROGATION,
}

_OUTSIDE = frozenset({Seat.NEWCOMER, Seat.STRANGER, Seat.INVITED})


def decide(act: Act | None, command: Command, author: Author, context: Context) -> Decision:
    """What follows from a command on an act. KeyError for a type that is no command: a mistake in the program."""
    if isinstance(command, OpenAct):
        return open_act(command, author, context) if act is None else refuse("act_already_open")
    if act is None:
        return refuse("no_act")
    seat = seat_of(act, author)
    if isinstance(command, JoinAsExpert) and seat not in _OUTSIDE:
        return refuse("already_in_act")
    refusal = permits(act, type(command), seat)
    if refusal is not None:
        return refusal
    decision: Decision = HANDLERS[type(command)](act, command, author, context)
    return decision


def permits(act: Act, command: type[Command], seat: Seat) -> Refusal | None:
    """What the table alone answers: None when it lets the command through. Pages use it to show or hide a gesture."""
    rule: Rule = TRANSITIONS[command]
    if rule.opens:
        return refuse("act_already_open")
    if seat not in rule.seats:
        return refuse("not_in_act") if seat in _OUTSIDE else seat_forbids(rule.seats)
    denied = act.consent.denied and not rule.against_consent
    if denied and act.phase is not ActPhase.CLOSED:
        return refuse("consent_withdrawn" if act.consent.state is Consent.WITHDRAWN else "consent_refused")
    if act.phase not in rule.phases:
        return phase_forbids(act.phase)
    if rule.needs_session and not act.session:
        return refuse("no_open_session")
    return None
