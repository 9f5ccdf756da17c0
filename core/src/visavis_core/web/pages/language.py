"""The explicit choice of language, kept in a cookie of this browser.

Knows: which languages exist and how to come back to the page the reader was on.
Refuses to know: accounts; a shared tablet keeps the choice of whoever holds it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from visavis_sdk.text import Text

from visavis_core.acts.decide import Refusal
from visavis_core.locale import LANGUAGES
from visavis_core.service import Refused
from visavis_core.web.rendering import LANGUAGE_COOKIE

__all__ = ["local_path", "routes"]

_A_YEAR = 365 * 86_400
_UNKNOWN = Refusal(
    code="language_unknown",
    message=Text(
        fr="visavis parle français et anglais. Revenez en arrière et choisissez l’une de ces langues.",
        en="visavis speaks French and English. Go back and choose one of these languages.",
    ),
)


def local_path(wanted: str) -> str:
    """`wanted` when it is a path of this app, else home: a link elsewhere must not send a clinician away."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if safe and len(wanted) <= 500 else "/"


async def choose_language(request: Request) -> Response:
    """`POST /language`: fields `language` and `next`. A language we do not speak changes nothing: 422."""
    form = await request.form(max_files=0, max_fields=4)
    language = str(form.get("language", ""))
    if language not in LANGUAGES:
        raise Refused(_UNKNOWN)
    answer = RedirectResponse(local_path(str(form.get("next", "/"))), status_code=303)
    answer.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_A_YEAR, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return answer


routes = [Route("/language", choose_language, methods=["POST"], name="language")]
