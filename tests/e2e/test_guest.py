"""A relative joins by a link that works once, sees and is seen, and reads nothing of the dossier."""

from __future__ import annotations

import pathlib

import pytest
from playwright.async_api import expect

from tests.e2e.harness.browser import PHONE, Stage
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.server import Server
from tests.e2e.live import watch_picture, witness
from tests.e2e.meeting import come_in, meet

pytestmark = pytest.mark.e2e


async def test_a_relative_joins_once_by_link_and_reads_no_dossier(
    demo_server: Server, stage: Stage, cameras: Cameras, voices: dict[int, pathlib.Path]
) -> None:
    nurse, expert = await come_in(stage, cameras, voices)
    meeting = await meet(demo_server, cameras, nurse, expert)
    base, act = meeting.base, meeting.act

    inviting = await nurse.context.new_page()
    await inviting.goto(f"{base}/acts/{act}/invitations")
    await inviting.fill("[name=name]", "Lise Bouchard-Invente")
    await inviting.check("[name=role][value=relative]")
    await inviting.fill("[name=quality]", "fille")
    await inviting.click("main form button.primary")
    link = await inviting.locator("#link").input_value()

    relative = await stage.enter("relative", screen=PHONE)
    await witness(relative.context)
    await relative.page.goto(link)
    await stage.keep(relative, "invited")
    await relative.page.click("main form button")
    await relative.page.wait_for_url(f"**/acts/{act}/room")
    await watch_picture(relative.page, cameras.expert.source)
    await expect(expert.page.locator(".act-header")).to_contain_text("Lise")
    await stage.keep(relative, "room")

    for door in ("", "/events", "/sheet"):
        assert (await relative.page.request.get(f"{base}/api/acts/{act}{door}")).status == 403
    for page in ("", "/proof", "/notes/assisting", "/export.zip"):
        answer = await relative.page.request.get(f"{base}/acts/{act}{page}", max_redirects=0)
        # Refused, or led back to the room: never a page of the dossier.
        assert answer.status in (403, 404) or answer.headers.get("location", "").endswith("/room"), page
    assert relative.complaints == []

    # The link is spent: whoever finds it later learns nothing by it.
    stranger = await stage.enter("stranger")
    await stranger.page.goto(link)
    await expect(stranger.page.locator("main form button")).to_have_count(0)
    assert "Bouchard" not in await stranger.page.content()
