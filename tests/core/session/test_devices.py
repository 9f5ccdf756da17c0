"""A device without hands joins the room: let in by a person, seen, measured, photographed, kept out when it must be."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import pathlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import av
import httpx
import pytest
from playwright.async_api import async_playwright
from visavis_core.deployment import PluginChoice
from visavis_core.gauges import EYE
from visavis_core.identity.device_tokens import DeviceTokens, read_claims
from visavis_core.identity.subject import ProfessionalIdentity
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.running import LoadedPlugins
from visavis_core.seeing import Seeing
from visavis_core.service import Refused
from visavis_core.web import stream_stills, whip
from visavis_core.web.device_door import DeviceAccess, authorise, source_named
from visavis_media.bridge_encoding import PROFILES
from visavis_media.bridge_source import parse_source
from visavis_media.control import MediaControl
from visavis_media.eyesight import StillNotTaken
from visavis_media.publish import Bridge, BridgeSettings
from visavis_media.settings import MediaSettings
from visavis_media.testing import eventually

homes = sys.modules["room_house"]
hosts = sys.modules["room_served"]
PATIENCE = 60.0
MEDIA_TESTS = pathlib.Path(__file__).parents[2] / "media"


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, MEDIA_TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


films = load("moving_pictures")


class Accounts:
    """One account; `active` is what an administrator would switch off."""

    active = True

    async def get(self, account_id: str) -> Any:
        identity = ProfessionalIdentity(family_name="Roy", profession="nurse")
        return SimpleNamespace(
            id=account_id, identity=identity, roles=("clinician",), active=self.active, language="fr"
        )


async def open_house() -> Any:
    media = await MediaControl.start(MediaSettings(host="127.0.0.1", loopback=True, advertised=("127.0.0.1",)))
    house = homes.House(media, time.monotonic)
    house.accounts = Accounts()
    house.device_tokens = DeviceTokens(b"k" * 32, house.clock)
    plugins = await asyncio.to_thread(load_plugins, (PluginChoice(id="wound_care"),))
    house.seeing = Seeing(media, house.rooms, plugins)
    house.rooms.watch_with(house.seeing.source_begins)
    house.act = await house.open_act()
    return house


async def close_house(house: Any) -> None:
    await house.seeing.close()
    await house.rooms.close()
    await house.media.close()


@pytest.fixture
def served() -> Iterator[Any]:
    with hosts.serving(
        open_house, lambda house: homes.app_of(house, *whip.routes, *stream_stills.routes), close_house
    ) as running:
        yield running


def let_in(served: Any, name: str, minutes: int = 60) -> DeviceAccess:
    house = served.house
    work = authorise(house, homes.NURSE, house.act, source=source_named(name), minutes=minutes, cause="")
    access: DeviceAccess = served.run(work)
    return access


@contextlib.asynccontextmanager
async def publishing(
    served: Any, access: DeviceAccess, film: pathlib.Path, profile: str = "smooth"
) -> AsyncIterator[Bridge]:
    claims = read_claims(access.token)
    assert claims is not None
    bridge = Bridge(
        BridgeSettings(
            endpoint=f"{served.base}/media/{claims.act}/whip?source={claims.source}",
            token=access.token,
            source=parse_source(f"file:{film}"),
            profile=PROFILES["smooth"],
        )
    )
    stop = asyncio.Event()
    running = asyncio.get_running_loop().create_task(bridge.run(stop))
    try:
        await eventually(lambda: bridge.meter.link == "connected" or running.done(), PATIENCE)
        yield bridge
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await running


def no_source(served: Any) -> bool:
    """Nothing is published; a room in which nobody is, and nothing, is gone too."""
    state = served.house.rooms.state_of(served.house.act)
    return state is None or not state.sources


class Sights:
    """What the room is told of one source, as a seat hears it."""

    def __init__(self, served: Any) -> None:
        self.seen: list[Any] = []
        rooms = served.house.rooms
        see = rooms.see

        def listen(act: str, sight: Any, report: Any) -> None:
            self.seen.append(sight)
            see(act, sight, report)

        rooms.see = listen


async def test_a_device_is_seen_measured_and_photographed(served: Any, tmp_path: pathlib.Path) -> None:
    house, sights = served.house, Sights(served)
    access = let_in(served, "otoscope")
    assert "DeviceAuthorised" in served.run(house.bodies(house.act))

    async with publishing(served, access, films.film(tmp_path / "scope.mkv")):
        await eventually(lambda: house.rooms.state_of(house.act), PATIENCE)
        await eventually(lambda: homes.sources_of(house.rooms, house.act), PATIENCE)
        [source] = homes.sources_of(house.rooms, house.act)
        assert source.source == "device.otoscope"

        await eventually(lambda: [one for one in sights.seen if one.sharpness], PATIENCE)
        # The wound plugin, in a process of its own, finds 320 x 240 too small for a wound.
        await eventually(lambda: [note for one in sights.seen for note in one.notes], PATIENCE)
        [note] = next(one.notes for one in sights.seen if one.notes)
        assert (note.plugin, note.note) == ("wound_care", "wound_care.picture_small")
        await eventually(lambda: homes.sources_of(house.rooms, house.act)[0].verdict, PATIENCE)

        assert house.seeing.figure("sources_watched") == 1
        assert set(EYE) == {name for name in EYE if house.seeing.figure(name) >= 0}

        async with httpx.AsyncClient(base_url=served.base, cookies={"who": "md"}, timeout=PATIENCE) as client:
            address = f"/acts/{house.act}/sources/{source.link}/still"
            answer = await client.post(address, headers={"Idempotency-Key": "still:1"})
            assert answer.status_code == 201, answer.text
            again = await client.post(address, headers={"Idempotency-Key": "still:1"})
            assert again.status_code == 201, again.text
            nowhere = await client.post(f"/acts/{house.act}/sources/link_none/still")
        kept = answer.json()
        assert (kept["width"], kept["height"]) == (320, 240)
        assert again.json()["still"] == kept["still"]
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_source")
        png = house.blobs.kept[kept["sha256"]]
        assert hashlib.sha256(png).hexdigest() == kept["sha256"]
        [picture] = av.CodecContext.create("png", "r").decode(av.Packet(png))
        assert picture.to_ndarray(format="gray").std() > 10
        stills = [r.body for r in served.run(house.journal.read(house.act)) if type(r.body).__name__ == "StillCaptured"]
        assert [(still.method, still.source, still.sha256) for still in stills] == [
            ("stream", "device.otoscope", kept["sha256"])
        ]
    await eventually(lambda: no_source(served), PATIENCE)


async def test_the_command_publishes_until_it_is_told_to_stop(served: Any, tmp_path: pathlib.Path) -> None:
    house, access = served.house, let_in(served, "stethoscope")
    film = films.film(tmp_path / "heart.mkv")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "visavis_core.cli", "device", "publish", f"file:{film}"),
        *("--server", served.base, "--profile", "auscultation"),
        env={**os.environ, "VISAVIS_DEVICE_TOKEN": access.token, "VISAVIS_LANGUAGE": "en"},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await eventually(lambda: house.rooms.state_of(house.act), PATIENCE)  # the room opens with its first source
        await eventually(lambda: homes.sources_of(house.rooms, house.act), PATIENCE)
        [source] = homes.sources_of(house.rooms, house.act)
        assert source.source == "device.stethoscope"
        sights = Sights(served)
        await eventually(lambda: [one for one in sights.seen if one.level is not None and one.level > -20], PATIENCE)
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said
    assert access.token.encode() not in said
    await eventually(lambda: no_source(served), PATIENCE)


async def test_a_frozen_picture_is_said_in_the_room_and_counts_as_none(served: Any, tmp_path: pathlib.Path) -> None:
    house, sights = served.house, Sights(served)
    film = films.film(tmp_path / "scope.mkv")
    async with publishing(served, let_in(served, "otoscope"), film) as bridge:
        await eventually(lambda: [one for one in sights.seen if one.sharpness], PATIENCE)
        film.rename(tmp_path / "unplugged.mkv")
        await eventually(lambda: bridge.meter.source == "lost", PATIENCE)
        await eventually(lambda: sights.seen[-1].words == ("frozen",), PATIENCE)
        await eventually(lambda: homes.sources_of(house.rooms, house.act)[0].verdict == "insufficient", PATIENCE)


def offer_status(served: Any, token: str, path: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    answer = httpx.post(f"{served.base}{path}", content="v=0\r\n", headers=headers, timeout=20)
    return answer.status_code, answer.json()["code"]


def test_a_token_opens_one_source_of_one_act_until_its_end(served: Any) -> None:
    house = served.house
    access = let_in(served, "otoscope", minutes=5)
    whips = f"/media/{house.act}/whip?source="
    malformed = (422, "sdp_malformed")  # past the door: only the offer is wrong
    assert offer_status(served, access.token, f"{whips}device.otoscope") == malformed

    other = (403, "other_source")
    assert offer_status(served, access.token, f"{whips}device.other") == other
    assert offer_status(served, access.token, f"{whips}clinical") == other
    assert offer_status(served, access.token, "/media/act_other/whip?source=device.otoscope") == other
    assert offer_status(served, access.token, f"/media/{house.act}/whep/link_1") == other
    body, _, mac = access.token.partition(".")
    assert offer_status(served, f"{body}.{mac[:-2]}AA", f"{whips}device.otoscope") == (401, "signed_out")
    assert offer_status(served, f"{body[:-4]}AAAA.{mac}", f"{whips}device.otoscope") == (401, "signed_out")
    assert offer_status(served, "vdt_", f"{whips}device.otoscope") == (401, "signed_out")

    house.accounts.active = False
    assert offer_status(served, access.token, f"{whips}device.otoscope") == (401, "signed_out")
    house.accounts.active = True
    house.clock.at = access.expires_at
    assert offer_status(served, access.token, f"{whips}device.otoscope") == (401, "signed_out")


@pytest.mark.parametrize("withheld", ["device.otoscope", "Otoscope"])
def test_what_the_patient_withholds_no_device_is_let_in_for(served: Any, withheld: str) -> None:
    house = served.house
    served.run(house.practice.perform(homes.NURSE, house.act, homes.c.LimitSharing(withheld=(withheld,))))
    with pytest.raises(Refused):
        let_in(served, "otoscope")


@pytest.mark.parametrize("name", ["", "Otoscope", "a b", "../etc", "é", "x" * 41])
def test_a_source_s_name_stands_in_addresses(name: str) -> None:
    assert source_named(name) == ""


async def test_a_deployment_that_decodes_nothing_looks_at_nothing() -> None:
    house = homes.House()
    seeing = Seeing(house.media, house.rooms, LoadedPlugins(), enabled=False)
    seeing.source_begins("act_1", "link_1", "clinical")
    assert seeing.figure("sources_watched") == 0
    with pytest.raises(StillNotTaken, match="eye_not_there"):
        await seeing.take_still("link_1")
    await seeing.close()


@pytest.mark.e2e
async def test_the_expert_sees_the_device_reads_the_advice_and_takes_a_still(
    served: Any, tmp_path: pathlib.Path
) -> None:
    access = let_in(served, "otoscope")
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright, publishing(served, access, films.film(tmp_path / "scope.mkv")):
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="fr-CA")
        await context.add_cookies([{"name": "who", "value": "md", "url": served.base}])
        page = await context.new_page()
        await page.goto(f"{served.base}/acts/{served.house.act}/room")
        await page.wait_for_function(
            """() => { const stage = document.querySelector("visavis-stage");
            return stage?.target === "live:device.otoscope" && stage.video.videoWidth === 320; }""",
            timeout=PATIENCE * 1000,
        )
        sight = page.locator("[data-stage=sight]")
        await sight.filter(has_text="trop petite").wait_for(timeout=PATIENCE * 1000)
        await page.keyboard.press("c")
        await page.locator("[data-stills] li img").first.wait_for(timeout=PATIENCE * 1000)
        await browser.close()


@pytest.mark.e2e
async def test_the_nurse_adds_a_stethoscope_and_the_expert_hears_it_in_stereo(served: Any) -> None:
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        pages = {}
        for who in ("nurse", "md"):
            context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="fr-CA")
            await context.add_cookies([{"name": "who", "value": who, "url": served.base}])
            pages[who] = await context.new_page()
            await pages[who].goto(f"{served.base}/acts/{served.house.act}/room")
            await pages[who].wait_for_selector("visavis-room[data-ready]", timeout=PATIENCE * 1000)
        await pages["nurse"].locator("[data-do=add_stethoscope]").click(timeout=PATIENCE * 1000)
        tile = pages["md"].locator("[data-tiles] li[data-state=connected]").filter(has_text="stéthoscope")
        await tile.wait_for(timeout=PATIENCE * 1000)
        heard = """async () => {
          const { media } = document.querySelector("visavis-room");
          const link = [...media.watched.values()].find((each) => each.source.source === "stethoscope");
          const all = [...(await link.peer.getStats()).values()];
          const sound = all.find((each) => each.type === "inbound-rtp" && each.kind === "audio");
          const codec = all.find((each) => each.id === sound?.codecId);
          return { packets: sound?.packetsReceived ?? 0, fmtp: codec?.sdpFmtpLine ?? "" };
        }"""
        found: dict[str, Any] = {}
        async with asyncio.timeout(PATIENCE):
            while found.get("packets", 0) < 20:
                found = await pages["md"].evaluate(heard)
                await asyncio.sleep(0.2)
        assert "stereo=1" in found["fmtp"]
        await tile.locator("meter.level").wait_for(timeout=PATIENCE * 1000)  # Chromium's own beep, as the eye hears it
        assert await pages["nurse"].evaluate(
            """() => {
              const { media } = document.querySelector("visavis-room");
              const settings = media.published.get("stethoscope").audio.getSettings();
              return !(settings.echoCancellation || settings.noiseSuppression || settings.autoGainControl);
            }"""
        )
        await browser.close()
