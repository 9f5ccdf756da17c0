"""One reader on one page of one act: what every handler of an act begins with.

Knows: who reads, the act as they may see it, its sheet and its furniture; and how a posted gesture is carried out.
Refuses to know: what any page shows.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from visavis_sdk.consent import ConsentText
from visavis_sdk.text import Language

from visavis_core.acts.act import Act
from visavis_core.acts.commands import Command
from visavis_core.acts.decide import Refusal, permits
from visavis_core.acts.roles import Seat, seat_of
from visavis_core.authorship import author_of
from visavis_core.house import House, house_of
from visavis_core.identity.subject import Subject
from visavis_core.locale import LANGUAGES
from visavis_core.obligations.sheet import ConformitySheet
from visavis_core.plugins.catalogue import Catalogue
from visavis_core.web.forms import Problem
from visavis_core.web.pages.frame import ActFrame, address_of, frame_of
from visavis_core.web.pages.steps.ask import Scene
from visavis_core.web.rendering import language_of

__all__ = [
    "CAUSE",
    "Handler",
    "Visit",
    "carry_out",
    "consent_text_for",
    "problems_of_refusal",
    "signed_in",
    "visit",
    "visit_of",
]

CAUSE = "_cause"
"""The hidden field that makes a form sent twice count once. Our own fields begin with `_`: no question's name does."""

Handler = Callable[[Request], Awaitable[Response]]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """`seat` is where the reader speaks from in the act; `cause` is fresh for the forms of this page."""

    request: Request
    house: House
    subject: Subject
    act: Act
    sheet: ConformitySheet
    frame: ActFrame
    scene: Scene
    seat: Seat
    cause: str

    def may(self, *commands: type[Command]) -> bool:
        """Whether the table lets this reader's seat do all of these now. The decision has the last word."""
        return all(permits(self.act, command, self.seat) is None for command in commands)

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """The page with the act's furniture, and `desk` when the reader is at a desk rather than at a bedside."""
        return self.house.renderer.page(
            self.request,
            template,
            status=status,
            frame=self.frame,
            scene=self.scene,
            cause=self.cause,
            desk=self.seat in (Seat.EXPERT, Seat.REQUIS),
            **context,
        )


def signed_in(handler: Handler) -> Handler:
    """Sends somebody signed out to the sign-in page and back, and a guest to the one page they were invited to."""

    @functools.wraps(handler)
    async def guarded(request: Request) -> Response:
        subject: Subject | None = request.state.subject
        if subject is None:
            wanted = request.url.path if request.method == "GET" else "/"
            return RedirectResponse(f"/login?next={quote(wanted)}", status_code=303)
        if subject.kind == "guest":
            return RedirectResponse(f"/acts/{subject.act}/room", status_code=303)
        return await handler(request)

    return guarded


async def visit(request: Request) -> Visit:
    """Reads the act named in the address. The practice refuses who may not, and records who did."""
    house = house_of(request)
    subject: Subject = request.state.subject
    act = await house.practice.read(subject, request.path_params["act"])
    return visit_of(request, house, subject, act)


def visit_of(request: Request, house: House, subject: Subject, act: Act) -> Visit:
    sheet = house.practice.sheet(act)
    now = house.clock()
    frame = frame_of(act, sheet, subject, now)
    language = language_of(request)
    scene = Scene(
        act=act,
        subject=subject,
        me=frame.me,
        words=house.renderer.messages(request),
        formats=house.renderer.formats(request),
        now=now,
        about=request.query_params.get("person", ""),
        consent_text=consent_text_for(house.catalogue, act, language, now[:10]),
    )
    seat = seat_of(act, author_of(subject, act))
    return Visit(
        request=request,
        house=house,
        subject=subject,
        act=act,
        sheet=sheet,
        frame=frame,
        scene=scene,
        seat=seat,
        cause=house.ids("cause"),
    )


def consent_text_for(catalogue: Catalogue, act: Act, language: Language, day: str) -> ConsentText | None:
    """The text in force on `day` where the patient is: the stated place, else the packs the act was opened under.

    In the reader's language when there is one; else in the other, because a text is better than none.
    """
    stated = (act.jurisdiction.patient,) if act.jurisdiction else ()
    found = (
        catalogue.consent_text(jurisdictions=(*stated, *act.jurisdictions), language=spoken, on=day)
        for spoken in (language, *LANGUAGES)
    )
    return next((text for text in found if text is not None), None)


async def carry_out(visit: Visit, commands: Sequence[Command], cause: str) -> Act:
    """One gesture's commands, in order, each once however often it is sent. Raises `service.Refused`.

    The cause covers the words too: a page brought back with the browser's button and corrected is a new gesture.
    """
    act = visit.act
    for position, command in enumerate(commands):
        words = hashlib.sha256(msgspec.json.encode(command)).hexdigest()[:16]
        own = f"{cause[:80]}:{position}:{words}" if cause else ""
        act = (await visit.house.practice.perform(visit.subject, act.id, command, own)).act
    return act


def problems_of_refusal(visit: Visit, refusal: Refusal) -> tuple[Problem, ...]:
    """The refusal's sentence, then each duty it names with the way to it."""
    words = visit.scene.words
    named = {line.obligation.id: line for line in visit.sheet.lines if line.obligation.id in refusal.missing}
    return (
        Problem(field="", message=words.text(refusal.message)),
        *(
            Problem(
                field=id,
                message=words.text(line.obligation.title),
                address=address_of(line.obligation, visit.act),
            )
            for id, line in named.items()
        ),
    )
