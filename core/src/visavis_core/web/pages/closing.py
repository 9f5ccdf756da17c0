"""Closing an act, and the gestures with a page of their own: withdrawing, reorienting, naming who follows up.

Knows: the checklist of what stands between an act and its closing, and the one question each gesture asks.
Refuses to know: what may be justified and how an act may end; the decision says.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from visavis_sdk.obligations import Transition
from visavis_sdk.vocabulary import Outcome

from visavis_core.acts import commands as c
from visavis_core.acts.act import Act
from visavis_core.acts.decide import possible_outcomes
from visavis_core.acts.decisions.derogation import DIFFERENT_LETTERS, LETTERS, ground_of
from visavis_core.service import Refused
from visavis_core.web.forms import Field, Problem, read_answers
from visavis_core.web.pages.act import Failure, attempt
from visavis_core.web.pages.frame import RailLine
from visavis_core.web.pages.steps import FOLLOW_UP, QUALITY, REORIENT, WITHDRAW
from visavis_core.web.pages.steps.ask import Step, fields_of, one
from visavis_core.web.pages.visit import CAUSE, Visit, carry_out, problems_of_refusal, signed_in, visit

__all__ = ["ClosePage", "GesturePage", "routes"]

LONGEST_REASON = 4000


class ClosePage(msgspec.Struct, frozen=True, kw_only=True):
    """`blocking` must be met; those named in `may_justify` (`<jurisdiction>.<id>`) may be justified instead. `lacking`
    are duties of evidence, shown and never in the way.
    `confirm` asks once more before an act that never started closes.
    `letters` and `different` are the floor of a justification.
    """

    blocking: tuple[RailLine, ...]
    lacking: tuple[RailLine, ...]
    may_justify: frozenset[str]
    outcomes: tuple[Outcome, ...]
    may_close: bool
    confirm: bool
    letters: int
    different: int
    problems: tuple[Problem, ...]
    typed: Mapping[str, str]


class GesturePage(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    icon: str
    fields: tuple[Field, ...]
    problems: tuple[Problem, ...]
    may: bool
    danger: bool


def never_started(act: Act) -> bool:
    """Closing such an act gives up what was prepared, and no note will tell of it: it is asked twice."""
    return not act.sessions


def close_page(
    seen: Visit,
    problems: tuple[Problem, ...] = (),
    typed: Mapping[str, str] | None = None,
    *,
    confirm: bool = False,
) -> Response:
    blocking = seen.sheet.due(Transition.CLOSE_ACT)
    due = {(line.obligation.id, line.obligation.jurisdiction) for line in blocking}
    may_justify = seen.may(c.DerogateObligation)
    lines = seen.frame.rail.lines
    unsettled = tuple(line for line in lines if line.state in ("missing", "owed", "lacking", "to-come"))
    view = ClosePage(
        blocking=tuple(line for line in unsettled if (line.id, line.jurisdiction) in due),
        # Without a session every duty loses its object at closing: none would show as not established.
        lacking=()
        if never_started(seen.act)
        else tuple(line for line in unsettled if (line.id, line.jurisdiction) not in due),
        may_justify=frozenset(
            f"{line.obligation.jurisdiction}.{line.obligation.id}"
            for line in blocking
            if may_justify and ground_of(seen.act, line) is not None
        ),
        outcomes=possible_outcomes(seen.act),
        may_close=seen.may(c.CloseAct),
        confirm=confirm,
        letters=LETTERS,
        different=DIFFERENT_LETTERS,
        problems=problems,
        typed=typed or {},
    )
    return seen.page("close.html", status=422 if problems else 200, view=view)


@signed_in
async def show_close(request: Request) -> Response:
    return close_page(await visit(request))


@signed_in
async def close_act(request: Request) -> Response:
    seen = await visit(request)
    answers = await read_answers(request)
    possible = possible_outcomes(seen.act)
    wanted = one(answers, "outcome") or possible[0]
    if wanted not in possible:
        raise HTTPException(400)
    if never_started(seen.act) and one(answers, "confirmed") != "yes":
        return close_page(seen, confirm=True)
    try:
        await carry_out(seen, (c.CloseAct(outcome=Outcome(wanted)),), one(answers, CAUSE))
    except Refused as refused:
        return close_page(seen, problems_of_refusal(seen, refused.refusal))
    return RedirectResponse(f"/acts/{seen.act.id}/proof", status_code=303)


@signed_in
async def justify(request: Request) -> Response:
    """`POST …/justifications`: a duty that could not be met, with the reason of who decided so."""
    seen = await visit(request)
    answers = await read_answers(request)
    reason, duty = one(answers, "reason"), one(answers, "duty")
    found = next((line for line in seen.frame.rail.lines if f"{line.jurisdiction}.{line.id}" == duty), None)
    if found is None:
        raise HTTPException(400)
    if not reason or len(reason) > LONGEST_REASON:
        key = "field.wrong.required" if not reason else "field.wrong.too_long"
        said = seen.scene.words(key, count=LONGEST_REASON)
        return close_page(seen, (Problem(field=duty, message=said, address=f"#reason-{duty}"),), {duty: reason})
    command = c.DerogateObligation(obligation=found.id, jurisdiction=found.jurisdiction, reason=reason)
    try:
        await carry_out(seen, (command,), one(answers, CAUSE))
    except Refused as refused:
        return close_page(seen, problems_of_refusal(seen, refused.refusal), {duty: reason})
    return RedirectResponse(f"/acts/{seen.act.id}/close#blocking", status_code=303)


def gesture_page(seen: Visit, step: Step, failure: Failure | None = None) -> Response:
    given = failure.typed if failure else step.given(seen.scene)
    view = GesturePage(
        step=step.id,
        icon=step.icon,
        fields=fields_of(step, seen.scene, given, failure.wrong if failure else {}),
        problems=failure.problems if failure else (),
        may=seen.may(*step.commands),
        danger=step is WITHDRAW,
    )
    return seen.page("gesture.html", status=422 if failure else 200, view=view)


def gesture_routes(path: str, step: Step) -> list[Route]:
    """A page that asks one thing and does one thing, then returns to the act."""

    @signed_in
    async def show(request: Request) -> Response:
        return gesture_page(await visit(request), step)

    @signed_in
    async def do(request: Request) -> Response:
        seen = await visit(request)
        failure = await attempt(seen, step, await read_answers(request))
        if failure is not None:
            return gesture_page(seen, step, failure)
        return RedirectResponse(f"/acts/{seen.act.id}?saved={step.id}", status_code=303)

    address = f"/acts/{{act}}/{path}"
    return [Route(address, show, methods=["GET"], name=step.id), Route(address, do, methods=["POST"])]


routes = [
    *gesture_routes("consent/withdraw", WITHDRAW),
    *gesture_routes("reorient", REORIENT),
    *gesture_routes("follow-up", FOLLOW_UP),
    *gesture_routes("quality", QUALITY),
    Route("/acts/{act}/close", show_close, methods=["GET"], name="close"),
    Route("/acts/{act}/close", close_act, methods=["POST"]),
    Route("/acts/{act}/justifications", justify, methods=["POST"]),
]
