"""What every answer carries and every request must show, before any handler runs. Pure ASGI.

Knows: the response headers (CSP and its kin), the size of bodies, same-origin for whatever changes something or opens a
WebSocket, and whose cookie this is.
Refuses to know: what the subject may do (`identity.decide`) and what the handlers say.

Same-origin by `Sec-Fetch-Site` and `Origin` rather than by tokens in forms: browsers set both, pages cannot forge them,
and a form needs nothing hidden in it. The cookie is `SameSite=Lax` besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visavis_core.deployment import Deployment
from visavis_core.identity.sessions import COOKIE, Sessions
from visavis_core.store.faults import StoreFault
from visavis_core.web.refusals import PLAIN_REFUSALS, refuse_plainly

__all__ = ["BodyLimit", "BodyTooLarge", "Security", "cookie_header", "cookie_name", "expire_cookie_header"]

log = structlog.get_logger(__name__)

KIB = 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",  # the same origin's ws:/wss: included (CSP3 §6.7.2.8)
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
    "X-Content-Type-Options": "nosniff",
    # An act's id in an address must not travel to another site.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class BodyLimit(msgspec.Struct, frozen=True, kw_only=True):
    """The largest body under a path, in bytes."""

    contains: str
    limit: int


BODY_LIMITS: Sequence[BodyLimit] = (
    BodyLimit(contains="/stills", limit=64 * 1024 * KIB),
    BodyLimit(contains="/documents", limit=64 * 1024 * KIB),
    BodyLimit(contains="/media/", limit=64 * KIB),
    BodyLimit(contains="/login", limit=8 * KIB),
    BodyLimit(contains="/join/", limit=8 * KIB),
)
USUAL_BODY_LIMIT = 512 * KIB


class BodyTooLarge(Exception):  # noqa: N818 -- an answer (413), not an error of the program
    """Raised from `receive` when a body without a declared length passes its limit."""


class Security:
    """Middleware around the whole app. `sessions` is found in the app's house once it has opened."""

    def __init__(self, app: ASGIApp, *, deployment: Deployment) -> None:
        self._app = app
        self._name = cookie_name(deployment)
        self._own_host = urlsplit(deployment.site.public_url).netloc
        self._https = deployment.site.public_url.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            if not self._comes_from_us(headers, must_show=True):
                await _refuse_websocket(receive, send)
                return
        else:
            send = self._with_headers(scope, send)
            code = self._fault_of(scope, headers)
            if code is not None:
                await refuse_plainly(code)(scope, receive, send)
                return
            receive = _bounded(receive, _limit_for(scope["path"]))
        token = _cookie(headers, self._name)
        state = scope.setdefault("state", {})
        state["token"] = token
        try:
            state["subject"] = await self._subject(scope, token)
        except StoreFault as fault:
            await _answer_fault(fault, scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except BodyTooLarge:
            await refuse_plainly("body_too_large")(scope, receive, send)

    async def _subject(self, scope: Scope, token: str) -> Any:
        # Static files are the same for everybody; asking the store who wants a stylesheet would only slow pages down.
        if not token or scope["path"].startswith("/static/"):
            return None
        sessions: Sessions = scope["app"].state.house.sessions
        return await sessions.subject(token)

    def _fault_of(self, scope: Scope, headers: Headers) -> str | None:
        if scope["method"] not in SAFE_METHODS and not self._comes_from_us(headers, must_show=False):
            return "cross_site"
        declared = headers.get("content-length", "0")
        if not declared.isdecimal():
            return "bad_length"
        return "body_too_large" if int(declared) > _limit_for(scope["path"]) else None

    def _comes_from_us(self, headers: Headers, *, must_show: bool) -> bool:
        """A browser always says where an unsafe request comes from; a tool (WHIP encoder, script) says nothing.

        Silence is accepted for HTTP, because a browser cannot be made silent and a tool carries no cookie of a victim.
        """
        site = headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        if origin is None:
            return not must_show or site == "same-origin"
        host = urlsplit(origin).netloc
        return bool(host) and host in (headers.get("host", ""), self._own_host)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._https:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return send_with_headers


def cookie_name(deployment: Deployment) -> str:
    """`__Host-` binds a cookie to this host, `/` and Secure (RFC 6265bis §4.1.3.2); plain http cannot carry it."""
    return COOKIE if deployment.secure else COOKIE.removeprefix("__Host-")


def cookie_header(deployment: Deployment, token: str) -> str:
    secure = "; Secure" if deployment.secure else ""
    return f"{cookie_name(deployment)}={token}; Path=/; HttpOnly; SameSite=Lax{secure}"


def expire_cookie_header(deployment: Deployment) -> str:
    return cookie_header(deployment, "") + "; Max-Age=0"


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _limit_for(path: str) -> int:
    return next((limit.limit for limit in BODY_LIMITS if limit.contains in path), USUAL_BODY_LIMIT)


def _bounded(receive: Receive, limit: int) -> Receive:
    """`receive` that stops counting politely once a body without a declared length is too large."""
    taken = 0

    async def receive_bounded() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge
        return message

    return receive_bounded


async def _answer_fault(fault: StoreFault, scope: Scope, receive: Receive, send: Send) -> None:
    """Who is asking cannot be read: said in plain words, because a page of ours would ask the store again."""
    log.error("web.store_fault", code=fault.code)
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.close", "code": 1011})
        return
    await refuse_plainly("not_recording")(scope, receive, send)


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect
    await send({"type": "websocket.close", "code": 4403, "reason": PLAIN_REFUSALS["cross_site"].message.en})
