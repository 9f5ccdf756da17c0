"""What to fall back on, in the order that keeps the patient safest."""

from __future__ import annotations

import pytest
from visavis_core.session.planb import advise_step
from visavis_core.session.views import PlanBView
from visavis_sdk.vocabulary import Adequacy

GOOD, POOR, BAD = Adequacy.ADEQUATE, Adequacy.LIMITED, Adequacy.INSUFFICIENT
DECLARED = PlanBView(state="declared")


@pytest.mark.parametrize(
    ("plan", "clinical", "missing", "step"),
    [
        (DECLARED, [GOOD], False, None),
        (DECLARED, [POOR], False, None),
        (DECLARED, [], False, None),
        (DECLARED, [None], False, None),
        (DECLARED, [BAD], False, "stills"),
        (DECLARED, [BAD, GOOD], False, None),
        (DECLARED, [GOOD], True, "telephone"),
        (PlanBView(), [BAD], True, "telephone"),
        (PlanBView(state="taken", step="stills"), [BAD], False, None),
        (PlanBView(state="taken", step="stills"), [BAD], True, "telephone"),
        (PlanBView(state="taken", step="telephone"), [BAD], True, None),
        (PlanBView(state="ended"), [BAD], False, "stills"),
    ],
)
def test_the_next_step_is_offered_when_it_helps(
    plan: PlanBView, clinical: list[Adequacy | None], missing: bool, step: str | None
) -> None:
    assert advise_step(plan, clinical, missing) == step
