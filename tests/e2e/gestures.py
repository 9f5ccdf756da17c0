"""What the people of a journey do, in the words of the interface: one function for each gesture on a page.

Knows: the app's pages as their users do, by what is written on them and the names of their questions.
Refuses to know: the events behind; journeys read those from an export or the API, never from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Page, expect

__all__ = ["EXPERT", "NURSE", "Login", "act_of", "answer", "open_act", "sign_in"]

PASSWORD = "essai-visavis-2026"


@dataclass(frozen=True)
class Login:
    name: str
    password: str = PASSWORD


NURSE = Login("rose")
EXPERT = Login("expert")


async def sign_in(page: Page, base: str, who: Login) -> None:
    await page.goto(f"{base}/login")
    await page.fill("#login", who.name)
    await page.fill("#password", who.password)
    await page.press("#password", "Enter")
    await expect(page.locator("h1")).to_be_visible()
    await expect(page).not_to_have_url(f"{base}/login")


async def open_act(page: Page, specialty: str = "wounds", *, emergency: bool = False) -> str:
    """From the queue: ask for help, choose the specialty. Returns the act's id. Two clicks."""
    await page.click("a.emergency" if emergency else ".main-actions a.primary")
    await page.click(f"button[name=specialty][value={specialty}]")
    await page.wait_for_url("**/acts/act*")
    return act_of(page)


def act_of(page: Page) -> str:
    return page.url.split("/acts/")[1].split("/")[0].split("?")[0].split("#")[0]


async def answer(page: Page, step: str, **answers: str | bool | list[str]) -> None:
    """Fills the questions of one step and sends it; the page comes back with the step folded."""
    form = page.locator(f"form[action$='/steps/{step}']")
    details = page.locator(f"details#{step}")
    if await details.get_attribute("open") is None:
        await details.locator("summary").first.click()
    for name, value in answers.items():
        field = form.locator(f"[name='{name}']")
        kind = await field.first.get_attribute("type")
        if kind in ("radio", "checkbox"):
            wanted = value if isinstance(value, list) else ["true"] if value is True else [str(value)]
            for one in wanted:
                await form.locator(f"[name='{name}'][value='{one}']").check()
        elif await field.first.evaluate("e => e.tagName") == "SELECT":
            await field.select_option(str(value))
        else:
            await field.fill(str(value))
    await form.locator(".send button").click()
    await page.wait_for_url(f"**saved={step}*")
