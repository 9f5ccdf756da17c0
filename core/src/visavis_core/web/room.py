"""The pages of a live room: one address, and the face that fits the reader's role.

Knows: which role gets which face, and what of the dossier stands beside the expert's picture.
Refuses to know: what happens in the room afterwards; scripts and the WebSocket carry that.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from visavis_sdk.vocabulary import Role

from visavis_core.acts.act import Act
from visavis_core.house import House, house_of
from visavis_core.identity.permissions import Decision, Verb
from visavis_core.identity.subject import Subject
from visavis_core.service import Forbidden, UnknownAct
from visavis_core.web.pages.frame import ActFrame, frame_of

__all__ = ["FACES", "DossierLine", "face_of", "routes"]

# Who sits beside the patient gets the tablet's face, who advises from afar the desk's; the others see and are seen.
FACES: dict[Role, str] = {
    Role.ON_SITE: "on_site",
    Role.ACCOMPAGNANT: "on_site",
    Role.REQUERANT: "on_site",
    Role.LEARNER: "on_site",
    Role.EXPERT: "expert",
    Role.REQUIS: "expert",
    Role.SUPERVISOR: "expert",
}
NO_SEAT = Decision(allow=False, rule="room.needs_a_seat")
FOR_THE_PATIENT = frozenset({Role.PATIENT, Role.RELATIVE, Role.INTERPRETER})


class DossierLine(msgspec.Struct, frozen=True):
    """One line beside the picture. `what` is a key of the catalogue; an empty `text` was not stated."""

    what: str
    text: str


async def show_room(request: Request) -> Response:
    """`GET /acts/{act}/room`."""
    house, _, act, frame = await enter(request)
    face = face_of(frame.my_role)
    return house.renderer.page(
        request,
        f"room_{face}.html",
        face=face,
        frame=frame,
        dossier=dossier_of(act) if face == "expert" else (),
        may_withdraw=frame.my_role in FOR_THE_PATIENT and frame.may_withdraw,
    )


async def show_frame(request: Request) -> Response:
    """`GET /acts/{act}/room/frame`: the act header and the conformity rail as they stand, for the page to swap in."""
    house, subject, _, frame = await enter(request)
    if subject.kind == "guest":
        raise UnknownAct
    return house.renderer.page(request, "room_frame.html", frame=frame)


async def enter(request: Request) -> tuple[House, Subject, Act, ActFrame]:
    """The act for whoever has a seat in it. A physician who was only asked goes to the act's page first."""
    house = house_of(request)
    subject: Subject | None = getattr(request.state, "subject", None)
    act_id = request.path_params["act"]
    act = await house.practice.check(subject, Verb.READ_SESSION, act_id)
    if subject is None:
        raise UnknownAct
    act = await house.practice.read(subject, act_id)
    frame = frame_of(act, house.practice.sheet(act), subject, house.clock())
    if not frame.me:
        raise Forbidden(NO_SEAT, Verb.READ_SESSION)
    return house, subject, act, frame


def face_of(role: Role | None) -> str:
    return FACES.get(role, "guest") if role is not None else "guest"


def dossier_of(act: Act) -> tuple[DossierLine, ...]:
    """What the expert must not have to ask again."""
    plan = act.plan_b.declared
    lines: dict[str, Any] = {
        "need": act.need.need if act.need else "",
        "expectations": act.need.expectations if act.need else "",
        "briefing": act.briefing.summary if act.briefing else "",
        "place": ", ".join(filter(None, (act.place.establishment, act.place.address, act.place.detail)))
        if act.place
        else "",
        "call_back": act.place.call_back_number if act.place else "",
        "on_site": "\n".join(
            " ".join(filter(None, (person.title, person.given_names, person.family_name)))
            for person in act.participants.values()
            if person.role is not Role.PATIENT and person.role is not Role.EXPERT
        ),
        "plan_b": f"{plan.telephone}\n{plan.procedure}" if plan else "",
    }
    return tuple(DossierLine(what, text) for what, text in lines.items())


routes: list[BaseRoute] = [
    Route("/acts/{act}/room", show_room, name="room"),
    Route("/acts/{act}/room/frame", show_frame, name="room_frame"),
]
