"""Keys for the media path: relays with credentials that expire, and tokens that are good for one thing."""

from __future__ import annotations

import pytest
from visavis_media.testing import SyntheticPeer

from tests.media.whip_house import AUDIO, RELAY, Door, door, peer

__all__ = ["door", "peer"]


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
