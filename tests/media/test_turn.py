"""Where neither UDP nor TCP to the forwarder gets through, a relay carries the media: a real coturn, all three ways.

The page learns the relay and its credentials from the media door, before its offer, as in a room. Time is that of
issue 3, "Shown by" 5.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright
from visavis_core.deployment import Turn
from visavis_core.secret import Secret
from visavis_core.web.relays import relay_links
from visavis_media.control import MediaControl

from tests.media.conftest import CHROMIUM, CHROMIUM_ARGUMENTS, serving
from tests.media.door import door_app
from tests.media.relay import SECRET, Relay, relay

__all__ = ["relay"]

CAMERA = {"audio": True, "video": {"width": 320, "height": 240, "frameRate": 15}}
# What the network between forbids: every direct way, so that the browser has its relays only.
ONLY_RELAYED = """
  const Real = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real {
    constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
    setConfiguration(options) { super.setConfiguration({ ...options, iceTransportPolicy: "relay" }); }
  };
"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    # The relay's certificate is self-made here; a deployment has one that browsers know.
    arguments = [*CHROMIUM_ARGUMENTS, "--ignore-certificate-errors"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_media_goes_through_the_relay(
    control: MediaControl, relay: Relay, browser: Browser, transport: str
) -> None:
    relays = (Turn(url=relay.url(transport), secret=Secret(SECRET)),)
    async with serving(door_app(control, relays)) as address:
        page = await browser.new_page()
        await page.add_init_script(ONLY_RELAYED)
        await page.goto(address)
        await page.wait_for_function("window.ready")
        began = time.monotonic()
        async with asyncio.timeout(30):
            await page.evaluate("async camera => window.watch(await window.publish(camera))", CAMERA)
            while await page.evaluate("window.decoded()") < 3:  # noqa: ASYNC110 a browser is asked
                await asyncio.sleep(0.05)
        seconds = time.monotonic() - began
        for link in ("publisher", "subscriber"):
            assert await page.evaluate(f"window.path({link})") == ["relay", transport]
        assert seconds < 5


def test_a_credential_is_what_the_relay_will_compute() -> None:
    """The TURN REST form: the name is `end:pseudonym`, the password its HMAC-SHA1 under the secret, in base64."""
    turn = Turn(url="turn:relay.example.org:3478?transport=udp", secret=Secret("shared"), lifetime_minutes=10)
    link = relay_links((turn, turn), "par-1", 1_000.0).split(", ")[0]
    address, relation, name, credential, kind = link.split("; ")
    assert (address, relation, kind) == (f"<{turn.url}>", 'rel="ice-server"', 'credential-type="password"')
    name = name.removeprefix('username="').removesuffix('"')
    assert name.startswith("1600:")
    assert "par-1" not in link
    expected = base64.b64encode(hmac.digest(b"shared", name.encode(), hashlib.sha1)).decode()
    assert credential == f'credential="{expected}"'
    assert relay_links((), "par-1", 1_000.0) == ""


async def test_the_page_reads_the_headers_as_they_are_written(control: MediaControl, browser: Browser) -> None:
    async with serving(door_app(control)) as address:
        page = await browser.new_page()
        await page.goto(address)
        turn = Turn(url="turns:relay.example.org:443?transport=tcp", secret=Secret("shared"))
        header = (
            f'<https://a.example/x,y>; rel="next", {relay_links((turn,), "p", 0.0)}, <stun:s.example>; rel=ice-server'
        )
        read = "async header => (await import('/static/room/relays.js')).readLinks(header)"
        servers = await page.evaluate(read, header)
        assert [server["urls"] for server in servers] == [turn.url, "stun:s.example"]
        assert servers[0]["username"].startswith("3600:")
        for broken in ("", "nonsense", "<turn:x", '<turn:x>; rel="ice-server', '">; rel="ice-server"'):
            assert await page.evaluate(read, broken) == []
