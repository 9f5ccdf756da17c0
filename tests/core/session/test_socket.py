"""The room over a real WebSocket: who gets in, what is acknowledged when, and what happens after a reconnection."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from visavis_core.session.signalling import LARGEST_MESSAGE
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

homes = sys.modules["room_house"]
hosts = sys.modules["room_served"]


async def open_house() -> Any:
    house = homes.House()
    house.act = await house.open_act()
    return house


async def close_house(house: Any) -> None:
    await house.rooms.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Any]:
    with hosts.serving(open_house, homes.app_of, close_house) as running:
        yield running


def door(served: Any, who: str, *, act: str = "", origin: str | None = "") -> connect:
    address = f"ws://127.0.0.1:{served.port}/acts/{act or served.house.act}/room/ws"
    headers = {"Cookie": f"who={who}"}
    wanted = served.base if origin == "" else origin
    return connect(address, additional_headers=headers, origin=Origin(wanted) if wanted else None, max_size=2**22)


async def hear(socket: ClientConnection, *wanted: str) -> dict[str, Any]:
    """The next message of one of these kinds."""
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] in wanted:
                return message


async def closing_code(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(10):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def command(cause: str, **fields: Any) -> str:
    return json.dumps({"type": "perform", "cause": cause, "command": fields})


ADVICE = {"type": "give_advice", "text": "Rincer au sérum", "justification": "Vu à l'image"}


async def test_a_command_is_acknowledged_once_it_is_on_disk_and_shown_to_the_other_side(served: Any) -> None:
    async with door(served, "nurse") as nurse, door(served, "md") as physician:
        await hear(nurse, "snapshot")
        await hear(physician, "snapshot")
        await physician.send(command("room:a1", **ADVICE))
        done = await hear(physician, "done")
        assert done["cause"] == "room:a1"
        kept = [recorded.n for recorded in served.house.journal.kept[served.house.act]]
        assert set(done["events"]) <= set(kept)
        advice = (await hear(nurse, "advice"))["advice"]
        assert advice["text"] == "Rincer au sérum"


async def test_the_same_cause_sent_again_after_a_reconnection_is_carried_out_once(served: Any) -> None:
    async with door(served, "md") as physician:
        await hear(physician, "snapshot")
        await physician.send(command("room:once", **ADVICE))
        first = await hear(physician, "done")
    async with door(served, "md") as physician:
        await hear(physician, "snapshot")
        await physician.send(command("room:once", **ADVICE))
        again = await hear(physician, "done")
    assert again["events"] == first["events"]


async def test_a_refusal_comes_in_the_reader_s_words_with_its_code(served: Any) -> None:
    async with door(served, "nurse") as nurse:
        await hear(nurse, "snapshot")
        await nurse.send(command("room:r1", **ADVICE))
        refused = await hear(nurse, "refused")
        assert refused["cause"] == "room:r1"
        assert refused["code"]
        assert refused["message"]


async def test_a_drawing_that_leaves_the_picture_is_refused_and_the_room_goes_on(served: Any) -> None:
    stroke = {"shape": "arrow", "points": [[0, 0], [20000, 5]]}
    async with door(served, "md") as physician:
        await hear(physician, "snapshot")
        await physician.send(command("room:d1", type="commit_annotation", target="live:clinical", strokes=[stroke]))
        assert (await hear(physician, "refused"))["code"] == "drawing_outside_picture"
        stroke["points"] = [[0, 0], [2000, 5]]
        await physician.send(command("room:d2", type="commit_annotation", target="live:clinical", strokes=[stroke]))
        assert (await hear(physician, "done"))["cause"] == "room:d2"


async def test_a_pointer_appears_on_the_other_side(served: Any) -> None:
    async with door(served, "nurse") as nurse, door(served, "md") as physician:
        await hear(nurse, "snapshot")
        await hear(physician, "snapshot")
        await physician.send(json.dumps({"type": "pointer", "target": "live:clinical", "x": 1234, "y": 5678}))
        relayed = await hear(nurse, "relayed")
        assert (relayed["gesture"]["x"], relayed["gesture"]["y"]) == (1234, 5678)


async def test_a_heartbeat_is_answered(served: Any) -> None:
    async with door(served, "nurse") as nurse:
        await nurse.send(json.dumps({"type": "heartbeat", "sent": 42}))
        assert (await hear(nurse, "heartbeat"))["sent"] == 42


@pytest.mark.parametrize(("who", "act", "code"), [("", "", 4401), ("stranger", "", 4404), ("nurse", "act_none", 4404)])
async def test_who_has_no_place_is_told_so_by_the_closing_code(served: Any, who: str, act: str, code: int) -> None:
    async with door(served, who, act=act) as socket:
        assert await closing_code(socket) == code


async def test_nonsense_is_refused_in_words_and_ends_the_connection_when_it_goes_on(served: Any) -> None:
    async with door(served, "nurse") as nurse:
        await hear(nurse, "snapshot")
        await nurse.send("not json")
        assert (await hear(nurse, "refused"))["code"] == "message_unreadable"
        await nurse.send("x" * (LARGEST_MESSAGE + 1))
        assert (await hear(nurse, "refused"))["code"] == "message_too_large"
        for _ in range(8):
            await nurse.send(b"\xff\x00")
        assert await closing_code(nurse) == 4400


async def test_the_second_page_of_a_person_makes_the_first_let_go(served: Any) -> None:
    async with door(served, "nurse") as first:
        await hear(first, "snapshot")
        async with door(served, "nurse") as second:
            await hear(second, "snapshot")
            await hear(first, "superseded")
            assert await closing_code(first) == 4409


async def test_signing_out_ends_the_seat_at_once_and_nobody_else_s(served: Any) -> None:
    house = served.house

    async def sign_out() -> None:
        house.sessions.gone.add("nurse")
        house.rooms.doubt(homes.NURSE.id)

    async with door(served, "nurse") as nurse, door(served, "md") as physician:
        await hear(nurse, "snapshot")
        await hear(physician, "snapshot")
        await asyncio.to_thread(served.run, sign_out())
        assert await closing_code(nurse) == 4401
        await physician.send(json.dumps({"type": "heartbeat", "sent": 1}))
        await hear(physician, "heartbeat")
    house.sessions.gone.clear()


async def test_a_seat_s_sign_in_is_judged_and_kept_fresh_by_itself(served: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("visavis_core.web.staying.JUDGED_EVERY", 0.01)
    house = served.house
    async with door(served, "nurse") as nurse:
        await hear(nurse, "snapshot")
        before = house.sessions.asked
        async with asyncio.timeout(10):
            while house.sessions.asked < before + 3:  # noqa: ASYNC110 -- another loop counts; there is no event here
                await asyncio.sleep(0.01)
        house.sessions.gone.add("nurse")
        assert await closing_code(nurse) == 4401
    house.sessions.gone.clear()


async def test_too_many_commands_at_once_are_told_to_wait_and_none_is_half_done(served: Any) -> None:
    async with door(served, "md") as physician:
        await hear(physician, "snapshot")
        for i in range(60):
            await physician.send(command(f"room:burst{i}", **ADVICE))
        answers = [await hear(physician, "done", "refused") for _ in range(60)]
    refused = [answer for answer in answers if answer["type"] == "refused"]
    done = [answer for answer in answers if answer["type"] == "done"]
    assert refused
    assert {answer["code"] for answer in refused} == {"too_fast"}
    kept = [recorded.cause for recorded in served.house.journal.kept[served.house.act]]
    assert sum(cause.startswith("room:burst") for cause in kept) == len(done)
