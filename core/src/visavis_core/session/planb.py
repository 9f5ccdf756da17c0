"""What to fall back on when the link weakens, in the order that keeps the patient safest: sound, stills, telephone.

Knows: the order of degradation and what makes each step the next one.
Refuses to know: that it was taken; only a person takes plan B, by a command.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from visavis_sdk.vocabulary import Adequacy

from visavis_core.session.views import PlanBView

__all__ = ["Step", "advise_step"]

Step = Literal["stills", "audio_only", "telephone"]


def advise_step(plan: PlanBView, clinical: Collection[Adequacy | None], somebody_missing: bool) -> Step | None:
    """The step to offer now, or None while things go well or plan B is already taken at least that far.

    `clinical` holds the verdicts of the clinical pictures; `somebody_missing` is true when the other side is lost.
    """
    offered: Step | None = None
    if somebody_missing:
        offered = "telephone"
    elif clinical and all(verdict is Adequacy.INSUFFICIENT for verdict in clinical):
        offered = "stills"
    if offered is None or (plan.state == "taken" and reach(plan.step) >= reach(offered)):
        return None
    return offered


def reach(step: str) -> int:
    """How far a step goes from the full picture and sound."""
    return {"stills": 1, "audio_only": 2, "other_device": 2, "telephone": 3}.get(step, 0)
