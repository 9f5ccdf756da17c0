"""What the room's scripts keep, send again and let go of: each alone in Chromium, its server played by the test."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

homes = sys.modules["room_house"]
hosts = sys.modules["room_served"]
pytestmark = pytest.mark.e2e


async def open_house() -> Any:
    return homes.House()


async def close_house(house: Any) -> None:
    await house.rooms.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Any]:
    with hosts.serving(open_house, homes.app_of, close_house) as running:
        yield running


@pytest.fixture
async def page(served: Any) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        opened = await browser.new_page()
        await opened.goto(f"{served.base}/static/room/connection.js")
        yield opened
        await browser.close()


SOCKET = """
  window.sockets = [];
  window.WebSocket = class { static OPEN = 1; readyState = 1; sent = [];
    constructor() { window.sockets.push(this); }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() {}
    tell(message) { this.onmessage({ data: JSON.stringify(message) }); }
    get causes() { return this.sent.filter((each) => each.type === "perform").map((each) => each.cause); }
  };
  const { RoomConnection } = await import("/static/room/connection.js");
  const enter = (you) => {
    const connection = new RoomConnection("ws://house/acts/a/room/ws");
    connection.open();
    const socket = window.sockets.at(-1);
    socket.tell({ type: "snapshot", you });
    return { connection, socket };
  };
"""


async def test_what_one_person_left_unsent_is_never_sent_as_another_s(page: Page) -> None:
    sent = await page.evaluate(
        f"""async () => {{ {SOCKET}
        enter("par_a").connection.perform({{ type: "give_advice" }}, "room:a").catch(() => 0);
        const again = enter("par_a").socket.causes;
        const other = enter("par_b").socket.causes;
        const after = enter("par_a").socket.causes;
        return {{ again, other, after, kept: Object.keys(sessionStorage) }}; }}"""
    )
    assert sent == {"again": ["room:a"], "other": [], "after": [], "kept": []}


async def test_a_line_that_now_belongs_to_somebody_else_drops_what_waited(page: Page) -> None:
    answer = await page.evaluate(
        f"""async () => {{ {SOCKET}
        const {{ connection, socket }} = enter("par_a");
        const waiting = connection.perform({{ type: "give_advice" }}, "room:a").catch((refusal) => refusal.code);
        socket.tell({{ type: "snapshot", you: "par_b" }});
        return [await waiting, socket.causes, connection.waiting]; }}"""
    )
    assert answer == ["somebody_else", ["room:a"], 0]


async def test_a_command_the_server_cannot_read_is_answered_and_not_sent_again(page: Page) -> None:
    answer = await page.evaluate(
        f"""async () => {{ {SOCKET}
        const {{ connection, socket }} = enter("par_a");
        const waiting = connection.perform({{ type: "old" }}, "room:a").catch((refusal) => refusal.code);
        socket.tell({{ type: "refused", code: "message_unreadable", message: "m", cause: "room:a" }});
        return [await waiting, enter("par_a").socket.causes]; }}"""
    )
    assert answer == ["message_unreadable", []]


@pytest.mark.parametrize(
    ("status", "sent_again"),
    [(400, 0), (413, 0), (415, 0), (422, 0), (401, 1), (403, 1), (409, 1)],
)
async def test_a_photo_is_let_go_of_only_when_the_photo_itself_is_refused(
    page: Page, status: int, sent_again: int
) -> None:
    again = await page.evaluate(
        """async (status) => {
        let calls = 0;
        window.fetch = async () => { calls += 1; return new Response('{"title":"t","code":"c"}', { status }); };
        window.ImageCapture = class { getPhotoCapabilities() { return {}; } takePhoto() { return new Blob(["x"]); } };
        const { Captures } = await import("/static/room/captures.js");
        const room = { act: "a", t: (key) => key, announcer: { say() {} }, connection: new EventTarget() };
        await new Captures(room).take({ source: "clinical", video: { readyState: "live" } });
        const before = calls;
        room.connection.dispatchEvent(new CustomEvent("state", { detail: "open" }));
        for (let i = 0; i < 50 && calls === before; i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
        return calls - before; }""",
        status,
    )
    assert again == sent_again


@pytest.mark.parametrize(("status", "state"), [(409, "lost"), (503, "lost"), (403, "refused"), (404, "refused")])
async def test_a_conflict_while_a_worker_is_replaced_is_tried_again(page: Page, status: int, state: str) -> None:
    seen = await page.evaluate(
        """async (status) => {
        window.fetch = async () => new Response("", { status });
        const { MediaLink } = await import("/static/room/peer.js");
        const link = new MediaLink("/media/a/whip");
        link.prepare = (peer) => peer.addTransceiver("audio");
        const ended = new Promise((resolve) => link.addEventListener("state", ({ detail }) =>
          detail !== "connecting" && resolve(detail)));
        await link.open();
        const state = await ended;
        link.close();
        return state; }""",
        status,
    )
    assert seen == state
