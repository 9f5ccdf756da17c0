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


async def test_what_waits_is_told_and_a_refusal_after_a_reload_is_heard(page: Page) -> None:
    told = await page.evaluate(
        f"""async () => {{ {SOCKET}
        const {{ connection, socket }} = enter("par_a");
        const seen = [];
        connection.addEventListener("outbox", () => seen.push(connection.unanswered.map(([cause]) => cause)));
        connection.perform({{ type: "give_advice", text: "a" }}, "room:a").catch(() => 0);
        connection.perform({{ type: "give_advice", text: "b" }}, "room:b").catch(() => 0);
        socket.tell({{ type: "done", cause: "room:a", events: [7] }});
        const after = enter("par_a");  // the page was reloaded; its first asker is gone
        const heard = new Promise((resolve) => after.connection.addEventListener("refused", ({{ detail }}) =>
          resolve([detail.command.text, detail.refusal.code])));
        after.socket.tell({{ type: "refused", code: "act_closed", message: "m", cause: "room:b" }});
        return {{ seen, again: after.socket.causes, heard: await heard, left: after.connection.waiting }}; }}"""
    )
    assert told == {
        "seen": [["room:a"], ["room:a", "room:b"], ["room:b"]],
        "again": ["room:b"],
        "heard": ["b", "act_closed"],
        "left": 0,
    }


async def test_a_command_the_server_cannot_read_is_answered_and_not_sent_again(page: Page) -> None:
    answer = await page.evaluate(
        f"""async () => {{ {SOCKET}
        const {{ connection, socket }} = enter("par_a");
        const waiting = connection.perform({{ type: "old" }}, "room:a").catch((refusal) => refusal.code);
        socket.tell({{ type: "refused", code: "message_unreadable", message: "m", cause: "room:a" }});
        return [await waiting, enter("par_a").socket.causes]; }}"""
    )
    assert answer == ["message_unreadable", []]


async def test_advice_shows_until_it_is_recorded_and_a_refusal_loses_no_word(page: Page) -> None:
    # A page in HTML: Chromium makes no custom element in the one that shows a script's text.
    await page.goto(page.url.replace("/static/room/connection.js", "/nowhere"))
    told = await page.evaluate(
        """async () => {
        document.documentElement.lang = "fr";
        document.body.innerHTML = `<form><textarea name="text"></textarea><input type="radio" name="justification"
          value="Vu" checked><input type="radio" name="justification" value="Mesure"><input name="other">
          <input type="checkbox" name="read_back">
          <label data-advice="attach"><input type="checkbox" name="attach"></label></form>
          <visavis-advice></visavis-advice>`;
        await import("/static/room/advice.js");
        const { Composer } = await import("/static/room/composer.js");
        const form = document.querySelector("form"), thread = document.querySelector("visavis-advice");
        const model = Object.assign(new EventTarget(), { advices: new Map(), person: () => null });
        const connection = Object.assign(new EventTarget(), { isOpen: false, unanswered: [] });
        const stage = Object.assign(new EventTarget(), { showsStill: false });
        let answer;
        const room = { model, connection, stage, explain: ({ message }) => message, ask: (command) => {
          connection.unanswered = [["room:1", command]];
          connection.dispatchEvent(new CustomEvent("outbox"));
          return new Promise((resolve) => (answer = (words) => {
            connection.unanswered = [];
            connection.dispatchEvent(new CustomEvent("outbox"));
            resolve(words);
          }));
        } };
        thread.attach(model, (key, { why = "" } = {}) => `${key} ${why}`.trim(), () => "");
        new Composer(room, form, thread);
        const rows = () => [...thread.querySelectorAll("[data-unsent]")].map((row) =>
          [row.dataset.unsent, row.querySelector(".text").textContent, row.querySelectorAll("button").length]);
        const note = (words) => { form.elements.text.value = words; form.requestSubmit(); };
        const settle = async (words) => { answer(words); await new Promise((resolve) => setTimeout(resolve, 0)); };
        const seen = {};
        note("Rincer.");
        seen.offline = [rows(), form.elements.text.value];
        connection.isOpen = true;
        connection.dispatchEvent(new CustomEvent("state"));
        seen.online = rows();
        await settle("");
        seen.recorded = rows();
        note("Couper.");
        form.elements.text.value = "Autre chose";
        await settle("Non.");
        seen.refused = [rows(), form.elements.text.value];
        thread.querySelector("[data-unsent] button").click();
        seen.resumed = [rows(), form.elements.text.value];
        form.elements.text.value = "";
        form.hidden = true;
        connection.dispatchEvent(new CustomEvent("refused", { detail: {
          command: { type: "give_advice", text: "Tard.", justification: "Vu", read_back_required: false },
          refusal: { message: "Fini." } } }));
        seen.after_the_session = [rows(), form.elements.text.value];
        return seen; }"""
    )
    assert told == {
        "offline": [[["to_send", "Rincer.", 0]], ""],
        "online": [["sending", "Rincer.", 0]],
        "recorded": [],
        "refused": [[["refused", "Couper.", 1]], "Autre chose"],
        "resumed": [[], "Couper.\nAutre chose"],
        "after_the_session": [[["refused", "Tard.", 0]], ""],
    }


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


# A device whose network answers with `status`, and a room whose camera gives one small photo.
DEVICE = """
  document.documentElement.dataset.account = account;
  const calls = [];
  window.fetch = async (address, { headers, body }) => {
    calls.push([headers["Idempotency-Key"], await body.text()]);
    return new Response('{"title":"t","code":"c"}', { status });
  };
  window.ImageCapture = class { getPhotoCapabilities() { return {}; } takePhoto() { return new Blob(["photo"]); } };
  const said = [];
  const model = Object.assign(new EventTarget(), { consent: { state: "given" } });
  const room = { act: "a", t: (key) => key, announcer: { say: (words) => said.push(words) }, model,
    connection: new EventTarget() };
  const shelf = await import("/static/js/shelf.js");
  const { Captures } = await import("/static/room/captures.js");
  const captures = new Captures(room);
  await captures.recalled;
  const take = () => captures.take({ source: "clinical", video: { readyState: "live" } });
  const waiting = async (owner) => (await shelf.recall(owner, "a")).waiting.map(({ cause }) => cause);
  const until = async (done) => {
    for (let i = 0; i < 500 && !(await done()); i += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  };
"""


async def device(page: Page, account: str, status: int, story: str) -> Any:
    return await page.evaluate(f"async ([account, status]) => {{ {DEVICE} {story} }}", [account, status])


async def test_a_photo_without_network_outlives_a_reload_and_is_sent_once(page: Page) -> None:
    kept = await device(page, "acc_a", 401, "await take(); return [calls.length, await waiting('acc_a')];")
    assert kept[0] == 1
    assert len(kept[1]) == 1
    await page.reload()
    sent = await device(
        page,
        "acc_a",
        201,
        """const open = () => room.connection.dispatchEvent(new CustomEvent("state", { detail: "open" }));
        open(); open();
        await until(async () => !(await waiting("acc_a")).length);
        open();
        return { calls, said, left: await waiting("acc_a") };""",
    )
    assert sent == {"calls": [[kept[1][0], "photo"]], "said": ["still.recalled", "still.kept"], "left": []}


async def test_another_account_on_the_same_tablet_finds_nothing_of_the_former_one(page: Page) -> None:
    await device(page, "acc_a", 401, "await take();")
    await page.reload()
    found = await device(
        page,
        "acc_b",
        201,
        """const before = await waiting("acc_b");
        sessionStorage.setItem("visavis.account", "acc_a");
        sessionStorage.setItem("visavis.unsent:/acts/a:par_a", "[]");
        await shelf.belongTo("acc_b");
        return { before, calls, said, of_the_former: await waiting("acc_a"), tab: Object.keys(sessionStorage) };""",
    )
    assert found == {"before": [], "calls": [], "said": [], "of_the_former": [], "tab": ["visavis.account"]}


async def test_what_a_device_keeps_is_bounded_in_number_and_age_and_follows_consent(page: Page) -> None:
    bounds = await device(
        page,
        "acc_a",
        401,
        """const photo = (cause, taken) =>
          ({ cause, owner: "acc_a", act: "a", source: "s", method: "m", blob: new Blob(["x"]), taken });
        const old = await shelf.keep(photo("old", Date.now() - shelf.LONGEST_MS - 1000));
        const { waiting: fresh, expired } = await shelf.recall("acc_a", "a");
        await take();
        const kept = [];
        for (let i = 0; i < shelf.MOST; i += 1) kept.push(await shelf.keep(photo(`n${i}`, Date.now())));
        const nobody = await shelf.keep({ ...photo("z", Date.now()), owner: "" });
        await shelf.release(kept.map((_, i) => `n${i}`));
        model.consent = { state: "withdrawn" };
        model.dispatchEvent(new CustomEvent("consent"));
        await until(async () => !(await waiting("acc_a")).length);
        return { old, fresh, expired, full: kept.at(-1), nobody, said: said.at(-1), left: await waiting("acc_a") };""",
    )
    assert bounds == {
        "old": True,
        "fresh": [],
        "expired": 1,
        "full": False,
        "nobody": False,
        "said": "still.let_go",
        "left": [],
    }


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
