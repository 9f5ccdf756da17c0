"""People at their browsers: one Chromium process for each named person, with their own camera, voice and screen.

Knows: Chromium's flags for fake capture, sizes of screens, where screenshots are kept.
Refuses to know: the app's pages. A missing Chromium fails the test with the command to type: a skipped journey would
look like a passed one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, Literal

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from tests.e2e.harness.picture import MadePicture

__all__ = [
    "DESK",
    "LAPTOP",
    "PHONE",
    "TABLET",
    "Person",
    "Screen",
    "Stage",
    "find_chromium",
    "keep_screenshot",
    "stage",
]

ROOT: Final = pathlib.Path(__file__).resolve().parents[3]
ARTEFACTS: Final = ROOT / "artefacts"
_DECODER: Final = pathlib.Path(__file__).with_name("decode.js")


@dataclass(frozen=True)
class Screen:
    name: str
    width: int
    height: int
    touch: bool = False


TABLET: Final = Screen("tablet", 1180, 820, touch=True)
LAPTOP: Final = Screen("laptop", 1366, 768)
DESK: Final = Screen("desk", 1920, 1080)
PHONE: Final = Screen("phone", 390, 844, touch=True)

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # Pages of the test are on loopback, and so is the media: host candidates must not hide behind mDNS names.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,Translate,MediaRouter",
)


@dataclass
class Person:
    """One person's page. `complaints` holds what the page's scripts failed at: a journey should end with none."""

    name: str
    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)


class Stage:
    """`await stage.enter("nurse", picture=…, sound=…, screen=TABLET)` is a `Person`; all leave when the test ends."""

    def __init__(self, playwright: Playwright, exits: AsyncExitStack, story: str) -> None:
        self._playwright = playwright
        self._exits = exits
        self._story = story
        self.people: dict[str, Person] = {}

    async def enter(
        self,
        name: str,
        *,
        picture: MadePicture | None = None,
        sound: pathlib.Path | None = None,
        screen: Screen = LAPTOP,
        language: str = "fr-CA",
        scheme: Literal["light", "dark"] = "light",
        flags: tuple[str, ...] = (),
    ) -> Person:
        """A new browser process and one page. Without `picture` or `sound`: Chromium's own test pattern and beep."""
        chosen = [*FLAGS, *flags]
        if picture is not None:
            chosen.append(f"--use-file-for-fake-video-capture={picture.path}")
        if sound is not None:
            chosen.append(f"--use-file-for-fake-audio-capture={sound}")
        browser = await self._playwright.chromium.launch(executable_path=find_chromium(), args=chosen)
        self._exits.push_async_callback(browser.close)
        context = await browser.new_context(
            viewport={"width": screen.width, "height": screen.height},
            has_touch=screen.touch,
            locale=language,
            timezone_id="America/Toronto",
            color_scheme=scheme,
            permissions=["camera", "microphone"],
        )
        await context.add_init_script(path=_DECODER)
        person = Person(name, await context.new_page(), context)
        _listen_for_complaints(person)
        self.people[name] = person
        return person

    async def keep(self, person: Person, page_name: str, *screens: Screen) -> list[pathlib.Path]:
        """Screenshots in `artefacts/<story>/`, one for each screen (or the present size), the present size restored."""
        return await keep_screenshot(person.page, ARTEFACTS / self._story, f"{page_name}-{person.name}", *screens)

    def keep_file(self, name: str, content: bytes) -> pathlib.Path:
        """A file that a person received, kept beside the screenshots to be looked at."""
        path = ARTEFACTS / self._story / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def _listen_for_complaints(person: Person) -> None:
    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            person.complaints.append(message.text)

    person.page.on("console", note)
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))


async def keep_screenshot(page: Page, folder: pathlib.Path, name: str, *screens: Screen) -> list[pathlib.Path]:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    before = page.viewport_size
    kept = []
    for screen in screens or (None,):
        if screen is not None:
            await page.set_viewport_size({"width": screen.width, "height": screen.height})
        path = folder / f"{name}{f'-{screen.name}' if screen else ''}.png"
        await page.screenshot(path=path, animations="disabled", caret="hide")
        kept.append(path)
    if before is not None and screens:
        await page.set_viewport_size(before)
    return kept


def find_chromium() -> str:
    """The system's Chromium, or `VISAVIS_CHROMIUM`. Fails the test in clear words when there is none."""
    named = os.environ.get("VISAVIS_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found or not pathlib.Path(found).exists():
        pytest.fail("Chromium is not on this machine, and journeys need it. Run: make browser", pytrace=False)
    return found


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The browsers of one test, closed at its end whatever happened."""
    story = re.sub(r"[^A-Za-z0-9_-]+", "-", request.node.name).strip("-")[:80]
    async with AsyncExitStack() as exits:
        playwright = await exits.enter_async_context(async_playwright())
        present = Stage(playwright, exits, story)
        yield present
        # What each was looking at when the story ended: the first thing to see when it ended badly.
        for person in present.people.values():
            with contextlib.suppress(PlaywrightError):
                await present.keep(person, "last")
