"""Home: the queue, and the two ways to ask for help.

Knows: how the practice's rows are grouped for a reader, and the three clicks of an emergency.
Refuses to know: who may see which act; the practice gives only those.
"""

from __future__ import annotations

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from visavis_sdk.vocabulary import ActKind, ActPhase

from visavis_core.acts.commands import JoinAsExpert, OpenAct, RequestAssistance, StartSession
from visavis_core.house import house_of
from visavis_core.identity.subject import CLINICIAN, PHYSICIAN
from visavis_core.queue import ActSummary
from visavis_core.service import Refused
from visavis_core.web.forms import Problem, read_answers
from visavis_core.web.pages.visit import CAUSE, signed_in

__all__ = ["SPECIALTIES", "group_rows", "routes"]

SPECIALTIES = (
    "wound_care",
    "emergency_medicine",
    "dermatology",
    "surgery",
    "neurology",
    "paediatrics",
    "imaging",
    "ophthalmology",
    "otology",
    "other",
)
ROWS_SHOWN = 40  # of one group at a time; the rest is a link away


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One group of the queue: `rows` from number `first` (0 = the first) of `count` in all."""

    name: str
    rows: tuple[ActSummary, ...]
    first: int
    count: int

    @property
    def earlier(self) -> int | None:
        """The page of the rows before these, None when there are none."""
        return self.first // ROWS_SHOWN - 1 if self.first else None

    @property
    def later(self) -> int | None:
        return self.first // ROWS_SHOWN + 1 if self.first + len(self.rows) < self.count else None


def group_rows(rows: tuple[ActSummary, ...], only: str = "", page: int = 0) -> tuple[Group, ...]:
    """In the order a professional works: who waits for me, what runs, what I owe a signature, the past.

    Every row is in exactly one group. `only` names the one group to turn to its `page`.
    """
    requests = tuple(row for row in rows if row.relation == "queue")
    mine = tuple(row for row in rows if row.relation != "queue")
    groups = (
        ("requests", requests),
        ("mine", tuple(row for row in mine if row.phase in (ActPhase.PREPARING, ActPhase.LIVE))),
        ("to_sign", tuple(row for row in mine if row.phase is ActPhase.CONCLUDING)),
        ("closed", tuple(row for row in mine if row.phase is ActPhase.CLOSED)),
    )
    shown = [(name, found) for name, found in groups if name == only] or groups
    return tuple(_cut(name, found, page if only else 0) for name, found in shown)


def _cut(name: str, rows: tuple[ActSummary, ...], page: int) -> Group:
    first = page * ROWS_SHOWN if page * ROWS_SHOWN < len(rows) else 0
    return Group(name=name, rows=rows[first : first + ROWS_SHOWN], first=first, count=len(rows))


@signed_in
async def home(request: Request) -> Response:
    house, subject = house_of(request), request.state.subject
    if CLINICIAN not in subject.system_roles:
        return house.renderer.page(request, "home.html", groups=(), may_open=False, assists=False, cause="")
    rows = await house.practice.queue(subject)
    page = request.query_params.get("page", "")
    return house.renderer.page(
        request,
        "home.html",
        groups=group_rows(
            rows, request.query_params.get("group", ""), int(page) if page.isdecimal() and len(page) < 7 else 0
        ),
        may_open=True,
        assists=subject.identity is not None and subject.identity.profession == PHYSICIAN,
        cause=house.ids("cause"),
    )


@signed_in
async def choose(request: Request) -> Response:
    """`GET /acts/open`: which specialty is asked; one press on it opens the act."""
    house = house_of(request)
    return house.renderer.page(
        request,
        "open_act.html",
        emergency=request.query_params.get("emergency") == "1",
        specialties=SPECIALTIES,
        cause=house.ids("cause"),
        problems=(),
    )


@signed_in
async def open_act(request: Request) -> Response:
    """`POST /acts`: opens, calls, and in emergency starts the session, so that the next page is the live room."""
    house, subject = house_of(request), request.state.subject
    answers = await read_answers(request)
    emergency = answers.get("emergency") == ("1",)
    specialty = next(iter(answers.get("specialty", ())), "")
    cause = next(iter(answers.get(CAUSE, ())), "")
    if specialty not in SPECIALTIES:
        raise HTTPException(400)  # the page has one button for each
    if house.limits.wait_for(("act.subject", subject.id)):
        raise HTTPException(429)
    try:
        opening = OpenAct(kind=ActKind.TELEASSISTANCE, emergency=emergency, specialty=specialty)
        act = (await house.practice.open_act(subject, opening, cause)).act
        # In emergency the call goes out with the opening itself.
        following = StartSession() if emergency else RequestAssistance(specialty=specialty)
        await house.practice.perform(subject, act.id, following, f"{cause}:1")
    except Refused as refused:
        words = house.renderer.messages(request)
        return house.renderer.page(
            request,
            "open_act.html",
            status=422,
            emergency=emergency,
            specialties=SPECIALTIES,
            cause=house.ids("cause"),
            problems=(Problem(field="", message=words.text(refused.refusal.message)),),
        )
    return RedirectResponse(f"/acts/{act.id}/room" if emergency else f"/acts/{act.id}", status_code=303)


@signed_in
async def accept(request: Request) -> Response:
    """`POST /acts/{act}/accept`: the physician takes the request; when a session runs, the next page is the room."""
    house, subject = house_of(request), request.state.subject
    answers = await read_answers(request)
    cause = next(iter(answers.get(CAUSE, ())), "")
    act_id = request.path_params["act"]
    act = (await house.practice.perform(subject, act_id, JoinAsExpert(), cause)).act
    return RedirectResponse(f"/acts/{act.id}/room" if act.session else f"/acts/{act.id}", status_code=303)


routes = [
    Route("/", home, name="home"),
    Route("/acts/open", choose, name="open_act"),
    Route("/acts", open_act, methods=["POST"]),
    Route("/acts/{act}/accept", accept, methods=["POST"], name="accept"),
]
