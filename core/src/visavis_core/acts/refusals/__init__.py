"""Every refusal in the user's words, French and English, with the way out.

Knows: a code (for programs and tests) and a message (for people) for each reason a command is not carried out.
Refuses to know: when to refuse; `decide` and the decisions say that. No message names a patient.
"""

from __future__ import annotations

from visavis_sdk.text import Text

from visavis_core.acts.author import Refusal
from visavis_core.acts.refusals.composed import (
    gates_block,
    identity_incomplete,
    note_incomplete,
    outcome_mismatch,
    phase_forbids,
    reason_says_nothing,
    request_taken,
    role_not_held,
    seat_forbids,
)
from visavis_core.acts.refusals.conclusion import CONCLUSION
from visavis_core.acts.refusals.consent import CONSENT
from visavis_core.acts.refusals.live import LIVE
from visavis_core.acts.refusals.people import PEOPLE

__all__ = [
    "REFUSALS",
    "gates_block",
    "identity_incomplete",
    "note_incomplete",
    "outcome_mismatch",
    "phase_forbids",
    "reason_says_nothing",
    "refuse",
    "request_taken",
    "role_not_held",
    "seat_forbids",
]

REFUSALS: dict[str, Text] = {**PEOPLE, **CONSENT, **LIVE, **CONCLUSION}


def refuse(code: str) -> Refusal:
    """The refusal of that code; an unknown code is a mistake in the program and raises KeyError."""
    return Refusal(code=code, message=REFUSALS[code])
