"""What the people of a journey do outside the live room: one function for each gesture on a page.

Knows: the app's pages as their users do, by what is asked and what the buttons are for.
Refuses to know: the events behind; journeys read those from an export, never from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

__all__ = [
    "EXPERT",
    "NURSE",
    "PLACE",
    "Login",
    "accept_request",
    "act_of",
    "answer",
    "close_act",
    "fill_form",
    "judge_information",
    "justify",
    "open_act",
    "prepare",
    "sign_in",
    "sign_note",
    "start_session",
]


@dataclass(frozen=True)
class Login:
    name: str
    password: str = "essai-visavis-2026"


NURSE = Login("rose")
EXPERT = Login("expert")

PATIENT = {
    "family_name": "Bouchard-Invente",
    "given_names": "Hector",
    "birth_date": "1948-03-12",
    "sex": "male",
    "identifier_system": "NAM",
    "identifier": "BOUH 4803 1212",
    "method": "health_card",
    "presence": "beside_professional",
}
CONSENT = {
    "answer": "given",
    "to_remote_professional": "true",
    "to_technology": "true",
    "channel": "oral",
    "given_by": "patient",
}
NEED = {
    "need": "Plaie du talon droit, exsudat augmenté depuis deux jours.",
    "expectations": "Avis sur le débridement et le choix du pansement.",
    "summary": "Diabète de type 2, Braden 16, dernier avis le 2 novembre.",
    "competence_confirmed": "true",
}
PLACE = {
    "address": "12, rue des Inventés, La Baie",
    "detail": "Chambre 214",
    "call_back_number": "418 555 0199",
    "suitable": "true",
}
PLAN_B = {
    "telephone": "418 555 0142",
    "procedure": "Appeler ce numéro, poursuivre avec des captures.",
    "works": "true",
}
BEFORE_THE_EXPERT = (
    ("patient", PATIENT),
    ("consent", CONSENT),
    ("need", NEED),
    ("place", PLACE),
    ("plan_b", PLAN_B),
    ("people", {"confidentiality": "true"}),
)
WOUND = {
    "wound_type": "pressure_injury",
    "length_cm": "3,7",
    "width_cm": "3,1",
}


async def sign_in(page: Page, base: str, who: Login) -> None:
    await page.goto(f"{base}/login")
    await page.fill("#login", who.name)
    await page.fill("#password", who.password)
    await page.press("#password", "Enter")
    await page.wait_for_url(f"{base}/")


async def open_act(page: Page, specialty: str = "wound_care", *, emergency: bool = False) -> str:
    """From the queue, two clicks: ask for help, choose the specialty. Returns the act's id."""
    await page.click(".main-actions .emergency" if emergency else ".main-actions .primary")
    await page.click(f"button[name=specialty][value={specialty}]")
    await page.wait_for_url("**/acts/act*")
    return act_of(page)


def act_of(page: Page) -> str:
    return page.url.split("/acts/")[1].split("/")[0].split("?")[0].split("#")[0]


async def answer(page: Page, base: str, act: str, step: str, answers: dict[str, str]) -> None:
    """Opens one step, answers its questions, sends it, and sees that it was kept."""
    await page.goto(f"{base}/acts/{act}?step={step}")
    form = page.locator(f"form[action$='/steps/{step}']")
    around = page.locator(f"details#{step} details:has(form[action$='/steps/{step}'])")
    if await around.count() and await around.first.get_attribute("open") is None:
        await around.first.locator("> summary").click()
    for name, value in answers.items():
        await _fill(form, name, value)
    await form.locator(".send button").click()
    await page.wait_for_url(f"**saved={step}*")


async def _fill(form: Locator, name: str, value: str) -> None:
    field = form.locator(f"[name='{name}']")
    kind = await field.first.get_attribute("type")
    if kind in ("radio", "checkbox"):
        await form.locator(f"[name='{name}'][value='{value}']").check()
    elif await field.first.evaluate("element => element.tagName") == "SELECT":
        await field.select_option(value)
    else:
        await field.fill(value)


async def prepare(page: Page, base: str, act: str) -> None:
    """Everything the nurse can do before the expert comes."""
    for step, answers in BEFORE_THE_EXPERT:
        await answer(page, base, act, step, answers)
    await check_equipment(page, base, act)


async def check_equipment(page: Page, base: str, act: str) -> None:
    """The device check as it is meant: the page tries camera, microphone, loudspeaker and connection itself."""
    await page.goto(f"{base}/acts/{act}?step=check")
    check = page.locator("visavis-device-check")
    await check.locator("> button").click()
    await check.locator("[role=status] button").first.click(timeout=20_000)
    await expect(check.locator("[role=status]")).to_contain_text("enregistré")


async def accept_request(page: Page, base: str, act: str) -> None:
    """One click for the expert, from the queue."""
    await page.goto(base)
    await page.click(f"form[action='/acts/{act}/accept'] button")
    await page.wait_for_url(f"**/acts/{act}**")


async def start_session(page: Page, base: str, act: str) -> None:
    await page.goto(f"{base}/acts/{act}")
    await page.click(f"form[action='/acts/{act}/session'] button")
    await page.wait_for_url(f"**/acts/{act}/room")


async def fill_form(page: Page, base: str, act: str, form: str, answers: dict[str, str]) -> None:
    await page.goto(f"{base}/acts/{act}/forms/{form}")
    for name, value in answers.items():
        await _fill(page.locator("#the-form"), name, value)
    await page.click("#the-form .buttons .primary")
    await page.wait_for_url("**saved=*")


async def sign_note(page: Page, base: str, act: str, note: str, words: dict[str, str]) -> None:
    """Completes the prefilled note, reads it once more, signs it."""
    await page.goto(f"{base}/acts/{act}/notes/{note}")
    for name, value in words.items():
        await page.locator(f"[name='s.{name}']").fill(value)
    await page.click("button[name=do][value=review]")
    await page.click("button[name=do][value=sign]")
    await page.wait_for_url("**saved=*")


async def justify(page: Page, base: str, act: str, reason: str) -> int:
    """Gives a reason for every duty that may be justified; returns how many were."""
    given = 0
    while True:
        await page.goto(f"{base}/acts/{act}/close")
        form = page.locator("form[action$='/justifications']").first
        if not await form.count():
            return given
        await page.locator("details:has(form[action$='/justifications']) > summary").first.click()
        await form.locator("textarea").fill(reason)
        await form.locator("button").click()
        await page.wait_for_load_state()
        given += 1
        assert given < 60


async def close_act(page: Page, base: str, act: str) -> None:
    await page.goto(f"{base}/acts/{act}/close")
    await page.click("main form[method=post]:not([action]) button")
    await page.wait_for_load_state()


async def judge_information(page: Page, base: str, act: str) -> None:
    """The expert says whether what was seen and told sufficed for the opinion given (F10)."""
    await page.goto(f"{base}/acts/{act}/quality")
    await page.check("[name=subject][value=information]")
    await page.check("[name=verdict][value=adequate]")
    await page.click("main form .send button, main form button.primary")
    await page.wait_for_load_state()
