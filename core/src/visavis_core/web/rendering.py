"""Draws a page: one environment of templates, one page function, the same furniture everywhere.

Knows: Jinja2 with escaping always on, the reader's language, first-party icons, addresses of static files by content.
Refuses to know: what a page says; the pages bring their templates and their views.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse
from visavis_sdk.text import Language, Text

from visavis_core.locale import LANGUAGES, Formats, Messages, catalogue, negotiate

__all__ = ["LANGUAGE_COOKIE", "Renderer", "language_of"]

LANGUAGE_COOKIE = "visavis_language"
WEB = Path(str(files(__package__)))
STATIC = WEB / "static"


def language_of(request: Request) -> Language:
    """The language this request is answered in: the switch's cookie, else `Accept-Language`, else French."""
    return negotiate(request.headers.get("accept-language", ""), request.cookies.get(LANGUAGE_COOKIE, ""))


class Renderer:
    """One per process. `zone` is the deployment's IANA time zone; `demo` puts the banner on every page."""

    def __init__(self, *, zone: str = "UTC", demo: bool = False, clock: Callable[[], str]) -> None:
        self.zone = zone
        self.demo = demo
        self._clock = clock
        self.version = fingerprint(STATIC)
        self._environment = Environment(
            loader=FileSystemLoader(WEB / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=200,
        )
        self._environment.globals.update(icon=icon, asset=self.asset, languages=LANGUAGES)

    def asset(self, path: str) -> str:
        """Address of a static file that changes when any static file does, so that browsers may keep it for ever.

        One version for the whole tree rather than one per file: an ES module imports its neighbours by relative
        address, and those must change together with it.
        """
        return f"/static/~{self.version}/{path}"

    def messages(self, request: Request) -> Messages:
        return catalogue(language_of(request))

    def formats(self, request: Request) -> Formats:
        return Formats(language_of(request), self.zone)

    def page(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The whole page. Templates find `t`, `text`, `date`, `short`, `hour`, `number`, `duration`, `age`, `icon`,
        `asset`, `language`, `subject`, `path`, `now`, `zone` and `demo`; a name nobody gave stops the page
        (StrictUndefined).
        """
        language = language_of(request)
        words, formats, now = catalogue(language), Formats(language, self.zone), self._clock()
        furniture: dict[str, Any] = {
            "t": words,
            "text": words.text,
            "date": formats.date,
            "short": formats.short,
            "hour": formats.hour,
            "number": formats.number,
            "duration": formats.duration,
            "age": functools.partial(formats.age, now=now),
            "language": language,
            "subject": getattr(request.state, "subject", None),
            "path": request.url.path,
            "now": now,
            "zone": self.zone,
            "demo": self.demo,
        }
        html = self._environment.get_template(template).render(furniture | context)
        # A page shows a patient's data: no shared or disk cache may keep it, and the back button asks again.
        headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language, Cookie"}
        return HTMLResponse(html, status_code=status, headers=headers)


@functools.cache
def _drawing(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise LookupError(name)
    drawing = (STATIC / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")]


def icon(name: str, label: str | Text = "") -> Markup:
    """One of our icons, in the page itself. Without `label` it is decoration and screen readers pass over it."""
    named = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    # Our own files, read from the package: safe to put in the page as they are.
    return Markup('<svg class="icon" viewBox="0 0 24 24" focusable="false" {}>{}</svg>').format(
        named,
        Markup(_drawing(name)),  # noqa: S704 -- first-party drawing from the package, never a person's input
    )


def fingerprint(folder: Path) -> str:
    """First 12 hexadecimal digits of the SHA-256 over every file's path and content, in order."""
    digest = hashlib.sha256()
    for file in sorted(found for found in folder.rglob("*") if found.is_file()):
        digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
