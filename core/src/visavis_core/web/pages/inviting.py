"""Inviting somebody without an account by a single-use link.

Knows: which roles may be invited on which side, and that the link is shown once, to who asked for it.
Refuses to know: the token's making and its end (`identity.invitations`).
"""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from visavis_sdk.vocabulary import Role, Side

from visavis_core.acts import commands as c
from visavis_core.acts.roles import INVITABLE
from visavis_core.identity.invitations import InvitationMade
from visavis_core.service import Refused
from visavis_core.web.forms import Choice, Field, Problem, read_answers
from visavis_core.web.pages.steps.ask import one
from visavis_core.web.pages.steps.people import side_of
from visavis_core.web.pages.visit import CAUSE, Visit, problems_of_refusal, signed_in, visit

__all__ = ["InvitingPage", "routes"]


class InvitingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`link` is the whole address, shown once; "" before. `pending` are the names of links not yet used."""

    fields: tuple[Field, ...]
    problems: tuple[Problem, ...]
    link: str
    expires_at: str
    pending: tuple[str, ...]
    may: bool


def draw(
    seen: Visit,
    *,
    role: str = "",
    name: str = "",
    quality: str = "",
    problems: tuple[Problem, ...] = (),
    link: str = "",
    expires_at: str = "",
) -> Response:
    words, side = seen.scene.words, side_of(seen.scene)
    roles = tuple(role for role, sides in INVITABLE.items() if side in sides)
    wrong = {problem.field: problem.message for problem in problems}
    view = InvitingPage(
        fields=(
            Field(
                name="name",
                id="name",
                kind="line",
                label=words("invite.name"),
                chosen=(name,),
                longest=100,
                required=True,
                error=wrong.get("name", ""),
            ),
            Field(
                name="role",
                id="role",
                kind="choice",
                label=words("ask.person.role.label"),
                chosen=(role,),
                options=tuple(Choice(value=known, label=words(f"role.{known}").capitalize()) for known in roles),
                required=True,
                across=True,
                error=wrong.get("role", ""),
            ),
            Field(
                name="quality",
                id="quality",
                kind="line",
                label=words("invite.quality"),
                help=words("invite.quality_help"),
                chosen=(quality,),
                longest=100,
                required=True,
                error=wrong.get("quality", ""),
            ),
        ),
        problems=problems,
        link=link,
        expires_at=expires_at,
        pending=tuple(
            invited.display_name
            for id, invited in seen.act.invitations.items()
            if id not in seen.act.participants and invited.expires_at > seen.scene.now
        ),
        may=seen.may(c.IssueInvitation),
    )
    return seen.page("invite.html", status=422 if problems else 200, view=view)


@signed_in
async def show_inviting(request: Request) -> Response:
    return draw(await visit(request))


@signed_in
async def invite(request: Request) -> Response:
    """`POST …/invitations`: answers with the link itself rather than a redirect: an address must not carry it."""
    seen = await visit(request)
    answers = await read_answers(request)
    name, role, side = one(answers, "name")[:100], one(answers, "role"), side_of(seen.scene)
    quality = one(answers, "quality")[:100]
    problems = [
        Problem(field=field, message=seen.scene.words("field.wrong.required"), address=f"#{field}")
        for field, said in (("name", name), ("quality", quality))
        if not said
    ]
    if role not in {known for known, sides in INVITABLE.items() if side in sides}:
        problems.append(Problem(field="role", message=seen.scene.words("field.wrong.choose"), address="#role"))
    if problems:
        return draw(seen, role=role, name=name, quality=quality, problems=tuple(problems))
    try:
        invitation = await seen.house.invitations.issue(
            seen.subject,
            seen.act.id,
            role=Role(role),
            side=Side(side),
            display_name=name,
            quality=quality,
            cause=one(answers, CAUSE),
        )
    except Refused as refused:
        told = problems_of_refusal(seen, refused.refusal)
        return draw(seen, role=role, name=name, quality=quality, problems=told)
    except InvitationMade:
        made = Problem(field="", message=seen.scene.words("invite.already_made"))
        return draw(seen, role=role, name=name, quality=quality, problems=(made,))
    link = seen.house.deployment.site.public_url + invitation.path
    return draw(await visit(request), link=link, expires_at=invitation.expires_at)


routes = [
    Route("/acts/{act}/invitations", show_inviting, methods=["GET"], name="inviting"),
    Route("/acts/{act}/invitations", invite, methods=["POST"]),
]
