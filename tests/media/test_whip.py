"""The media door over HTTP: who may open, how offers are refused, what the record and the rooms are told."""

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
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp
from visavis_sdk.events import Actor, Event, ParticipantLeft, Recorded, SharingLimited
from visavis_sdk.text import Text

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


async def test_a_link_is_recorded_answered_shown_used_and_closed(door: Door, peer: SyntheticPeer, host: str) -> None:
    answer = await door.post("/media/act-1/whip?source=clinical", peer.offer("sendonly", [AUDIO]))
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/sdp")
    assert answer.headers["location"] == "/media/links/link-1"
    assert answer.headers["etag"].startswith('"')
    opened = door.practice.performed[0]
    assert (opened.link, opened.direction, opened.source) == ("link-1", "publish", "clinical")
    assert opened.client_fingerprint.startswith("sha-256 ")
    assert opened.server_fingerprint.removeprefix("sha-256 ") in answer.text
    assert door.rooms.told == [("published", "act-1", "par-nurse", "link-1", "clinical")]

    await peer.connect(answer.text)
    viewer = SyntheticPeer(host)
    watching = await door.post("/media/act-1/whep/link-1", viewer.offer("recvonly", [AUDIO]), "acc-physician")
    assert watching.status_code == 201
    await viewer.connect(watching.text)
    speaking = asyncio.create_task(talk(peer, {}))
    await eventually(lambda: viewer.received)
    speaking.cancel()

    other = await door.client.delete("/media/links/link-1", headers={"X-Who": "acc-physician"})
    assert other.status_code == 404, "only whoever opened a link may close it"
    closed = await door.client.delete("/media/links/link-1", headers={"X-Who": "acc-nurse"})
    assert closed.status_code == 200
    assert door.rooms.told[-1] == ("ended", "act-1", "link-1")
    await viewer.close()


async def test_an_ice_restart_over_patch(door: Door, peer: SyntheticPeer) -> None:
    answer = await door.post("/media/act-1/whip", peer.offer("sendonly", [AUDIO]))
    address, etag = answer.headers["location"], answer.headers["etag"]
    headers = FRAGMENT | {"X-Who": "acc-nurse"}
    trickled = f"a=ice-ufrag:{peer.local.ufrag}\r\na=ice-pwd:{peer.local.password}\r\na=candidate:1 1 udp 1 h 9\r\n"
    restart = "a=ice-ufrag:fresh\r\na=ice-pwd:a-password-of-22-letters\r\n"

    assert (await door.client.patch(address, content=trickled, headers=headers)).status_code == 428
    assert (await door.client.patch(address, content=restart, headers=headers | {"If-Match": '"x"'})).status_code == 412
    assert (await door.client.patch(address, content=trickled, headers=headers | {"If-Match": etag})).status_code == 204
    restarted = await door.client.patch(address, content=restart, headers=headers | {"If-Match": "*"})
    assert restarted.status_code == 200
    assert "a=ice-ufrag:" in restarted.text
    assert restarted.headers["etag"] != etag


async def test_a_guest_comes_with_a_bearer_token_and_an_account_does_not(door: Door, peer: SyntheticPeer) -> None:
    offer = peer.offer("sendonly", [AUDIO])
    guest = await door.post("/media/act-1/whip", offer, "", Authorization="Bearer guest-token")
    assert guest.status_code == 201
    assert door.rooms.told[0][2] == "guest-1"
    for token in ("cookie-token", "unknown"):
        refused = await door.post("/media/act-1/whip", offer, "", Authorization=f"Bearer {token}")
        assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")


@pytest.mark.parametrize(
    ("who", "path", "status", "code"),
    [
        ("", "/media/act-1/whip", 401, "signed_out"),
        ("acc-stranger", "/media/act-1/whip", 404, "unknown_act"),
        ("acc-nurse", "/media/act-2/whip", 404, "unknown_act"),
        ("acc-nurse", "/media/act-1/whip?source=" + "x" * 101, 400, "bad_source"),
        ("acc-nurse", "/media/act-1/whep/nobody", 404, "unknown_publisher"),
        ("acc-stranger", "/media/act-1/whep/nobody", 404, "unknown_act"),
    ],
)
async def test_who_may_not_is_told_why(door: Door, peer: SyntheticPeer, who, path, status, code) -> None:
    refused = await door.post(path, peer.offer("sendonly", [AUDIO]), who)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["content-type"] == "application/problem+json"
    assert door.practice.performed == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("nonsense", {}, 422, "sdp_malformed"),
        ("", {}, 422, "sdp_malformed"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, {}, 413, "sdp_too_large"),
        ("v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 17, {}, 422, "too_many_sections"),
        ("v=0\r\nm=audio 9 X 0\r\n" + "a=candidate:1\r\n" * 65, {}, 422, "too_many_candidates"),
        ("v=0\r\n", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("v=0\r\n", {"Accept": "text/html"}, 406, "not_acceptable"),
    ],
)
async def test_a_bad_offer_is_refused_by_name(door: Door, body, headers, status, code) -> None:
    refused = await door.post("/media/act-1/whip", body, **headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert door.practice.performed == []


async def test_the_session_is_the_one_open_once_the_offer_is_here(door: Door, peer: SyntheticPeer) -> None:
    offer = peer.offer("sendonly", [AUDIO]).encode()

    async def slowly() -> AsyncIterator[bytes]:
        yield offer[:100]
        door.practice.act.session = "ses-2"
        yield offer[100:]

    headers = OFFER | {"X-Who": "acc-nurse"}
    answer = await door.client.post("/media/act-1/whip?source=clinical", content=slowly(), headers=headers)
    assert answer.status_code == 201
    assert door.practice.performed[0].session == "ses-2"


async def test_a_withdrawal_while_the_offer_arrives_is_heard(door: Door, peer: SyntheticPeer) -> None:
    offer = peer.offer("sendonly", [AUDIO]).encode()

    async def slowly() -> AsyncIterator[bytes]:
        yield offer[:100]
        door.practice.consent = False
        yield offer[100:]

    headers = OFFER | {"X-Who": "acc-nurse"}
    answer = await door.client.post("/media/act-1/whip", content=slowly(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert door.practice.performed == []


async def test_methods(door: Door) -> None:
    options = await door.client.options("/media/act-1/whip")
    assert (options.status_code, options.headers["accept-post"]) == (204, "application/sdp")
    options = await door.client.options("/media/links/link-1")
    assert (options.headers["allow"], options.headers["accept-patch"]) == ("PATCH, DELETE, OPTIONS", PATCHES)
    for method in ("GET", "PUT", "DELETE"):
        refused = await door.client.request(method, "/media/act-1/whip")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST, OPTIONS")


async def test_without_consent_or_record_no_link_stays(door: Door, peer: SyntheticPeer, control: MediaControl) -> None:
    offer = peer.offer("sendonly", [AUDIO])
    door.practice.refusing = True
    refused = await door.post("/media/act-1/whip", offer)
    assert (refused.status_code, refused.json()["code"]) == (409, "source_withheld")
    with pytest.raises(MediaRefused, match="unknown_link"):
        await control.request_keyframe("link-1")
    assert door.rooms.told == [("ended", "act-1", "link-1")]

    door.practice.consent = False
    withdrawn = await door.post("/media/act-1/whip", offer)
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (403, "not_allowed")


async def test_what_the_patient_withholds_while_live_stops_at_both_ends(
    door: Door, peer: SyntheticPeer, host: str, control: MediaControl
) -> None:
    await door.post("/media/act-1/whip?source=clinical", peer.offer("sendonly", [AUDIO]))
    viewer, voice = SyntheticPeer(host), SyntheticPeer(host)
    await door.post("/media/act-1/whep/link-1", viewer.offer("recvonly", [AUDIO]), "acc-physician")
    await door.post("/media/act-1/whip?source=face", voice.offer("sendonly", [AUDIO]))
    door.practice.records(SharingLimited(withheld=("Clinical",), reason="Demande du patient"))
    assert ("ended", "act-1", "link-1") in door.rooms.told
    for link in ("link-1", "link-2"):
        assert (await door.client.delete(f"/media/links/{link}", headers={"X-Who": "acc-nurse"})).status_code == 404
        await eventually(lambda link=link: link not in control._links)
    assert "link-3" in control._links, "what was not withheld goes on"
    await viewer.close()
    await voice.close()


async def test_a_closed_session_takes_its_links_off_the_rooms(door: Door, peer: SyntheticPeer, control) -> None:
    await door.post("/media/act-1/whip", peer.offer("sendonly", [AUDIO]))
    await control.close_session("ses-1")
    await eventually(lambda: ("ended", "act-1", "link-1") in door.rooms.told)


async def test_relays_are_told_before_the_offer_and_with_the_answer(door: Door, peer: SyntheticPeer) -> None:
    asked = await door.client.options("/media/act-1/whip", headers={"X-Who": "acc-nurse"})
    answered = await door.post("/media/act-1/whip", peer.offer("sendonly", [AUDIO]))
    for response in (asked, answered):
        link = response.headers["link"]
        assert link.startswith(f'<{RELAY.url}>; rel="ice-server"; username="')
        assert "par-nurse" not in link
    assert asked.headers["link"] == answered.headers["link"], "one person has one name at the relay"
    watching = await door.client.options("/media/act-1/whep/link-1", headers={"X-Who": "acc-physician"})
    assert watching.headers["link"].startswith(f"<{RELAY.url}>")
    assert watching.headers["link"] != asked.headers["link"]


@pytest.mark.parametrize("who", ["", "acc-stranger"])
async def test_who_could_not_open_a_link_learns_no_relay(door: Door, who: str) -> None:
    asked = await door.client.options("/media/act-1/whip", headers={"X-Who": who})
    assert (asked.status_code, "link" in asked.headers) == (204, False)
    door.practice.consent = False
    asked = await door.client.options("/media/act-1/whip", headers={"X-Who": "acc-nurse"})
    assert (asked.status_code, "link" in asked.headers) == (204, False)


async def test_a_token_is_good_for_one_act_and_one_direction(door: Door, peer: SyntheticPeer) -> None:
    drawn = (await door.token("publish", "scope")).json()
    bearer = {"Authorization": f"Bearer {drawn['token']}"}
    offer = peer.offer("sendonly", [AUDIO])
    answer = await door.post(drawn["endpoint"] + "?source=clinical", offer, "", **bearer)
    assert answer.status_code == 201
    assert door.rooms.told == [("published", "act-1", "par-nurse", "link-1", "scope")], "under the token's own name"

    watching = await door.post("/media/act-1/whep/link-1", peer.offer("recvonly", [AUDIO]), "", **bearer)
    assert (watching.status_code, watching.json()["code"]) == (403, "token_for_other_use")
    elsewhere = await door.post("/media/act-2/whip", offer, "", **bearer)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "token_for_other_use")
    assert "link" not in (await door.client.options("/media/act-1/whep/link-1", headers=bearer)).headers
    assert "link" in (await door.client.options("/media/act-1/whip", headers=bearer)).headers

    # What its owner opened with the cookie is not the token's to close; what it opened itself is.
    await door.post("/media/act-1/whip?source=face", offer)
    assert (await door.client.delete("/media/links/link-2", headers=bearer)).status_code == 404
    assert (await door.client.delete("/media/links/link-1", headers=bearer)).status_code == 200
    another = await door.client.post(
        "/media/act-1/tokens", json={"direction": "publish", "source": "x"}, headers=bearer
    )
    assert another.status_code == 401, "a token draws no other"


async def test_a_token_ends(door: Door, peer: SyntheticPeer) -> None:
    offer, answers = peer.offer("sendonly", [AUDIO]), []

    async def use(token: str) -> int:
        answer = await door.post("/media/act-1/whip", offer, "", Authorization=f"Bearer {token}")
        return answer.status_code

    token = (await door.token("publish", "scope")).json()["token"]
    answers.append(await use(token))
    door.practice.consent = False
    answers.append(await use(token))
    door.practice.consent = True
    door.accounts.active = False
    answers.append(await use(token))
    door.accounts.active = True
    door.clock.now = "2026-11-23T18:05:01.000000Z"
    answers.append(await use(token))
    assert answers == [201, 403, 401, 401]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"direction": "both"}', b'{"direction": "publish"}', b'{"direction": "subscribe", "source": "x"}'],
)
async def test_a_token_that_cannot_be_drawn(door: Door, body: bytes) -> None:
    refused = await door.client.post("/media/act-1/tokens", content=body, headers={"X-Who": "acc-nurse"})
    assert (refused.status_code, refused.json()["code"]) == (422, "token_malformed")


async def test_tokens_are_bounded(door: Door) -> None:
    for _ in range(10):
        assert (await door.token("subscribe")).status_code == 201
    refused = await door.token("subscribe")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tokens")
    assert (await door.token("subscribe", who="acc-physician")).status_code == 201
    assert (await door.token("subscribe", who="acc-stranger")).status_code == 404


async def test_who_is_put_out_is_cut_within_100_ms(
    door: Door, peer: SyntheticPeer, host: str, control: MediaControl
) -> None:
    answer = await door.post("/media/act-1/whip?source=clinical", peer.offer("sendonly", [AUDIO]))
    await peer.connect(answer.text)
    viewer = SyntheticPeer(host)
    answer = await door.post("/media/act-1/whep/link-1", viewer.offer("recvonly", [AUDIO]), "acc-physician")
    await viewer.connect(answer.text)
    sent: dict[int, float] = {}
    heard: list[int] = []
    viewer.on_packet = lambda packet: heard.append(int.from_bytes(packet[4:8]) // 960)
    sending = asyncio.create_task(talk(peer, sent))
    await eventually(lambda: len(heard) > 20)
    removed = time.monotonic()
    door.practice.records(ParticipantLeft(session="ses-1", participant="par-physician", reason="removed"))
    await asyncio.sleep(0.5)  # the nurse goes on speaking; who was put out may not hear it
    sending.cancel()
    assert sent[heard[-1]] - removed < 0.1, "the last word that was passed on"
    assert "link-1" in control._links, "the others go on"
    await viewer.close()


async def talk(peer: SyntheticPeer, sent: dict[int, float]) -> None:
    """Every word has its number in its timestamp, and its moment in `sent`."""
    while True:
        number = len(sent) + 1
        sent[number] = time.monotonic()
        peer.send(pack_rtp(111, number, 960 * number, 5, b"voice"))
        await asyncio.sleep(0.002)
