"""The JSON door: acts opened, commanded and read by programs with the same rights as the pages.

Knows: how a command is decoded, which commands a client may name, and what an act looks like as JSON.
Refuses to know: what a command leads to (`Practice`), and who may (`identity.decide`).

A client's body is never decoded as a command of the house (bytes and their hash, validated answers, facts of a link).
"""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from visavis_sdk.text import Text

from visavis_core.acts.act import Act
from visavis_core.acts.commands import ClientCommand, OpenAct
from visavis_core.decoding import say_unreadable
from visavis_core.house import house_of
from visavis_core.identity.permissions import Verb
from visavis_core.identity.subject import Subject
from visavis_core.service import Performed
from visavis_core.web.errors import refuse
from visavis_core.web.refusals import Problem, problem
from visavis_core.web.rendering import language_of
from visavis_core.web.views import view_of_act, view_of_events, view_of_sheet

__all__ = ["MOST_EVENTS", "Answer", "routes"]

MOST_EVENTS = 500  # per answer; ask again with the last `n`
_CAUSE = re.compile(r"^[A-Za-z0-9_.:@-]{1,64}$")
_command_decoder = msgspec.json.Decoder(ClientCommand)
_opening_decoder = msgspec.json.Decoder(OpenAct)
_encoder = msgspec.json.Encoder(order="deterministic")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a command gave: the numbers of its events; `repeated` when the same cause had already been carried out."""

    act: str
    events: tuple[int, ...]
    n: int
    repeated: bool = False


async def open_act(request: Request) -> Response:
    subject = _subject(request)
    if subject is None:
        return refuse(request, "signed_out")
    cause = request.headers.get("idempotency-key", "")
    if cause and not _CAUSE.match(cause):
        return _unreadable(request, BAD_CAUSE)
    if house_of(request).limits.wait_for(("act.subject", subject.id)):
        return refuse(request, "too_many")
    try:
        command = _opening_decoder.decode(await request.body())
    except msgspec.MsgspecError as error:
        return _unreadable(request, say_unreadable(error))
    performed = await house_of(request).practice.open_act(subject, command, cause)
    return _performed(performed, 201)


async def perform(request: Request) -> Response:
    subject = _subject(request)
    if subject is None:
        return refuse(request, "signed_out")
    cause = request.headers.get("idempotency-key", "")
    if cause and not _CAUSE.match(cause):
        return _unreadable(request, BAD_CAUSE)
    house = house_of(request)
    if house.limits.wait_for(("command.subject", subject.id)):
        return refuse(request, "too_many")
    try:
        command = _command_decoder.decode(await request.body())
    except msgspec.MsgspecError as error:
        return _unreadable(request, say_unreadable(error))
    return _performed(await house.practice.perform(subject, request.path_params["act"], command, cause), 200)


async def read_act(request: Request) -> Response:
    subject = _subject(request)
    if subject is None:
        return refuse(request, "signed_out")
    return _json(view_of_act(await _dossier(request, subject)))


async def read_events(request: Request) -> Response:
    """`?after=n`: the events numbered above n, at most 500."""
    subject = _subject(request)
    if subject is None:
        return refuse(request, "signed_out")
    after = request.query_params.get("after", "-1")
    if not re.fullmatch(r"-?\d{1,9}", after):
        return _unreadable(
            request, Text(fr="« after » doit être un nombre entier.", en="“after” must be a whole number.")
        )
    act = await _dossier(request, subject)
    return _json(view_of_events(act, after=int(after), most=MOST_EVENTS))


async def read_sheet(request: Request) -> Response:
    subject = _subject(request)
    if subject is None:
        return refuse(request, "signed_out")
    act = await _dossier(request, subject)
    return _json(view_of_sheet(house_of(request).practice.sheet(act), language_of(request)))


async def _dossier(request: Request, subject: Subject) -> Act:
    """The act whole: `check` first, because `read` would answer a guest with the narrowed act instead of refusing."""
    practice = house_of(request).practice
    await practice.check(subject, Verb.READ_ACT, request.path_params["act"])
    return await practice.read(subject, request.path_params["act"])


BAD_CAUSE = Text(
    fr="« Idempotency-Key » : 1 à 64 lettres, chiffres ou signes _ . : @ -.",
    en="“Idempotency-Key”: 1 to 64 letters, digits or _ . : @ - signs.",
)


def _subject(request: Request) -> Subject | None:
    subject: Subject | None = request.state.subject
    return subject


def _unreadable(request: Request, words: Text) -> Response:
    title = words.in_language(language_of(request))
    return problem(Problem(status=400, code="command.unreadable", title=title))


def _performed(performed: Performed, status: int) -> Response:
    act = performed.act
    answer = Answer(
        act=act.id, events=tuple(event.n for event in performed.events), n=act.n, repeated=performed.repeated
    )
    return _json(answer, 200 if performed.repeated else status)


def _json(view: msgspec.Struct, status: int = 200) -> Response:
    return Response(_encoder.encode(view), status_code=status, media_type="application/json")


routes: list[BaseRoute] = [
    Route("/api/acts", open_act, methods=["POST"]),
    Route("/api/acts/{act}", read_act, methods=["GET"]),
    Route("/api/acts/{act}/commands", perform, methods=["POST"]),
    Route("/api/acts/{act}/events", read_events, methods=["GET"]),
    Route("/api/acts/{act}/sheet", read_sheet, methods=["GET"]),
]
