"""The media door with a tiny practice behind it: one act, two people, a guest, and switches for what may go wrong."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from visavis_core.acts.author import Refusal
from visavis_core.acts.commands.house import OpenLink
from visavis_core.deployment import Deployment, Media, Turn
from visavis_core.identity.permissions import Decision, Verb
from visavis_core.identity.subject import Subject
from visavis_core.secret import Secret
from visavis_core.service import Forbidden, Refused, UnknownAct
from visavis_core.web.whip import routes
from visavis_media.control import MediaControl
from visavis_media.testing import OfferedTrack, SyntheticPeer, pack_rtp
from visavis_sdk.events import Actor, Event, Recorded
from visavis_sdk.text import Text

__all__ = ["AUDIO", "FRAGMENT", "OFFER", "PATCHES", "RELAY", "Door", "door", "peer", "talk"]

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
NURSE = Subject(kind="account", id="acc-nurse")
PHYSICIAN = Subject(kind="account", id="acc-physician")
STRANGER = Subject(kind="account", id="acc-stranger")
GUEST = Subject(kind="guest", id="guest-1", act="act-1", participant="guest-1")
PEOPLE = {subject.id: subject for subject in (NURSE, PHYSICIAN, STRANGER)}
RELAY = Turn(url="turns:relay.example.org:443?transport=tcp", secret=Secret("shared"))
OFFER = {"Content-Type": "application/sdp"}
PATCHES = "application/trickle-ice-sdpfrag"
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


class TinyAct:
    id = "act-1"
    session = "ses-1"

    def participant_of(self, account: str) -> str:
        return {"acc-nurse": "par-nurse", "acc-physician": "par-physician"}.get(account, "")


class TinyPractice:
    """One act, two participants, a guest; and a switch for consent."""

    def __init__(self) -> None:
        self.act = TinyAct()
        self.consent = True
        self.refusing = False
        self.performed: list[OpenLink] = []
        self.listeners: list[Any] = []

    def listen(self, listener: Any) -> None:
        self.listeners.append(listener)

    def records(self, body: Event) -> None:
        at, actor = "2026-11-23T14:05:00.000000Z", Actor(kind="account", id="acc-nurse")
        for listener in self.listeners:
            listener((Recorded(act="act-1", n=9, at=at, actor=actor, body=body),))

    async def check(self, subject: Subject, verb: Verb, act_id: str) -> TinyAct:
        known = subject.kind == "guest" or self.act.participant_of(subject.id)
        if act_id != self.act.id or not known:
            raise UnknownAct
        if not self.consent:
            raise Forbidden(Decision(allow=False, rule="consent_does_not_stand"), verb)
        return self.act

    async def perform(self, _subject: Subject, _act_id: str, command: OpenLink) -> None:
        if self.refusing:
            raise Refused(Refusal(code="source_withheld", message=Text(fr="Source exclue.", en="Source withheld.")))
        self.performed.append(command)


class TinyRooms:
    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def source_published(self, *what: str) -> None:
        self.told.append(("published", *what))

    def source_ended(self, *what: str) -> None:
        self.told.append(("ended", *what))


class TinySessions:
    async def subject(self, token: str) -> Subject | None:
        return {"guest-token": GUEST, "cookie-token": NURSE}.get(token)


class TinyAccounts:
    def __init__(self) -> None:
        self.active = True

    async def get(self, _account: str) -> SimpleNamespace:
        return SimpleNamespace(active=self.active)


class TinyClock:
    now = "2026-11-23T14:05:00.000000Z"

    def read(self) -> str:
        return self.now


class WhoAsks:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = dict(scope["headers"]).get(b"x-who", b"").decode()
        scope.setdefault("state", {})["subject"] = PEOPLE.get(who)
        await self.app(scope, receive, send)


class Door:
    def __init__(
        self,
        client: httpx.AsyncClient,
        practice: TinyPractice,
        rooms: TinyRooms,
        accounts: TinyAccounts,
        clock: TinyClock,
    ) -> None:
        self.client = client
        self.practice = practice
        self.rooms = rooms
        self.accounts = accounts
        self.clock = clock

    async def token(self, direction: str, source: str = "", who: str = "acc-nurse") -> httpx.Response:
        body = {"direction": direction, "source": source}
        return await self.client.post("/media/act-1/tokens", json=body, headers={"X-Who": who})

    async def post(self, path: str, offer: str, who: str = "acc-nurse", **headers: str) -> httpx.Response:
        return await self.client.post(path, content=offer, headers=OFFER | {"X-Who": who} | headers)


@pytest.fixture
async def door(control: MediaControl) -> AsyncIterator[Door]:
    practice, rooms, accounts, clock = TinyPractice(), TinyRooms(), TinyAccounts(), TinyClock()
    numbers = itertools.count(1)
    app = Starlette(routes=routes, middleware=[Middleware(WhoAsks)])
    app.state.house = SimpleNamespace(
        practice=practice,
        rooms=rooms,
        media=control,
        sessions=TinySessions(),
        ids=lambda prefix: f"{prefix}-{next(numbers)}",
        accounts=accounts,
        clock=clock.read,
        deployment=Deployment(media=Media(turn=(RELAY,))),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://house") as client:
        yield Door(client, practice, rooms, accounts, clock)


@pytest.fixture
async def peer(host: str) -> AsyncIterator[SyntheticPeer]:
    peer = SyntheticPeer(host)
    yield peer
    await peer.close()


async def talk(peer: SyntheticPeer, sent: dict[int, float]) -> None:
    """Every word has its number in its timestamp, and its moment in `sent`."""
    while True:
        number = len(sent) + 1
        sent[number] = time.monotonic()
        peer.send(pack_rtp(111, number, 960 * number, 5, b"voice"))
        await asyncio.sleep(0.002)
