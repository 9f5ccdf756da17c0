"""Our own files: style, scripts, icons, and a script's share of the messages.

Knows: a file asked for under the current version may be kept for ever; under its bare name it is asked for again.
Refuses to know: any file outside the package's `static` folder.
"""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from visavis_sdk.text import Text

from visavis_core.locale import LANGUAGES, catalogue
from visavis_core.web.rendering import STATIC

__all__ = ["routes"]

_VERSIONED = re.compile(r"^~([0-9a-f]{12})/")
_FOR_EVER = "public, max-age=31536000, immutable"


class VersionedFiles(StaticFiles):
    """Starlette's static files, with our version in the path taken off before looking."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        version = _VERSIONED.match(path)
        response = await super().get_response(_VERSIONED.sub("", path), scope)
        current = version is not None and version[1] == scope["app"].state.house.renderer.version
        # An old version's address still answers (a page opened before an upgrade) but must not be kept.
        response.headers["Cache-Control"] = _FOR_EVER if current else "no-cache"
        return response


async def messages(request: Request) -> Response:
    """`GET /messages/{language}/{area}.json`: one area of the catalogue, for the scripts of a page."""
    for language in LANGUAGES:
        if language == request.path_params["language"]:
            found = catalogue(language).area(request.path_params["area"])
            if found:
                headers = {"Cache-Control": "no-cache"}
                return Response(msgspec.json.encode(found), media_type="application/json", headers=headers)
    missing = {"code": "unknown_messages", "message": Text("Ce texte n’existe pas.", "There is no such text.").fr}
    return Response(msgspec.json.encode(missing), status_code=404, media_type="application/json")


routes = [
    Mount("/static", VersionedFiles(directory=STATIC), name="static"),
    Route("/messages/{language}/{area}.json", messages, name="messages"),
]
