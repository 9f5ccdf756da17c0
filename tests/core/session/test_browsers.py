"""The room in real Chromium: what two people see of each other, and how it comes back after a restart."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright
from visavis_core.acts import commands as c
from visavis_core.web import whip
from visavis_media.control import MediaControl
from visavis_media.settings import MediaSettings

homes = sys.modules["room_house"]
hosts = sys.modules["room_served"]
pytestmark = pytest.mark.e2e

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
TABLET, DESK = {"width": 1180, "height": 820}, {"width": 1366, "height": 768}
PATIENCE = 30_000  # ms; two encoders and two decoders share two processors here


async def start_media() -> MediaControl:
    return await MediaControl.start(MediaSettings(host="127.0.0.1", loopback=True, advertised=("127.0.0.1",)))


async def open_house() -> Any:
    house = homes.House(await start_media(), time.monotonic)
    house.act = await house.open_act()
    return house


async def close_house(house: Any) -> None:
    await house.rooms.close()
    await house.media.close()


def app_of(house: Any) -> Any:
    return homes.app_of(house, *whip.routes)


@pytest.fixture
def served() -> Iterator[Any]:
    with hosts.serving(open_house, app_of, close_house) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield launched
        await launched.close()


async def enter(browser: Browser, served: Any, who: str, viewport: Any, script: str = "") -> Page:
    context = await browser.new_context(viewport=viewport, locale="fr-CA")
    await context.add_cookies([{"name": "who", "value": who, "url": served.base}])
    page = await context.new_page()
    if script:
        await page.add_init_script(script)
    await page.goto(f"{served.base}/acts/{served.house.act}/room")
    await page.wait_for_selector("visavis-room[data-ready]", timeout=PATIENCE)
    return page


PLAYS = """(target) => {
  const stage = document.querySelector("visavis-stage");
  return stage.target === target && stage.video.videoWidth > 0 && stage.video.currentTime > 0;
}"""
SHOWN = """() => document.querySelector("visavis-stage video").getVideoPlaybackQuality().totalVideoFrames"""


async def sees(page: Page, target: str) -> None:
    await page.wait_for_function(PLAYS, arg=target, timeout=PATIENCE)
    # An async predicate would be true at once: to `wait_for_function` a promise is something.
    before = await page.evaluate(SHOWN)
    await page.wait_for_function(f"(before) => ({SHOWN})() > before + 3", arg=before, timeout=PATIENCE)


async def test_two_people_see_draw_capture_advise_and_stop(served: Any, browser: Browser) -> None:
    nurse = await enter(browser, served, "nurse", TABLET)
    physician = await enter(browser, served, "md", DESK)
    await sees(physician, "live:clinical")
    await nurse.wait_for_selector("[data-tiles] li:not(.own)[data-state=connected]", timeout=PATIENCE)

    # A face is sent small and whole, in the shape its camera has.
    shape = await nurse.evaluate(
        """() => { const { videoWidth, videoHeight } = document.querySelector("[data-tiles] li:not(.own) video");
        return [videoWidth / videoHeight, videoHeight]; }"""
    )
    assert shape[0] == pytest.approx(16 / 9, abs=0.02)
    assert shape[1] <= 360

    # An arrow drawn on the desk lands on the same place of the picture on the tablet.
    await physician.keyboard.press("f")
    box = await physician.locator("visavis-stage .overlay").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await physician.mouse.move(x - 80, y - 40)
    await physician.mouse.down()
    await physician.mouse.move(x + 40, y + 60, steps=4)
    await physician.mouse.up()
    head = await physician.evaluate(
        """([x, y]) => { const { overlay, canvas } = document.querySelector("visavis-stage");
        const frame = canvas.getBoundingClientRect(), { box } = overlay;
        return [(x - frame.left - box.x) / box.width, (y - frame.top - box.y) / box.height]; }""",
        [x + 40, y + 60],
    )
    shows_ink = """([u, v]) => {
      const { overlay, canvas } = document.querySelector("visavis-stage");
      const { box } = overlay, ratio = canvas.width / canvas.clientWidth;
      const pixels = canvas.getContext("2d").getImageData(
        (box.x + u * box.width) * ratio - 3, (box.y + v * box.height) * ratio - 3, 7, 7).data;
      return pixels.some((value, i) => i % 4 === 3 && value > 200);
    }"""
    for page in (nurse, physician):
        await page.wait_for_function(shows_ink, arg=head, timeout=PATIENCE)

    # C asks for a still: the tablet takes it and both sides have it.
    await physician.keyboard.press("c")
    for page in (nurse, physician):
        await page.wait_for_selector("[data-stills] img", timeout=PATIENCE)

    # N, one sentence, Enter. The tablet shows it large; one touch says it was heard.
    await physician.keyboard.press("n")
    await physician.keyboard.type("Rincer au sérum, puis pansement.")
    await physician.keyboard.press("Enter")
    await nurse.locator("[data-advice=text]", has_text="Rincer au sérum, puis pansement.").wait_for(timeout=PATIENCE)
    await nurse.locator("[data-do=heard]").click()
    await physician.wait_for_selector("visavis-advice li.heard", timeout=PATIENCE)

    # Consent withdrawn: within a second nothing arrives any more.
    await nurse.locator(".act-header a[href$='/consent/withdraw']").click()
    await nurse.locator("#dialog-withdraw [data-answer=patient]").click()
    await physician.wait_for_selector("[data-when=ended]:not([hidden])", timeout=PATIENCE)
    assert await physician.evaluate("() => document.querySelector('visavis-room').media.watched.size") == 0
    bodies = served.run(served.house.bodies(served.house.act))
    wanted = ["AnnotationCommitted", "StillCaptured", "AdviceGiven", "AdviceAcknowledged", "ConsentWithdrawn"]
    assert [body for body in bodies if body in wanted] == wanted


async def test_both_are_back_by_themselves_after_the_server_was_restarted(served: Any, browser: Browser) -> None:
    nurse = await enter(browser, served, "nurse", TABLET)
    physician = await enter(browser, served, "md", DESK)
    await sees(physician, "live:clinical")
    former = await physician.evaluate("() => [...document.querySelector('visavis-room').media.watched.keys()]")

    await asyncio.to_thread(served.stop)
    await asyncio.to_thread(served.run, close_house(served.house))
    for page in (nurse, physician):
        await page.wait_for_selector("[data-show=offline]:not([hidden])", timeout=PATIENCE)
    # Noted while the line is down: it waits, and is sent once.
    await physician.keyboard.press("n")
    await physician.keyboard.type("Surveiller la rougeur.")
    await physician.keyboard.press("Enter")
    unsent = physician.locator("visavis-advice [data-unsent=to_send]")
    await unsent.wait_for(timeout=PATIENCE)
    assert "Surveiller la rougeur." in await unsent.inner_text()
    assert "À envoyer" in await unsent.inner_text()

    act, media = served.house.act, await asyncio.to_thread(served.run, start_media())

    async def renew() -> Any:
        return served.house.renewed(media)

    served.house = await asyncio.to_thread(served.run, renew())
    served.house.act = act
    await asyncio.to_thread(served.start)
    for page in (nurse, physician):
        await page.wait_for_selector("[data-show=offline]", state="hidden", timeout=PATIENCE)
    await nurse.locator("[data-advice=text]", has_text="Surveiller la rougeur.").wait_for(timeout=PATIENCE)
    await unsent.wait_for(state="detached", timeout=PATIENCE)
    assert await physician.locator("visavis-advice li", has_text="Surveiller la rougeur.").count() == 1
    await physician.wait_for_function(
        """(former) => {
        const now = [...document.querySelector("visavis-room").media.watched.entries()];
        return now.length > 0 && now.every(([link, each]) => !former.includes(link) && each.state === "connected");
      }""",
        arg=former,
        timeout=PATIENCE,
    )
    await sees(physician, "live:clinical")
    advices = [b for b in served.run(served.house.bodies(act)) if b == "AdviceGiven"]
    assert len(advices) == 1


WATCHED = "() => [...document.querySelector('visavis-room').media.watched.keys()]"
WATCHES_ANEW = """(former) => {
  const now = [...document.querySelector("visavis-room").media.watched.entries()];
  return now.length > 0 && now.every(([link, each]) => !former.includes(link) && each.state === "connected");
}"""


async def test_both_are_back_by_themselves_after_a_media_worker_was_killed(served: Any, browser: Browser) -> None:
    """Only media dies; the pages keep their line, are told at once and publish and watch again."""
    nurse = await enter(browser, served, "nurse", TABLET)
    physician = await enter(browser, served, "md", DESK)
    await sees(physician, "live:clinical")
    former = await physician.evaluate(WATCHED)

    os.kill(served.house.media.worker_pids[0], signal.SIGKILL)
    for page, before in ((physician, former), (nurse, [])):
        await page.wait_for_function(WATCHES_ANEW, arg=before, timeout=PATIENCE)
    await sees(physician, "live:clinical")
    assert await nurse.locator("[data-show=offline]").is_hidden()


FRAMES = """(names) => names.map((name) =>
  [...document.querySelectorAll("[data-tiles] li:not(.own)[data-state=connected]")]
    .find((each) => each.querySelector(".name").textContent.includes(name))
    ?.querySelector("video").getVideoPlaybackQuality().totalVideoFrames ?? 0)"""
# Chromium's second made-up camera is a depth camera, whose 16-bit grey no encoder takes: the tablet does without it.
WITHOUT_DEPTH = """const all = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
navigator.mediaDevices.enumerateDevices = async () => (await all()).filter(({ label }) => label !== "fake_device_1");"""


async def both_advance(page: Page, names: list[str]) -> None:
    before = await page.evaluate(FRAMES, names)
    await page.wait_for_function(
        f"([names, before]) => ({FRAMES})(names).every((now, i) => now > before[i] + 5)",
        arg=[names, before],
        timeout=PATIENCE,
    )


async def test_a_second_camera_of_the_tablet_is_seen_beside_the_first_each_by_its_name(
    served: Any, browser: Browser
) -> None:
    alone = "--use-fake-device-for-media-stream"
    two = [f"{alone}=device-count=3" if each == alone else each for each in ARGUMENTS]
    tablet = await browser.browser_type.launch(executable_path="/usr/bin/chromium", args=two)
    try:
        nurse = await enter(tablet, served, "nurse", {"width": 1280, "height": 800}, WITHOUT_DEPTH)
        physician = await enter(browser, served, "md", DESK)
        await sees(physician, "live:clinical")

        await nurse.locator(".bar [data-do=add_camera]").click()
        await both_advance(physician, ["caméra clinique", "caméra 2"])
        used = await nurse.evaluate(
            """() => [...document.querySelector("visavis-room").media.published.values()]
            .map(({ video }) => video.getSettings().deviceId)"""
        )
        assert len(used) == len(set(used)) == 2

        # This tablet has no third, and says so.
        await nurse.locator(".bar [data-do=add_camera]").click()
        await nurse.get_by_text("Aucune autre caméra").first.wait_for(state="attached", timeout=PATIENCE)
    finally:
        await tablet.close()


REFUSED = """navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "%s"));"""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "ne sont pas autorisés"),
        ("NotReadableError", "utilisée par une autre application"),
        ("NotFoundError", "n'a été trouvé"),
        ("OverconstrainedError", "n'est plus disponible"),
    ],
)
async def test_a_camera_that_cannot_be_had_is_said_with_its_way_out(
    served: Any, browser: Browser, error: str, words: str
) -> None:
    nurse = await enter(browser, served, "nurse", TABLET, REFUSED % error)
    panel = nurse.locator("[data-show=problem]")
    await panel.wait_for(timeout=PATIENCE)
    said = (await panel.locator("p").inner_text()).replace("\u2019", "'").replace("\u202f", " ")
    assert words in said
    assert await panel.get_by_role("button", name="Réessayer").is_visible()
    # Without a camera the person still follows and may still withdraw consent.
    assert await nurse.locator("[data-do=withdraw]").is_visible()


async def test_points_of_the_screen_and_of_the_picture_agree_at_any_size_and_mirrored(
    served: Any, browser: Browser
) -> None:
    page = await enter(browser, served, "nurse", TABLET)
    version = await page.evaluate("() => document.querySelector('script[src*=room]').src.replace(/room\\.js$/, '')")
    worst = await page.evaluate(
        """async (folder) => {
        const { pictureBox, toPicture, toElement, FULL } = await import(`${folder}geometry.js`);
        let worst = 0;
        for (const [ew, eh] of [[800, 600], [300, 900], [1366, 768], [390, 844]])
          for (const [pw, ph] of [[1920, 1080], [1080, 1920], [640, 480], [4000, 3000]])
            for (const mirrored of [false, true])
              for (let u = 0; u <= FULL; u += 1250) {
                const box = pictureBox(ew, eh, pw, ph);
                if (box.width > ew + 1e-9 || box.height > eh + 1e-9) return "cropped";
                if (Math.abs(box.width / box.height - pw / ph) > 1e-9) return "stretched";
                const [x, y] = toElement([u, FULL - u], box, mirrored);
                const [bu, bv] = toPicture(x, y, box, mirrored);
                worst = Math.max(worst, Math.abs(bu - u), Math.abs(bv - (FULL - u)));
              }
        return worst;
      }""",
        version,
    )
    assert worst == 0
    kept = await page.evaluate(
        """async (folder) => {
        const { simplify } = await import(`${folder}geometry.js`);
        const line = Array.from({ length: 3000 }, (_, i) => [i, i]);
        const wild = Array.from({ length: 5000 }, (_, i) => [(i * 7919) % 10000, (i * 104729) % 10000]);
        return [simplify(line).length, simplify(wild).length];
      }""",
        version,
    )
    assert kept[0] == 2
    assert 2 < kept[1] <= 512


async def test_no_message_of_the_room_is_missing_in_either_language(served: Any, browser: Browser) -> None:
    page = await enter(browser, served, "nurse", TABLET)
    missing = await page.evaluate(
        """async () => {
        const load = async (language) => (await fetch(`/messages/${language}/room.json`)).json();
        const [fr, en] = [await load("fr"), await load("en")];
        return [Object.keys(fr).filter((k) => !(k in en)), Object.keys(en).filter((k) => !(k in fr))];
      }"""
    )
    assert missing == [[], []]


async def test_withdrawal_reaches_media_well_under_a_second(served: Any, browser: Browser) -> None:
    nurse = await enter(browser, served, "nurse", TABLET)
    physician = await enter(browser, served, "md", DESK)
    await sees(physician, "live:clinical")
    await physician.evaluate(
        """() => { window.arrivals = []; const { media } = document.querySelector("visavis-room");
        media.stop = () => undefined; media.reconcile = () => undefined;  // this page does nothing to stop by itself
        const links = [...media.watched.values()];
        const count = async () => { let bytes = 0;
          for (const { peer } of links) for (const s of (await peer.getStats()).values())
            if (s.type === "inbound-rtp") bytes += s.packetsReceived ?? 0;
          window.arrivals.push([Date.now(), bytes]); setTimeout(count, 50); };
        count(); }"""
    )

    async def withdraw() -> float:
        await served.house.practice.perform(homes.NURSE, served.house.act, c.WithdrawConsent())
        return time.time() * 1000

    durable_at = await asyncio.to_thread(served.run, withdraw())
    await physician.wait_for_function("(at) => window.arrivals.at(-1)[0] > at + 2500", arg=durable_at, timeout=PATIENCE)
    arrivals: list[list[float]] = await physician.evaluate("() => window.arrivals")
    total = arrivals[-1][1]
    last_growth = next(at for at, packets in arrivals if packets == total)
    assert total > 0
    assert last_growth - durable_at < 1000
    assert await nurse.evaluate("() => document.querySelector('visavis-room').model.consent.state") == "withdrawn"
