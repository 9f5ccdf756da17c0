"""A small house for the room's tests: the real practice and rooms, a journal and blobs in memory, people by cookie."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from visavis_core.acts import commands as c
from visavis_core.deployment import Deployment
from visavis_core.identity.subject import ProfessionalIdentity, Subject
from visavis_core.moments import later
from visavis_core.plugins.catalogue import Catalogue
from visavis_core.service import Practice
from visavis_core.session.room import people, sources
from visavis_core.session.rooms import Rooms
from visavis_core.store.faults import BlobMismatch
from visavis_core.trace.faults import Conflict, UnknownActRecord
from visavis_core.trace.journal import ActHead, Draft
from visavis_core.web import room, signalling, stills
from visavis_core.web.errors import handlers
from visavis_core.web.pages import static
from visavis_core.web.rendering import Renderer
from visavis_sdk.events import Recorded
from visavis_sdk.vocabulary import ActKind, ConsentChannel, ConsentGiver

NURSE = Subject(
    kind="account",
    id="acc_nurse",
    system_roles=("clinician",),
    identity=ProfessionalIdentity(
        family_name="Tremblay",
        given_names="Rose",
        title="Mme",
        profession="nurse",
        establishment="CLSC des Rives",
        contact="+1 418 555 0101",
        identifier_system="OIIQ",
        identifier="67890",
    ),
)
PHYSICIAN = Subject(
    kind="account",
    id="acc_md",
    system_roles=("clinician",),
    identity=ProfessionalIdentity(
        family_name="Nguyen",
        given_names="Anh",
        title="Dre",
        profession="physician",
        specialty="plaies",
        establishment="CHU du Fleuve",
        contact="+1 418 555 0100",
        identifier_system="CMQ",
        identifier="12345",
    ),
)
STRANGER = Subject(kind="account", id="acc_other", system_roles=("clinician",))
EVERYBODY = {"nurse": NURSE, "md": PHYSICIAN, "stranger": STRANGER}


class Clock:
    """Wall time that moves one second at each reading, so that events sort, and steady time moved by hand."""

    def __init__(self) -> None:
        self.at = "2026-11-23T14:05:00.000000Z"
        self.steady = 1000.0

    def __call__(self) -> str:
        self.at = later(self.at, 1)
        return self.at

    def monotonic(self) -> float:
        return self.steady


class Ids:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count:04d}"


class Memory:
    """A journal that keeps acts in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Recorded]] = {}

    async def append(self, act: str, expected_n: int, drafts: Sequence[Draft]) -> tuple[Recorded, ...]:
        known = self.kept.setdefault(act, [])
        if len(known) != expected_n:
            raise Conflict(act, expected_n, len(known))
        recorded = tuple(
            Recorded(act=act, n=expected_n + i, at=d.at, actor=d.actor, body=d.body, cause=d.cause)
            for i, d in enumerate(drafts)
        )
        known.extend(recorded)
        return recorded

    async def read(self, act: str) -> tuple[Recorded, ...]:
        if act not in self.kept:
            raise UnknownActRecord(act)
        return tuple(self.kept[act])

    async def acts(self) -> tuple[ActHead, ...]:
        return ()


class Shelf:
    """Blobs in memory, as strict about hashes as the real ones."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, act: str, chunks: AsyncIterator[bytes], *, sha256: str, **_: Any) -> Any:
        content = b"".join([chunk async for chunk in chunks])
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BlobMismatch
        self.kept[sha256] = content
        return SimpleNamespace(size=len(content))

    async def get(self, act: str, sha256: str) -> AsyncIterator[bytes]:
        yield self.kept[sha256]


class Media:
    """Remembers what it was told to close."""

    def __init__(self) -> None:
        self.closed_sessions: list[str] = []
        self.closed_links: list[str] = []

    async def close_session(self, session: str) -> None:
        self.closed_sessions.append(session)

    async def close_link(self, link: str) -> None:
        self.closed_links.append(link)


class Tokens:
    """Sign-ins whose token is the name of the person; `gone` are those that were closed."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.asked = 0

    async def subject(self, token: str) -> Subject | None:
        self.asked += 1
        return None if token in self.gone else EVERYBODY.get(token)


class House:
    """The parts, and the steps that bring an act to a live session."""

    def __init__(self, media: Any = None, monotonic: Callable[[], float] | None = None) -> None:
        self.clock, self.ids, self.journal = Clock(), Ids(), Memory()
        self.blobs, self.media = Shelf(), media or Media()
        self.sessions = Tokens()
        self.deployment = Deployment()
        self.practice = Practice(
            journal=self.journal,
            catalogue=Catalogue(),
            clock=self.clock,
            ids=self.ids,
            jurisdictions=("quebec",),
        )
        self.rooms = Rooms(self.practice, self.media, self.clock, self.ids, monotonic or self.clock.monotonic)
        self.renderer = Renderer(zone="America/Montreal", clock=self.clock)

    async def open_act(self, *, live: bool = True) -> str:
        """A téléassistance with nurse, physician and patient, consent given; its session open when `live`."""
        await self.practice.index()
        act = (await self.practice.open_act(NURSE, c.OpenAct(kind=ActKind.TELEASSISTANCE))).act.id
        for subject, command in preparation():
            await self.practice.perform(subject, act, command)
        if live:
            await self.practice.perform(NURSE, act, c.StartSession())
        return act

    def renewed(self, media: Any) -> House:
        """What a restart of the process leaves: the journal and the blobs. Everything else is new."""
        again = House(media)
        again.journal, again.blobs, again.clock, again.ids = self.journal, self.blobs, self.clock, self.ids
        again.practice = Practice(
            journal=again.journal,
            catalogue=Catalogue(),
            clock=again.clock,
            ids=again.ids,
            jurisdictions=("quebec",),
        )
        again.rooms = Rooms(again.practice, media, again.clock, again.ids)
        return again

    async def bodies(self, act: str) -> list[str]:
        """The names of the act's events, as they stand on disk."""
        return [type(recorded.body).__name__ for recorded in await self.journal.read(act)]


def preparation() -> list[tuple[Subject, c.Command]]:
    return [
        (
            NURSE,
            c.IdentifyPatient(
                family_name="Gagnon",
                given_names="Louise",
                birth_date="1948-02-11",
                sex="female",
                method="health_card",
            ),
        ),
        (NURSE, c.StateNeed(need="Plaie du talon droit qui s'étend", expectations="Conduite à tenir")),
        (
            NURSE,
            c.StatePlace(
                establishment="CLSC des Rives", address="12, rue du Fleuve", call_back_number="+1 418 555 0142"
            ),
        ),
        (NURSE, c.DeclarePlanB(telephone="+1 418 555 0199", procedure="Appeler le poste, puis envoyer des photos.")),
        (
            NURSE,
            c.GiveInformation(text_id="qc-consent", text_version="1", text_sha256="a" * 64, language="fr"),
        ),
        (
            NURSE,
            c.GiveConsent(
                to_remote_professional=True,
                to_technology=True,
                channel=ConsentChannel.ORAL,
                given_by=ConsentGiver.PATIENT,
                text_id="qc-consent",
                text_version="1",
                text_sha256="a" * 64,
                language="fr",
            ),
        ),
        (NURSE, c.RequestAssistance(specialty="plaies")),
        (PHYSICIAN, c.JoinAsExpert()),
    ]


def people_of(rooms: Rooms, act: str) -> tuple[Any, ...]:
    """Everybody of a room as its screens name them."""
    state = rooms.state_of(act)
    assert state is not None
    return people(state)


def sources_of(rooms: Rooms, act: str) -> tuple[Any, ...]:
    """Every published stream of a room with its verdict."""
    state = rooms.state_of(act)
    assert state is not None
    return sources(state)


class WhoIsIt:
    """Stands in for sign-in: the cookie `who` names the person."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            cookies = dict(scope["headers"]).get(b"cookie", b"").decode()
            who = dict(part.strip().split("=", 1) for part in cookies.split(";") if "=" in part).get("who", "")
            scope.setdefault("state", {}).update(subject=EVERYBODY.get(who), token=who)
        await self.app(scope, receive, send)


def app_of(house: House, *more: Any) -> Any:
    app = Starlette(
        routes=[*room.routes, *signalling.routes, *stills.routes, *static.routes, *more],
        exception_handlers=dict(handlers),
    )
    app.state.house = house
    return WhoIsIt(app)
