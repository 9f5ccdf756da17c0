"""The two rooms at the sizes people have in hand: every gesture in view, whole, large enough, covered by nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Browser, Page, async_playwright
from visavis_core.acts import commands as c

homes = sys.modules["room_house"]
hosts = sys.modules["room_served"]
pytestmark = pytest.mark.e2e

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
PHONES = ((390, 844), (360, 780), (320, 640))
TABLETS = ((1024, 768), (768, 1024), (1180, 820))
PATIENCE = 30_000  # ms
ADVICE = c.GiveAdvice(
    text="Débrider la fibrine au bord interne, puis poser un hydrofibre à renouveler demain matin.",
    justification="Fibrine adhérente visible à quatre heures, exsudat modéré.",
)
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
BREACHES = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).slice(0, 3).join("; ")}`);
}"""

# What stands between a finger and each of `wanted`: out of view, covered, too small, or with its word cut.
OBSTACLES = """([wanted, least]) => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  for (const selector of wanted) {
    const one = [...document.querySelectorAll(selector)].find((each) => each.checkVisibility());
    if (!one) { found.push(`${selector}: not shown`); continue; }
    const box = one.getBoundingClientRect();
    if (box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight)
      found.push(`${selector}: out of view`);
    for (const [x, y] of [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]) {
      const there = document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
      if (!one.contains(there)) { found.push(`${selector}: covered by ${there?.className || there?.tagName}`); break; }
    }
    if (Math.min(box.width, box.height) < least - 0.5) found.push(`${selector}: ${box.width} x ${box.height}`);
    if (one.scrollWidth > one.clientWidth + 1) found.push(`${selector}: word cut`);
  }
  return found;
}"""


@pytest.fixture
def served() -> Iterator[Any]:
    async def open_house() -> Any:
        house = homes.House()
        house.act = await house.open_act()
        return house

    async def close_house(house: Any) -> None:
        await house.rooms.close()

    with hosts.serving(open_house, homes.app_of, close_house) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield launched
        await launched.close()


async def enter(browser: Browser, served: Any, who: str, language: str = "fr") -> Page:
    context = await browser.new_context(locale=f"{language}-CA", viewport={"width": 1024, "height": 768})
    await context.add_cookies([{"name": "who", "value": who, "url": served.base}])
    page = await context.new_page()
    await page.goto(f"{served.base}/acts/{served.house.act}/room")
    await page.wait_for_selector("visavis-room[data-ready]", timeout=PATIENCE)
    await page.wait_for_selector(".bar:not([hidden])", timeout=PATIENCE)
    return page


async def give_advice(served: Any) -> None:
    house = served.house
    await asyncio.to_thread(served.run, house.practice.perform(homes.PHYSICIAN, house.act, ADVICE))


def action(name: str) -> str:
    return f".bar [data-do={name}]"


NAMED = [action(name) for name in ("capture", "mute", "plan_b", "incident", "insufficient", "withdraw")]
HEARD = [f".next-advice [data-do={name}]" for name in ("heard", "repeat")]
DOING = """(all) => all.map(({ dataset }) =>
  `.room :is(.bar, .thread-head) [data-do=${dataset.do}]${dataset.tool ? `[data-tool=${dataset.tool}]` : ""}`)"""


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_on_site_every_gesture_is_one_touch_away_on_any_screen(
    served: Any, browser: Browser, language: str
) -> None:
    nurse = await enter(browser, served, "nurse", language)
    met: dict[str, list[str]] = {}
    for stage in ("alone", "advised", "told"):
        if stage == "advised":
            await give_advice(served)
            await nurse.wait_for_selector("[data-advice=next]:not([hidden])", timeout=PATIENCE)
        if stage == "told":
            await nurse.evaluate(
                """() => { const { announcer, t } = document.querySelector("visavis-room");
                announcer.say(t("still.waiting_kept"), { urgent: true }); announcer.say(t("still.taken")); }"""
            )
        for width, height in (*PHONES, *TABLETS):
            await nurse.set_viewport_size({"width": width, "height": height})
            wanted = NAMED if stage == "alone" else NAMED + HEARD
            if obstacles := await nurse.evaluate(OBSTACLES, [wanted, 44]):
                met[f"{stage} {width}"] = obstacles
    assert met == {}


async def test_on_site_the_dialogs_fit_a_phone_with_large_answers(served: Any, browser: Browser) -> None:
    nurse = await enter(browser, served, "nurse")
    met: dict[str, list[str]] = {}
    for width, height in PHONES:
        await nurse.set_viewport_size({"width": width, "height": height})
        for name in ("plan_b", "incident", "insufficient", "withdraw", "more"):
            await nurse.locator(action(name)).click()
            answers = await nurse.locator("dialog[open] .button").evaluate_all(
                "(all) => all.map((_, i) => `dialog[open] .answers .button:nth-of-type(${i + 1})`).slice(0, -1)"
            )
            if obstacles := await nurse.evaluate(OBSTACLES, [[*answers, "dialog[open] [data-cancel]"], 44]):
                met[f"{name} {width}"] = obstacles
            await nurse.locator("dialog[open] [data-cancel]").click()
    assert met == {}


async def test_ending_the_session_stands_apart_from_what_is_clinical(served: Any, browser: Browser) -> None:
    physician = await enter(browser, served, "md")
    for width, height in ((1024, 768), (1366, 768), (390, 844)):
        await physician.set_viewport_size({"width": width, "height": height})
        nearest = await physician.evaluate(
            """() => { const end = document.querySelector("[data-do=end]").getBoundingClientRect();
            const gap = ({ left, right, top, bottom }) => Math.max(
              left - end.right, end.left - right, top - end.bottom, end.top - bottom);
            return Math.min(...[...document.querySelectorAll(".decisions .button")]
              .map((each) => gap(each.getBoundingClientRect()))); }"""
        )
        assert nearest > 100, width


async def test_the_expert_has_everything_on_a_phone_and_each_bar_on_one_line_at_a_desk(
    served: Any, browser: Browser
) -> None:
    physician = await enter(browser, served, "md")
    words = [".composer textarea", ".composer .button.primary"]
    met: dict[str, list[str]] = {}
    for width, height in (*PHONES, *TABLETS):
        await physician.set_viewport_size({"width": width, "height": height})
        phone = width < 700
        doing = await physician.locator(".bar .button, .thread-head .button").evaluate_all(DOING)
        for one in (*doing, *words):
            await physician.locator(one).scroll_into_view_if_needed()
            if obstacles := await physician.evaluate(OBSTACLES, [[one], 44 if phone else 32]):
                met[f"{width} {one}"] = obstacles
        if width == 1024:
            lines = await physician.locator(".bar").evaluate_all(
                "(bars) => bars.map((bar) => new Set([...bar.children].map(({ offsetTop }) => offsetTop)).size)"
            )
            assert lines == [1, 1]
    assert met == {}


@pytest.mark.parametrize(("who", "language"), [("nurse", "fr"), ("nurse", "en"), ("md", "fr"), ("md", "en")])
async def test_no_room_breaks_the_rules_of_accessibility(
    served: Any, browser: Browser, who: str, language: str
) -> None:
    await give_advice(served)
    page = await enter(browser, served, who, language)
    await page.wait_for_selector("[data-advice=next]:not([hidden]), visavis-advice li", timeout=PATIENCE)
    await page.evaluate(AXE)
    assert await page.evaluate(BREACHES) == []
