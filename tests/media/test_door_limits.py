"""At the door too everything has its bound, and what is turned away is counted by the reason it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from visavis_media.control import MediaControl
from visavis_media.settings import Limits, MediaSettings
from visavis_media.testing import OfferedTrack, SyntheticPeer

from tests.media.door import door_app

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
OFFER = {"Content-Type": "application/sdp", "Accept-Language": "en"}


@pytest.fixture
async def tight() -> AsyncIterator[MediaControl]:
    limits = Limits(links_per_participant=2, sessions=1, offer_bytes=2_048, offer_candidates=2)
    control = await MediaControl.start(MediaSettings(limits=limits))
    yield control
    await control.close()


@pytest.fixture
async def client(tight: MediaControl) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=door_app(tight))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield client


async def test_one_person_holds_so_many_links_and_may_open_another_once_one_is_closed(
    tight: MediaControl, client: httpx.AsyncClient, host: str
) -> None:
    peer = SyntheticPeer(host)
    offer = peer.offer("sendonly", [AUDIO])
    opened = [await client.post("/media/act/whip", content=offer, headers=OFFER) for _ in range(2)]
    assert [answer.status_code for answer in opened] == [201, 201]
    refused = await client.post("/media/act/whip", content=offer, headers=OFFER)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_links_of_yours")
    assert "close one first" in refused.json()["title"]
    assert refused.headers["retry-after"]
    await client.delete(opened[0].headers["location"])
    assert (await client.post("/media/act/whip", content=offer, headers=OFFER)).status_code == 201
    assert tight.figures.refusals == {"too_many_links_of_yours": 1}
    await peer.close()


async def test_each_reason_is_told_and_counted(tight: MediaControl, client: httpx.AsyncClient, host: str) -> None:
    peer = SyntheticPeer(host)
    offer = peer.offer("sendonly", [AUDIO])
    many = offer + 3 * "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
    told = []
    for body, kind in (
        (offer + "a=x:" + "y" * 3_000, OFFER),
        (many, OFFER),
        ("no offer", OFFER),
        (offer, {"Content-Type": "text/plain"}),
        (offer, OFFER),  # the one worker has the one session it may have
    ):
        if len(told) == 4:
            await tight.close_session("s")
            await tight.open_session("another")
        answer = await client.post("/media/act/whip", content=body, headers=kind)
        told.append((answer.status_code, answer.json()["code"]))
        assert answer.json()["title"]
    assert [code for _, code in told] == [
        "sdp_too_large",
        "too_many_candidates",
        "sdp_malformed",
        "unsupported_media_type",
        "too_many_sessions",
    ]
    assert tight.figures.refusals == {code: 1 for _, code in told}
    await peer.close()
