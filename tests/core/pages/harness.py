"""The pages in a real house: journal on disk, practice, catalogue; only signing in is replaced, by a header.

Who is asking comes from `x-reader`, because sign-in has tests of its own and these are about what a reader sees.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
from starlette.applications import Starlette
from visavis_core.demo import demo_deployment
from visavis_core.documents.pdf import Printer
from visavis_core.holdings import open_holdings
from visavis_core.identity.device_tokens import DeviceTokens
from visavis_core.identity.invitations import Invitations
from visavis_core.identity.limits import Limits
from visavis_core.identity.sessions import SessionLimits, Sessions
from visavis_core.identity.subject import ADMIN, CLINICIAN, ProfessionalIdentity, Subject
from visavis_core.plugins.loading import load_plugins
from visavis_core.service import Practice
from visavis_core.web.errors import handlers
from visavis_core.web.pages import routes
from visavis_core.web.rendering import Renderer

NURSE = Subject(
    kind="account",
    id="acc_nurse",
    identity=ProfessionalIdentity(
        family_name="Tremblay",
        given_names="Rose",
        title="Mme",
        profession="nurse",
        specialty="soins de plaies",
        establishment="CLSC des Érables",
        contact="418 555-0143",
    ),
    system_roles=(CLINICIAN,),
)
PHYSICIAN = Subject(
    kind="account",
    id="acc_physician",
    identity=ProfessionalIdentity(
        family_name="Lavoie",
        given_names="Hélène",
        title="Dre",
        profession="physician",
        specialty="chirurgie plastique",
        establishment="CHU de la Rive",
        contact="418 555-0177",
        identifier_system="CMQ",
        identifier="98765",
    ),
    system_roles=(CLINICIAN,),
)
LATE_PHYSICIAN = msgspec.structs.replace(PHYSICIAN, id="acc_late")
ADMINISTRATOR = Subject(kind="account", id="acc_admin", system_roles=(ADMIN,), display_name="Intendance")
READERS = {"nurse": NURSE, "physician": PHYSICIAN, "admin": ADMINISTRATOR, "late": LATE_PHYSICIAN}


class TickingClock:
    """Each reading is one second later, so that the order of events is the order of the story."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 23, 18, 5, tzinfo=UTC)

    def __call__(self) -> str:
        self.wall += timedelta(seconds=1)
        return self.wall.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class CountedIds:
    def __init__(self) -> None:
        self.last = 0

    def __call__(self, prefix: str) -> str:
        self.last += 1
        return f"{prefix}_{self.last:04d}"


class NameReader:
    """Puts the reader named by the `x-reader` header where sign-in would put them."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            name = headers.get(b"x-reader", b"").decode()
            cookies = headers.get(b"cookie", b"").decode()
            name = name or next((r for r in READERS if f"reader={r}" in cookies), "")
            scope.setdefault("state", {})["subject"] = READERS.get(name)
        await self._app(scope, receive, send)


@asynccontextmanager
async def open_house(folder: Path, clock: Callable[[], str]) -> AsyncIterator[Any]:
    """A house on disk with the packs and forms that ship with visavis; only media and rooms stay closed."""
    deployment = demo_deployment(folder, host="127.0.0.1", port=0)
    plugins = load_plugins(
        deployment.plugins,
        languages=deployment.site.languages,
        jurisdictions=deployment.site.jurisdictions,
        on_failure=_fail,
    )
    ids = CountedIds()
    async with open_holdings(deployment, clock) as holdings:
        practice = Practice(
            journal=holdings.journal,
            catalogue=plugins.catalogue,
            clock=clock,
            ids=ids,
            jurisdictions=deployment.site.jurisdictions,
            judge=plugins.judge,
        )
        await practice.index()
        limits = SessionLimits(idle=1800, absolute=14_400, guest=14_400)
        sessions = Sessions(store=holdings.store, clock=clock, limits=limits)
        printer = Printer()
        try:
            yield SimpleNamespace(
                practice=practice,
                catalogue=plugins.catalogue,
                plugins=plugins,
                holdings=holdings,
                journal=holdings.journal,
                blobs=holdings.blobs,
                invitations=Invitations(store=holdings.store, practice=practice, sessions=sessions, clock=clock),
                device_tokens=DeviceTokens(holdings.identity_key, clock),
                deployment=deployment,
                renderer=Renderer(zone=deployment.site.zone, demo=True, clock=clock),
                exports=asyncio.Semaphore(1),
                limits=Limits(time.monotonic),
                printer=printer,
                clock=clock,
                ids=ids,
            )
        finally:
            practice.close()
            await printer.close()


def _fail(failure: object) -> None:
    raise AssertionError(failure)


def app_of(house: Any) -> Any:
    app = Starlette(routes=list(routes), exception_handlers=dict(handlers))
    app.state.house = house
    return NameReader(app)


def reader(house: Any, name: str, language: str = "fr") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app_of(house)),
        base_url="http://clinique.example",
        headers={"x-reader": name, "accept-language": language, "accept": "text/html"},
    )
