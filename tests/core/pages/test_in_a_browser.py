"""Each page as a browser draws it: fits its screen, targets large enough, everything named. Screenshots are kept.

Sizes are the tablet, the laptop, the phone, the narrowest phone, and the laptop at 200 % zoom. Pictures go to
`artefacts/pages`. The rules of WCAG 2.2 AA are axe-core's own, run once on each page in each language.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import axe_playwright_python
import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from .harness import app_of
from .story import NEED, PATIENT, Story, cause_in, values_of

ARTEFACTS = Path(__file__).resolve().parents[3] / "artefacts" / "pages"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZES = {
    "tablet": (1180, 820),
    "laptop": (1366, 768),
    "phone": (390, 844),
    "narrow": (320, 640),
    "zoom": (683, 384),
}
KEPT = {"fr": ("tablet", "laptop", "phone"), "en": ("laptop",)}

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
BREACHES = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).slice(0, 3).join("; ")}`);
}"""

# What a person with a finger, a keyboard or a screen reader would stumble on. 48 px at a bedside, 32 at a desk.
STUMBLES = """() => {
  const found = [];
  const least = document.documentElement.classList.contains("desk") ? 32 : 48;
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push("wider than the screen");
  for (const one of document.querySelectorAll("a,button,summary,input:not([type=hidden]),select,textarea")) {
    const box = (one.closest("label.choice, .with-unit") || one).getBoundingClientRect();
    if (!box.width || one.closest(".heard-only") || one.classList.contains("skip")) continue;
    const reach = Math.max(box.height, parseFloat(getComputedStyle(one, "::after").height) || 0);
    if (reach < least - 0.5) found.push(`small: ${one.tagName} ${Math.round(reach)} ${one.textContent.trim()}`);
  }
  const seen = new Set();
  for (const one of document.querySelectorAll("[id]")) {
    if (seen.has(one.id)) found.push(`id twice: ${one.id}`);
    seen.add(one.id);
  }
  for (const one of document.querySelectorAll("input:not([type=hidden]),select,textarea"))
    if (!one.labels.length) found.push(`no label: ${one.name}`);
  for (const attribute of ["aria-describedby", "aria-labelledby"])
    for (const one of document.querySelectorAll(`[${attribute}]`))
      for (const id of one.getAttribute(attribute).split(" "))
        if (id && !seen.has(id)) found.push(`described by nothing: ${id}`);
  let level = 0;
  for (const one of document.querySelectorAll("h1,h2,h3,h4")) {
    if (+one.tagName[1] > level + 1) found.push(`heading skipped: ${one.textContent.trim()}`);
    level = +one.tagName[1];
  }
  return found;
}"""


@asynccontextmanager
async def served(house: Any) -> AsyncIterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app_of(house), log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(30):
        while not server.started:  # noqa: ASYNC110 -- uvicorn says it in an attribute and offers no event
            await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@asynccontextmanager
async def opened(browser: Browser, origin: str, who: str, language: str) -> AsyncIterator[tuple[Page, list[str]]]:
    """One reader's browser, and what its scripts complained of."""
    context = await browser.new_context(locale=f"{language}-CA")
    await context.add_cookies([{"name": "reader", "value": who, "url": origin}])
    page = await context.new_page()
    spoken: list[str] = []
    page.on("pageerror", lambda error: spoken.append(f"script: {error}"))
    page.on("console", lambda message: spoken.append(message.text) if message.type == "error" else None)
    yield page, spoken
    await context.close()


class Walk(NamedTuple):
    """Pages by name: who reads them, their address, and the form sent empty there ("" when none is)."""

    pages: dict[str, tuple[str, str, str]]

    def of(self, reader: str) -> list[tuple[str, str, str]]:
        return [(name, path, form) for name, (who, path, form) in self.pages.items() if who == reader]


@pytest.fixture
async def walk(story: Story) -> Walk:
    await story.open()
    early = story.act
    await story.done("patient", PATIENT)
    await story.done("need", NEED)
    choosing = (await story.nurse.get("/acts/open?emergency=1")).text
    answer = await story.nurse.post(
        "/acts", data={"_cause": cause_in(choosing), "emergency": "1", "specialty": "surgery"}
    )
    urgent = answer.headers["location"].removesuffix("/room")
    await story.open()
    await story.prepare()
    await story.hold_session()
    late = story.act
    form = f"{late}/forms/wound_care.wound"
    asked = (await story.nurse.get(form)).text
    answers = {"_cause": "f", "kind": values_of(asked, "kind")[0], "site": values_of(asked, "site")[0]}
    await story.nurse.post(form, data=answers | {"length": "3,2", "width": "2,1", "exudate": "light", "slough": "60"})
    await story.sign(story.nurse, "on_site", {"s.care": "Débridement, pansement."})
    return Walk(
        {
            "queue": ("nurse", "/", ""),
            "queue_physician": ("physician", "/", ""),
            "queue_administrator": ("admin", "/", ""),
            "open": ("nurse", "/acts/open", ""),
            "open_emergency": ("nurse", "/acts/open?emergency=1", ""),
            "act_preparing": ("nurse", early, ""),
            "act_consent": ("nurse", f"{early}?step=consent", ""),
            "act_errors": ("nurse", f"{early}?step=place", "form[action$='/steps/place']"),
            "act_requested": ("physician", early, ""),
            "act_emergency": ("nurse", urgent, ""),
            "act_concluding": ("physician", late, ""),
            "form": ("nurse", form, ""),
            "note_to_write": ("physician", f"{late}/notes/assisting", ""),
            "note_signed": ("nurse", f"{late}/notes/on_site", ""),
            "close": ("physician", f"{late}/close", ""),
            "close_emergency": ("nurse", f"{urgent}/close", ""),
            "proof": ("physician", f"{late}/proof", ""),
            "withdraw": ("nurse", f"{late}/consent/withdraw", ""),
            "reorient": ("physician", f"{late}/reorient", ""),
            "follow_up": ("physician", f"{late}/follow-up", ""),
            "quality": ("physician", f"{late}/quality", ""),
            "invite": ("nurse", f"{early}/invitations", ""),
        }
    )


async def show(page: Page, address: str, form: str) -> None:
    await page.goto(address)
    if form:
        async with page.expect_navigation():
            await page.locator(form).evaluate("(form) => form.submit()")


@pytest.mark.e2e
async def test_every_page_on_every_screen_in_both_languages(house: Any, walk: Walk) -> None:
    assert CHROMIUM, "Chromium is not installed: apt-get install chromium"
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    stumbled: dict[str, list[str]] = {}
    async with served(house) as origin, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for who, language in product(("nurse", "physician", "admin"), ("fr", "en")):
            async with opened(browser, origin, who, language) as (page, spoken):
                for name, path, form in walk.of(who):
                    await show(page, origin + path, form)
                    if form:
                        spoken.clear()  # Chromium calls the 422 of a page with errors an error of its own
                    for size, (width, height) in SIZES.items():
                        await page.set_viewport_size({"width": width, "height": height})
                        stumbles = [*spoken, *await page.evaluate(STUMBLES)]
                        spoken.clear()
                        if stumbles:
                            stumbled[f"{name} {language} {size}"] = stumbles
                        if size in KEPT[language]:
                            kept = ARTEFACTS / f"{name}.{language}.{size}.png"
                            await page.screenshot(path=kept, full_page=True)
        await browser.close()
    assert stumbled == {}


@pytest.mark.e2e
async def test_no_page_breaks_the_rules_of_accessibility_in_either_language(house: Any, walk: Walk) -> None:
    assert CHROMIUM, "Chromium is not installed: apt-get install chromium"
    breaches: dict[str, list[str]] = {}
    async with served(house) as origin, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for who, language in product(("nurse", "physician", "admin"), ("fr", "en")):
            async with opened(browser, origin, who, language) as (page, _):
                await page.set_viewport_size({"width": 1180, "height": 820})
                for name, path, form in walk.of(who):
                    await show(page, origin + path, form)
                    # Evaluated by the driver and not put in the page: the page's own policy allows no foreign script.
                    await page.evaluate(AXE)
                    if found := await page.evaluate(BREACHES):
                        breaches[f"{name} {language}"] = found
        await browser.close()
    assert breaches == {}


KEPT_HERE = """async () => {
  const shelf = await import("/static/js/shelf.js");
  const { waiting } = await shelf.recall("acc_nurse", "act_1");
  return waiting.length;
}"""


@pytest.mark.e2e
async def test_a_photo_kept_on_a_tablet_goes_when_another_person_signs_in(house: Any) -> None:
    async with served(house) as origin, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        async with opened(browser, origin, "nurse", "fr") as (page, spoken):
            await page.goto(origin)
            assert await page.evaluate(
                """async () => {
                const shelf = await import("/static/js/shelf.js");
                const owner = shelf.accountHere();
                return shelf.keep({ cause: "still:1", owner, act: "act_1", source: "clinical", method: "canvas",
                  blob: new Blob(["photo"]), taken: Date.now() }); }"""
            )
            await page.reload()
            assert await page.evaluate(KEPT_HERE) == 1
            await page.context.add_cookies([{"name": "reader", "value": "physician", "url": origin}])
            await page.reload()
            for _ in range(100):
                if not (left := await page.evaluate(KEPT_HERE)):
                    break
                await asyncio.sleep(0.1)
            assert left == 0
            assert spoken == []
        await browser.close()
