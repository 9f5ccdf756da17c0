"""Between the browsers and the forwarder lies a network that loses packets and changes addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib.resources import files

import pytest
from visavis_media.impairment import BadLine, Impairment


@pytest.fixture
async def network(stage, host: str) -> AsyncIterator[BadLine]:
    (server, *_) = stage.control.addresses
    network = BadLine(host, server)
    # The browsers are told the middlebox's address instead of the forwarder's.
    stage.detour[f"{server[0]} {server[1]} typ host"] = f"{network.address[0]} {network.address[1]} typ host"
    yield network
    network.close()


async def seen(page, name: str) -> dict[str, float]:
    stats = await page.evaluate("name => window.stats(name)", name)
    return next((one for one in stats if one["type"] == "inbound-rtp" and one["kind"] == "video"), {})


async def until(page, field: str, wanted: float, seconds: float = 20.0) -> dict[str, float]:
    async with asyncio.timeout(seconds):
        while (found := await seen(page, "viewer")).get(field, 0) < wanted:  # noqa: ASYNC110 a browser is asked
            await asyncio.sleep(0.1)
    return found


async def watching(stage):
    nurse, physician = await stage.page(), await stage.page()
    await nurse.evaluate("window.publish('camera', {audio: true, video: {width: 640, height: 480, frameRate: 15}})")
    await physician.evaluate("window.subscribe('viewer', 'camera')")
    await until(physician, "framesDecoded", 10)
    return nurse, physician


async def test_lost_packets_are_sent_again_on_both_ways(stage, network: BadLine) -> None:
    """One packet in twenty is lost on each way, and the picture goes on."""
    nurse, physician = await watching(stage)
    network.up = network.down = Impairment(loss=0.05)
    start = await seen(physician, "viewer")

    found = await until(physician, "retransmittedPacketsReceived", 5, 30)
    found = await until(physician, "framesDecoded", start["framesDecoded"] + 60, 30)

    sent = await nurse.evaluate("window.stats('camera')")
    repeated = sum(int(one.get("retransmittedPacketsSent", 0)) for one in sent if one["type"] == "outbound-rtp")
    assert repeated >= 3, "the forwarder asked the publisher for what it missed"
    assert found["framesDropped"] <= 0.2 * found["framesDecoded"]


async def test_the_picture_comes_back_after_an_address_change(stage, network: BadLine) -> None:
    _, physician = await watching(stage)
    network.change_addresses()
    before = await seen(physician, "viewer")
    await until(physician, "framesDecoded", before["framesDecoded"] + 20)


async def test_lost_sound_is_sent_again_when_the_page_asks_for_it_as_the_room_does(stage, network: BadLine) -> None:
    """One packet in five is lost on each way. Without repair a third of the voice would be missing."""
    repair = (files("visavis_core") / "web/static/room/repair.js").read_text().replace("export function", "function")
    nurse, physician = await stage.page(), await stage.page()
    for page in (nurse, physician):
        await page.evaluate(f"() => {{ {repair} window.shape = withSoundRepair; }}")
    await nurse.evaluate("window.publish('voice', {audio: true})")
    await physician.evaluate("window.subscribe('viewer', 'voice', ['audio'])")

    async def heard() -> dict[str, float]:
        stats = await physician.evaluate("window.stats('viewer')")
        return next((one for one in stats if one["type"] == "inbound-rtp"), {"packetsReceived": 0})

    async with asyncio.timeout(20):
        while (before := await heard())["packetsReceived"] < 50:  # noqa: ASYNC110 a browser is asked
            await asyncio.sleep(0.1)
    network.up = network.down = Impairment(loss=0.20, delay=0.020)
    async with asyncio.timeout(40):
        while (after := await heard())["packetsReceived"] < before["packetsReceived"] + 400:  # noqa: ASYNC110 as above
            await asyncio.sleep(0.1)

    lost = after["packetsLost"] - before["packetsLost"]
    came = after["packetsReceived"] - before["packetsReceived"]
    assert lost <= 0.05 * (lost + came)
    assert network.lost > 100
