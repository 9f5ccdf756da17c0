"""The act as its events made it: the one import for state, `evolve` and `fold`."""

from __future__ import annotations

from visavis_core.acts.evolution import evolve, fold
from visavis_core.acts.state import (
    Act,
    AdviceState,
    Consent,
    ConsentState,
    DecidedStep,
    IncidentState,
    NoteState,
    PlanBState,
)

__all__ = [
    "Act",
    "AdviceState",
    "Consent",
    "ConsentState",
    "DecidedStep",
    "IncidentState",
    "NoteState",
    "PlanBState",
    "evolve",
    "fold",
]
