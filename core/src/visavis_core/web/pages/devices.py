"""Letting a device in: a mini-PC with a scope, a tablet beside an ultrasound machine.

Knows: what is asked, and that the token is shown once, to who asked for it.
Refuses to know: tokens (`web.device_door`) and what the device then sends.
"""

from __future__ import annotations

import shlex

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from visavis_core.acts import commands as c
from visavis_core.service import Refused
from visavis_core.web.device_door import DeviceAccess, authorise, source_named
from visavis_core.web.forms import Choice, Field, Problem, read_answers
from visavis_core.web.pages.steps.ask import one
from visavis_core.web.pages.visit import CAUSE, Visit, problems_of_refusal, signed_in, visit

__all__ = ["DevicesPage", "routes"]

HOURS = ("1", "2", "4", "8", "12")


class DevicesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`access` is shown once; None before. `command` is what is typed on the device."""

    fields: tuple[Field, ...]
    problems: tuple[Problem, ...]
    access: DeviceAccess | None
    command: str
    may: bool


def draw(
    seen: Visit,
    *,
    name: str = "",
    hours: str = "2",
    problems: tuple[Problem, ...] = (),
    access: DeviceAccess | None = None,
) -> Response:
    words = seen.scene.words
    wrong = {problem.field: problem.message for problem in problems}
    server = shlex.quote(seen.house.deployment.site.public_url)
    view = DevicesPage(
        fields=(
            Field(
                name="name",
                id="name",
                kind="line",
                label=words("device.name"),
                help=words("device.hint"),
                chosen=(name,),
                longest=40,
                required=True,
                error=wrong.get("name", ""),
            ),
            Field(
                name="hours",
                id="hours",
                kind="choice",
                label=words("device.hours"),
                chosen=(hours,),
                options=tuple(Choice(value=known, label=f"{known} h") for known in HOURS),
                required=True,
                across=True,
                error=wrong.get("hours", ""),
            ),
        ),
        problems=problems,
        access=access,
        command=f"visavis device publish v4l2:/dev/video0 --profile sharp --server {server}" if access else "",
        may=seen.may(c.AuthoriseDevice),
    )
    return seen.page("devices.html", status=422 if problems else 200, view=view)


@signed_in
async def show_devices(request: Request) -> Response:
    return draw(await visit(request))


@signed_in
async def let_in(request: Request) -> Response:
    """`POST …/devices`: answers with the token itself rather than a redirect: an address must not carry it."""
    seen = await visit(request)
    answers = await read_answers(request)
    name, hours = one(answers, "name")[:60].strip().lower(), one(answers, "hours")
    problems = []
    source = source_named(name)
    if not source:
        problems.append(Problem(field="name", message=seen.scene.words("device.bad_name"), address="#name"))
    if hours not in HOURS:
        problems.append(Problem(field="hours", message=seen.scene.words("field.wrong.choose"), address="#hours"))
    if problems:
        return draw(seen, name=name, hours=hours, problems=tuple(problems))
    try:
        access = await authorise(
            seen.house, seen.subject, seen.act.id, source=source, minutes=60 * int(hours), cause=one(answers, CAUSE)
        )
    except Refused as refused:
        return draw(seen, name=name, hours=hours, problems=problems_of_refusal(seen, refused.refusal))
    return draw(await visit(request), access=access)


routes = [
    Route("/acts/{act}/devices", show_devices, methods=["GET"], name="devices"),
    Route("/acts/{act}/devices", let_in, methods=["POST"]),
]
