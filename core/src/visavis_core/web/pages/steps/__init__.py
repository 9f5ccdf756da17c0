"""The preparation of an act, one question at a time, and the gestures that end it."""

from __future__ import annotations

from visavis_core.web.pages.steps.check import CHECK
from visavis_core.web.pages.steps.consent import CONSENT
from visavis_core.web.pages.steps.ending import EMERGENCY, FOLLOW_UP, QUALITY, REORIENT, WITHDRAW
from visavis_core.web.pages.steps.jurisdiction import JURISDICTION
from visavis_core.web.pages.steps.need import NEED
from visavis_core.web.pages.steps.patient import PATIENT
from visavis_core.web.pages.steps.people import PEOPLE, PERSON
from visavis_core.web.pages.steps.place import PLACE, PLAN_B

__all__ = ["FOLLOW_UP", "GESTURES", "PREPARATION", "QUALITY", "REORIENT", "STEPS", "WITHDRAW"]

PREPARATION = (PATIENT, CONSENT, NEED, PLACE, PLAN_B, PEOPLE, JURISDICTION, CHECK)
"""In the order a nurse meets them: the person first, the machine last, just before it is needed."""

GESTURES = (PERSON, EMERGENCY, WITHDRAW, REORIENT, FOLLOW_UP, QUALITY)
STEPS = {step.id: step for step in (*PREPARATION, *GESTURES)}
