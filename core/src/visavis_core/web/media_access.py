"""Who stands at the media door, and with what: a browser with its cookie, a client with a bearer token.

Knows: how each is read from a request, and what a token is good for. Refuses to know: what the act allows
(`identity.permissions`), and media.
A cookie is good for everything its owner may do. A bearer token is one drawn here (`media_tokens`), good for one act
and one direction, a device's (`device_door`), good for one source of one act, or a guest's, bound to its act by
itself; an account's own token belongs in its cookie.
"""

from __future__ import annotations

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from visavis_core.house import house_of
from visavis_core.identity.device_tokens import is_device_token
from visavis_core.identity.permissions import Verb
from visavis_core.identity.subject import Subject
from visavis_core.web.device_door import device_of
from visavis_core.web.media_problems import Problem
from visavis_core.web.media_tokens import MediaGrant, MediaTokens, TooManyTokens

__all__ = ["Asker", "asker_of", "draw_token", "is_source", "tokens_of"]

VERBS = {"publish": Verb.PUBLISH_MEDIA, "subscribe": Verb.SUBSCRIBE_MEDIA}
MOST_BODY = 4_096


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """`grant` when a drawn token was shown: it narrows what `subject` may do."""

    subject: Subject
    grant: MediaGrant | None = None

    def narrow(self, act: str, direction: str, source: str) -> str:
        """The source of the link: a publisher's token names it. Problem when the token was drawn for something else."""
        grant = self.grant
        if grant is None:
            return source
        if (grant.act, grant.direction) != (act, direction):
            raise Problem(403, "token_for_other_use")
        return grant.source or source


class TokenAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    direction: str
    source: str = ""


async def asker_of(request: Request) -> Asker:
    """Problem 401 when nobody who is known asks."""
    subject: Subject | None = request.state.subject
    if subject is not None:
        return Asker(subject=subject)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        found = await bearer(request, token.strip())
        if found is not None:
            return found
    raise Problem(401, "signed_out")


async def bearer(request: Request, token: str) -> Asker | None:
    if is_device_token(token):
        lent = await device_of(request, token)
        return Asker(subject=lent.subject, grant=lent)
    house = house_of(request)
    grant = tokens_of(request).find(token)
    if grant is not None:
        if grant.subject.kind == "account":
            account = await house.accounts.get(grant.subject.id)
            if account is None or not account.active:
                return None
        return Asker(subject=grant.subject, grant=grant)
    found = await house.sessions.subject(token)
    return Asker(subject=found) if found is not None and found.kind == "guest" else None


async def draw_token(request: Request) -> Response:
    """`POST /media/{act}/tokens` with `{"direction": "publish", "source": "scope"}`: a token for a client of one's own.

    Only with a cookie: a token that could draw others would never end.
    """
    subject: Subject | None = request.state.subject
    if subject is None:
        raise Problem(401, "signed_out")
    act = request.path_params["act"]
    body = await request.body()
    if len(body) > MOST_BODY:
        raise Problem(413, "token_malformed")
    try:
        asked = msgspec.json.decode(body, type=TokenAsked)
    except msgspec.MsgspecError:
        raise Problem(422, "token_malformed") from None
    publishes = asked.direction == "publish"
    if asked.direction not in VERBS or (publishes and not is_source(asked.source)) or (asked.source and not publishes):
        raise Problem(422, "token_malformed")
    await house_of(request).practice.check(subject, VERBS[asked.direction], act)
    try:
        token, grant = tokens_of(request).draw(subject, act, asked.direction, asked.source)
    except TooManyTokens:
        raise Problem(429, "too_many_tokens") from None
    endpoint = f"/media/{act}/whip" if publishes else f"/media/{act}/whep/"
    answer = {"token": token, "endpoint": endpoint, "expires_at": grant.expires_at}
    return Response(msgspec.json.encode(answer), 201, media_type="application/json")


def is_source(name: str) -> bool:
    return 1 <= len(name) <= 100 and name.isprintable()


def tokens_of(request: HTTPConnection) -> MediaTokens:
    """The app's tokens, made with the first request."""
    state = request.app.state
    if not hasattr(state, "media_tokens"):
        state.media_tokens = MediaTokens(house_of(request).clock)
    tokens: MediaTokens = state.media_tokens
    return tokens
