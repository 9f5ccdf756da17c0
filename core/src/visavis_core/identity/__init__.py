"""People and what they may do: accounts, second factor, sessions, invitations, limits, and the one decision."""

from __future__ import annotations

from visavis_core.identity.permissions import Decision, Verb, decide
from visavis_core.identity.subject import ADMIN, CLINICIAN, PHYSICIAN, ProfessionalIdentity, Subject, system_subject

__all__ = [
    "ADMIN",
    "CLINICIAN",
    "PHYSICIAN",
    "Decision",
    "ProfessionalIdentity",
    "Subject",
    "Verb",
    "decide",
    "system_subject",
]
