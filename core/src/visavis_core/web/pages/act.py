"""The act's page: preparation step by step, then what the moment asks for.

Knows: which steps a reader may do, which one is open, and how a posted step becomes commands or comes back with
errors beside its fields and everything that was typed.
Refuses to know: what any step asks (`steps`), and whether a command is allowed (`acts.decide`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from visavis_sdk.events import StillCaptured
from visavis_sdk.obligations import Transition

from visavis_core.acts import commands as c
from visavis_core.locale import say_source
from visavis_core.service import Refused
from visavis_core.web.forms import Answers, Field, Problem, read_answers
from visavis_core.web.pages.conclusion import NoteLine, note_lines
from visavis_core.web.pages.form_list import FormLine, form_lines
from visavis_core.web.pages.frame import RailLine
from visavis_core.web.pages.steps import PREPARATION, STEPS
from visavis_core.web.pages.steps.ask import Asked, Given, Step, check_answers, fields_of, one, problems_of
from visavis_core.web.pages.steps.people import PERSON, correctable
from visavis_core.web.pages.visit import CAUSE, Visit, carry_out, problems_of_refusal, signed_in, visit

__all__ = ["ActPage", "StepView", "routes", "show"]


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step on the page: folded into its gist, or open with its questions. `state` picks its mark."""

    id: str
    icon: str
    state: str  # done | owed | to_do
    gist: str
    open: bool
    fields: tuple[Field, ...]
    problems: tuple[Problem, ...]
    may: bool


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A posted step that did not become events: what was typed, and what is wrong."""

    step: str
    typed: Given
    wrong: Mapping[str, str]
    problems: tuple[Problem, ...]


class ActPage(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` are the duties that stop the session; `owed`, in emergency, all that is to do before closing. Each has
    as many lines as the header and the rail count.
    """

    steps: tuple[StepView, ...]
    gestures: Mapping[str, StepView]
    missing: tuple[RailLine, ...]
    owed: tuple[RailLine, ...]
    correctable: Mapping[str, str]
    forms: tuple[FormLine, ...]
    notes: tuple[NoteLine, ...]
    stills: tuple[StillCaptured, ...]
    saved: str
    may_start: bool
    may_accept: bool
    may_close: bool
    may_reorient: bool
    problems: tuple[Problem, ...]


def show(visit: Visit, *, failure: Failure | None = None, problems: tuple[Problem, ...] = ()) -> ActPage:
    wanted = failure.step if failure else visit.request.query_params.get("step", "")
    owing = {line.address for line in visit.frame.rail.lines if line.state == "owed"}
    doing = tuple(step for step in PREPARATION if visit.may(*step.commands))
    known = {step.id for step in PREPARATION}
    nearest = next((step.id for step in doing if not step.done(visit.scene)), "")
    within = "people" if wanted == PERSON.id else wanted
    opened = within if within in known else nearest

    def view(step: Step, *, open: bool) -> StepView:
        failed = failure if failure is not None and failure.step == step.id else None
        done = step.done(visit.scene)
        owed = any(address.endswith(f"#{step.id}") for address in owing)
        return StepView(
            id=step.id,
            icon=step.icon,
            state="done" if done else "owed" if owed else "to_do",
            gist=step.gist(visit.scene),
            open=open,
            fields=fields_of(
                step,
                visit.scene,
                failed.typed if failed else step.given(visit.scene),
                failed.wrong if failed else {},
            ),
            problems=failed.problems if failed else (),
            may=visit.may(*step.commands),
        )

    lines = visit.frame.rail.lines
    stopping = (line for line in lines if line.state == "missing" and line.stops == Transition.START_SESSION)
    return ActPage(
        steps=tuple(view(step, open=step.id == opened) for step in PREPARATION),
        gestures={id: view(STEPS[id], open=wanted == id) for id in ("person", "emergency")},
        missing=_told_once(stopping),
        owed=tuple(line for line in lines if visit.act.emergency and line.state in ("missing", "owed")),
        correctable=correctable(visit.scene),
        forms=form_lines(visit),
        notes=note_lines(visit),
        # A source by its name: the page shows it under a photo that nobody labelled.
        stills=tuple(
            msgspec.structs.replace(still, source=say_source(still.source, visit.scene.words))
            for still in visit.act.stills
        ),
        saved=visit.request.query_params.get("saved", "") if not failure else "",
        may_start=visit.may(c.StartSession) and not visit.act.session,
        may_accept=visit.may(c.JoinAsExpert) and visit.act.request is not None,
        may_close=visit.may(c.CloseAct),
        may_reorient=visit.may(c.ReorientAct),
        problems=problems,
    )


def _told_once(lines: Iterable[RailLine]) -> tuple[RailLine, ...]:
    """Two duties may lack the same thing: it is said for the first, and the other goes by its title."""
    told: set[str] = set()
    kept: list[RailLine] = []
    for line in lines:
        said = line.say.fr if line.say else ""
        kept.append(msgspec.structs.replace(line, say=None) if said in told else line)
        told.add(said)
    return tuple(kept)


@signed_in
async def show_act(request: Request) -> Response:
    seen = await visit(request)
    return seen.page("act.html", view=show(seen))


@signed_in
async def do_step(request: Request) -> Response:
    """`POST /acts/{act}/steps/{step}`: 303 to the next thing to do, or 422 with the page as it was typed."""
    step = STEPS.get(request.path_params["step"])
    if step is None:
        raise HTTPException(404)
    seen = await visit(request)
    answers = await read_answers(request)
    failure = await attempt(seen, step, answers)
    if failure is None:
        return RedirectResponse(f"/acts/{seen.act.id}?saved={step.id}#next", status_code=303)
    return seen.page("act.html", status=422, view=show(seen, failure=failure))


async def attempt(seen: Visit, step: Step, answers: Answers) -> Failure | None:
    """Carries a step out. What stopped it comes back with everything that was typed; None when it is done."""
    try:
        commands = step.build(check_answers(step, answers, seen.scene), seen.scene)
        checked = [msgspec.convert(msgspec.to_builtins(command), type(command)) for command in commands]
        await carry_out(seen, checked, one(answers, CAUSE))
    except Asked as asked:
        return Failure(
            step=step.id, typed=answers, wrong=asked.wrong, problems=problems_of(step, seen.scene, asked.wrong)
        )
    except Refused as refused:
        problems = problems_of_refusal(seen, refused.refusal)
        return Failure(step=step.id, typed=answers, wrong={}, problems=problems)
    except msgspec.ValidationError:
        # A command's own bounds are tighter than a question's only by our mistake; the words still come back.
        wrong = {"": seen.scene.words("field.wrong.unreadable")}
        return Failure(step=step.id, typed=answers, wrong=wrong, problems=problems_of(step, seen.scene, wrong))
    return None


@signed_in
async def start_session(request: Request) -> Response:
    """`POST /acts/{act}/session`: to the live room, or back here with what is missing, by name."""
    seen = await visit(request)
    answers = await read_answers(request)
    if seen.act.session:
        return RedirectResponse(f"/acts/{seen.act.id}/room", status_code=303)
    refused = await try_commands(seen, (c.StartSession(),), one(answers, CAUSE))
    if refused:
        return seen.page("act.html", status=422, view=show(seen, problems=refused))
    return RedirectResponse(f"/acts/{seen.act.id}/room", status_code=303)


async def try_commands(seen: Visit, commands: Sequence[c.Command], cause: str) -> tuple[Problem, ...]:
    """Carries a gesture out; its refusal as lines of an error summary, none when it is done."""
    try:
        await carry_out(seen, commands, cause)
    except Refused as refused:
        return problems_of_refusal(seen, refused.refusal)
    return ()


routes = [
    Route("/acts/{act}", show_act, name="act"),
    Route("/acts/{act}/steps/{step}", do_step, methods=["POST"]),
    Route("/acts/{act}/session", start_session, methods=["POST"]),
]
