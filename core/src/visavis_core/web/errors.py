"""What went wrong, answered to whoever asked: a page for people, problem details for programs.

Knows: which exception of the house means which status, and that an unforeseen one is logged by class and place only.
Refuses to know: exception texts, in answers and in logs alike: they may quote a patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visavis_core.house import house_of
from visavis_core.logs import place_of
from visavis_core.service import Forbidden, Refused, UnknownAct
from visavis_core.store.faults import StoreFault, WriteFailed
from visavis_core.trace.faults import ActFull, Conflict, JournalStopped, RecordTooLarge, TraceFault
from visavis_core.web.refusals import PLAIN_REFUSALS, Problem, problem, refuse_plainly
from visavis_core.web.rendering import language_of
from visavis_core.web.security import BodyTooLarge

__all__ = ["Faults", "answer_fault", "handlers", "refuse"]

log = structlog.get_logger(__name__)

_BY_STATUS = {401: "signed_out", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_CODES: Mapping[type[Exception], str] = {
    Forbidden: "forbidden",
    UnknownAct: "not_found",
    Conflict: "conflict",
    JournalStopped: "not_recording",
    WriteFailed: "not_recording",
}
_TOO_LARGE = (RecordTooLarge, ActFull)
_PROGRAM_PATHS = ("/api/", "/media/", "/messages/", "/metrics", "/healthz", "/readyz")


def refuse(
    request: Request, code: str, *, missing: tuple[str, ...] = (), details: tuple[str, ...] = (), back: str = ""
) -> Response:
    """One of `PLAIN_REFUSALS`, as a page or as problem details."""
    plain = PLAIN_REFUSALS[code]
    language = language_of(request)
    title = plain.message.in_language(language)
    return _answer(request, plain.status, code, title, missing=missing, details=details, back=back)


async def answer_fault(request: Request, error: Exception) -> Response:
    """The handler of every exception the house foresees."""
    language = language_of(request)
    match error:
        case Refused(refusal=refusal):
            words = refusal.message.in_language(language)
            return _answer(request, 422, refusal.code, words, missing=refusal.missing)
        case Forbidden() if getattr(request.state, "subject", None) is None:
            return _sign_in_first(request)
        case HTTPException(status_code=status):
            if status == 401:
                return _sign_in_first(request)
            code = _BY_STATUS.get(status)
            if code is None:
                return _answer(request, status, f"http_{status}", error.detail)
            return refuse(request, code)
        case RecordTooLarge() | ActFull():
            return _answer(request, 413, error.code, error.message.in_language(language))
        case _ if type(error) in _CODES:
            return refuse(request, _CODES[type(error)])
        case TraceFault() | StoreFault():
            log.error("web.store_fault", code=error.code)
            return _answer(request, 500, error.code, error.message.in_language(language))
        case _:
            return refuse(request, "failed")


handlers: Mapping[Any, Any] = dict.fromkeys(
    (HTTPException, Refused, Forbidden, UnknownAct, TraceFault, StoreFault), answer_fault
)


class Faults:
    """Pure ASGI, inside `Security` and around it: nothing unforeseen reaches the server, which would log its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] in ("http.response.start", "websocket.accept")
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except BodyTooLarge:
            raise
        except Exception as error:  # noqa: BLE001 -- the last door: whatever a handler raised is answered in words
            log.error("web.failed", error=type(error).__name__, where=place_of(error))
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})
            elif not started:
                await _last_answer(scope)(scope, receive, send)


def _last_answer(scope: Scope) -> Response:
    request = Request(scope)
    try:
        return refuse(request, "failed")
    except Exception as error:  # noqa: BLE001 -- when even the error page fails, the plain words remain
        log.error("web.error_page_failed", error=type(error).__name__, where=place_of(error))
        return refuse_plainly("failed")


def _sign_in_first(request: Request) -> Response:
    if _wants_page(request):
        after = request.url.path if request.method in ("GET", "HEAD") else "/"
        return RedirectResponse(f"/login?next={quote(after)}", status_code=303)
    return refuse(request, "signed_out")


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_PROGRAM_PATHS)


def _answer(
    request: Request,
    status: int,
    code: str,
    words: str,
    *,
    missing: tuple[str, ...] = (),
    details: tuple[str, ...] = (),
    back: str = "",
) -> Response:
    if not _wants_page(request):
        return problem(Problem(status=status, code=code, title=words, missing=missing, fields=details))
    renderer = house_of(request).renderer
    messages = renderer.messages(request)
    known = status in (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503)
    # A refusal of the house has words of its own; the usual statuses have better ones in the catalogue.
    own = code not in PLAIN_REFUSALS
    return renderer.page(
        request,
        "error.html",
        status=status,
        status_code=status,
        title=messages(f"error.title.{status}") if known else words,
        message=words if own or not known else messages(f"error.message.{status}"),
        code=code,
        back=back,
        details=(*details, *missing),
    )
