"""The explicit choice of language, kept in a cookie of this browser.

Knows: which languages exist and how to come back to the page the reader was on.
Refuses to know: accounts; a shared tablet keeps the choice of whoever holds it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from visavis_core.locale import negotiate
from visavis_core.web.rendering import LANGUAGE_COOKIE

__all__ = ["local_path", "routes"]

_A_YEAR = 365 * 86_400


def local_path(wanted: str) -> str:
    """`wanted` when it is a path of this app, else home: a link elsewhere must not send a clinician away."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if safe and len(wanted) <= 500 else "/"


async def choose_language(request: Request) -> Response:
    """`POST /language`: fields `language` and `next`."""
    form = await request.form(max_files=0, max_fields=4)
    language = negotiate("", str(form.get("language", "")))
    answer = RedirectResponse(local_path(str(form.get("next", "/"))), status_code=303)
    answer.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_A_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return answer


routes = [Route("/language", choose_language, methods=["POST"], name="language")]
