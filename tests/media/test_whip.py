"""The media door over HTTP: who may open, how offers are refused, what the record and the rooms are told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.testing import SyntheticPeer, eventually
from visavis_sdk.events import ParticipantLeft, SharingLimited

from tests.media.whip_house import AUDIO, FRAGMENT, OFFER, PATCHES, Door, door, peer, talk

__all__ = ["door", "peer"]


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
