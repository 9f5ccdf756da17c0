"""Stills in and out over HTTP: bit for bit, after durability, with the right words when they cannot be kept."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from PIL import Image
from visavis_core.acts import commands as c
from visavis_core.moments import seconds_between
from visavis_core.web.refusals import Problem
from visavis_sdk.events import DossierOpened, StillCaptured

homes = sys.modules["room_house"]


def photo(size: tuple[int, int] = (800, 600)) -> bytes:
    kept = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(kept, "JPEG", quality=95)
    return kept.getvalue()


def headers(content: bytes, **more: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"content-type": "image/jpeg", "content-digest": f"sha-256=:{digest}:", "cookie": "who=nurse", **more}


ASKED = "?source=clinical&method=take_photo"


@pytest.fixture
async def client(house: Any) -> AsyncIterator[httpx.AsyncClient]:
    house.act = await house.open_act()
    transport = httpx.ASGITransport(homes.app_of(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as open_client:
        yield open_client


async def test_a_photo_comes_back_bit_for_bit(house: Any, client: httpx.AsyncClient) -> None:
    content = photo((4000, 3000))
    response = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=headers(content))
    assert response.status_code == 201
    kept = response.json()
    assert (kept["width"], kept["height"], kept["size"]) == (4000, 3000, len(content))
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
    back = await client.get(response.headers["location"], headers={"cookie": "who=md"})
    assert back.status_code == 200
    assert back.content == content
    assert back.headers["content-type"] == "image/jpeg"
    assert back.headers["cache-control"] == "private, no-cache", "asked each time: the right to see it can end"
    again = await client.get(
        response.headers["location"], headers={"cookie": "who=md", "if-none-match": back.headers["etag"]}
    )
    assert again.status_code == 304
    readings = [e.actor.id for e in await house.journal.read(house.act) if isinstance(e.body, DossierOpened)]
    assert len(readings) == 1, "a photo seen by its address is a reading of the dossier, noted once"


async def test_the_same_upload_twice_is_one_still(house: Any, client: httpx.AsyncClient) -> None:
    content = photo()
    sent = headers(content, **{"idempotency-key": "still:1"})
    first = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=sent)
    second = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=sent)
    assert first.json() == second.json()
    assert (await house.bodies(house.act)).count("StillCaptured") == 1


async def test_a_photo_that_waited_on_the_tablet_bears_the_time_it_was_taken(
    house: Any, client: httpx.AsyncClient
) -> None:
    content = photo()
    answer = await client.put(f"/acts/{house.act}/stills{ASKED}&age=600", content=content, headers=headers(content))
    assert answer.status_code == 201
    (kept,) = [e for e in await house.journal.read(house.act) if isinstance(e.body, StillCaptured)]
    assert 595 < seconds_between(kept.body.captured_at, kept.at) < 605


async def test_a_flipped_bit_on_the_way_is_noticed_and_nothing_is_kept(house: Any, client: httpx.AsyncClient) -> None:
    content = photo()
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 1
    response = await client.put(f"/acts/{house.act}/stills{ASKED}", content=bytes(damaged), headers=headers(content))
    assert (response.status_code, response.json()["code"]) == (400, "still_digest_mismatch")
    assert "envoyez-la à nouveau" in response.json()["title"]
    assert not house.blobs.kept
    assert "StillCaptured" not in await house.bodies(house.act)


@pytest.mark.parametrize(
    ("query", "changes", "status", "code"),
    [
        ("?source=clinical&method=by_hand", {}, 400, "still_header_wrong"),
        ("?method=take_photo", {}, 400, "still_header_wrong"),
        ("?source=a/b&method=take_photo", {}, 400, "still_header_wrong"),
        (f"{ASKED}&age=-1", {}, 400, "still_header_wrong"),
        (f"{ASKED}&age=86401", {}, 400, "still_header_wrong"),
        (ASKED, {"content-digest": ""}, 400, "still_digest_missing"),
        (ASKED, {"content-type": "image/png"}, 415, "still_type_mismatch"),
        (ASKED, {"content-type": "text/html"}, 415, "still_type_mismatch"),
        (ASKED, {"idempotency-key": "a b"}, 400, "still_header_wrong"),
    ],
)
async def test_bad_terms_are_refused_in_words(
    house: Any, client: httpx.AsyncClient, query: str, changes: dict[str, str], status: int, code: str
) -> None:
    content = photo()
    response = await client.put(f"/acts/{house.act}/stills{query}", content=content, headers=headers(content) | changes)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not house.blobs.kept


async def test_what_is_no_picture_is_refused(house: Any, client: httpx.AsyncClient) -> None:
    content = b"<svg onload=alert(1)>"
    response = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=headers(content))
    assert (response.status_code, response.json()["code"]) == (415, "still_not_a_picture")
    english = headers(content, **{"accept-language": "en"})
    response = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=english)
    assert response.json()["title"].startswith("This file is not a readable")


async def test_strangers_neither_send_nor_see_and_learn_nothing(house: Any, client: httpx.AsyncClient) -> None:
    content = photo()
    kept = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=headers(content))
    for who, expected in (("stranger", 404), ("", 401)):
        cookie = {"cookie": f"who={who}", "accept": "application/json"}
        sent = headers(content) | cookie
        assert (await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=sent)).status_code in (
            expected,
            403,
        )
        assert (await client.get(kept.headers["location"], headers=cookie)).status_code in (expected, 403)


async def test_no_photo_is_taken_once_consent_is_withdrawn(house: Any, client: httpx.AsyncClient) -> None:
    await house.practice.perform(homes.NURSE, house.act, c.WithdrawConsent())
    content = photo()
    response = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=headers(content))
    assert response.status_code == 403
    assert not house.blobs.kept


async def test_no_photo_is_kept_once_the_live_part_has_ended(house: Any, client: httpx.AsyncClient) -> None:
    await house.practice.perform(homes.NURSE, house.act, c.EndLive())
    content = photo()
    response = await client.put(f"/acts/{house.act}/stills{ASKED}", content=content, headers=headers(content))
    assert response.status_code == 403
    assert not house.blobs.kept, "nothing is stored that the act would then refuse"


async def test_slow_senders_keep_nobody_else_s_photo_out_and_are_told(
    house: Any, client: httpx.AsyncClient, monkeypatch: Any
) -> None:
    content, gate = photo(), asyncio.Event()
    address = f"/acts/{house.act}/stills{ASKED}"
    arrived = []

    async def slowly() -> AsyncIterator[bytes]:
        yield content[:100]
        arrived.append(1)
        await gate.wait()
        yield content[100:]

    slow = [asyncio.ensure_future(client.put(address, content=slowly(), headers=headers(content))) for _ in range(4)]
    async with asyncio.timeout(10):
        while len(arrived) < 4:  # noqa: ASYNC110 -- four senders count together
            await asyncio.sleep(0)
        quick = await client.put(address, content=content, headers=headers(content))
    assert quick.status_code == 201
    gate.set()
    assert {response.status_code for response in await asyncio.gather(*slow)} == {201}

    monkeypatch.setattr("visavis_core.web.stills.LONGEST_UPLOAD", 0.01)
    gate.clear()
    late = await client.put(address, content=slowly(), headers=headers(content))
    assert (late.status_code, late.json()["code"]) == (408, "still_too_slow")
    assert late.json()["title"]


async def test_an_unknown_still_is_said_to_be_unknown(house: Any, client: httpx.AsyncClient) -> None:
    response = await client.get(f"/acts/{house.act}/stills/stl_none", headers={"cookie": "who=nurse"})
    assert response.status_code == 404
    assert Problem(**response.json()).code == "unknown_still"
