"""Who sits in a room, what they are told, and what the record keeps of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from visavis_core.acts import commands as c
from visavis_core.identity.permissions import Verb
from visavis_core.service import Forbidden
from visavis_core.session.rooms import RoomFull
from visavis_core.session.seat import LONGEST_LINE
from visavis_core.session.signalling import (
    AskRepeat,
    Clear,
    Drawing,
    Freeze,
    Pointer,
    Relayed,
    Report,
    RequestCapture,
)
from visavis_core.store.faults import WriteFailed
from visavis_core.trace.faults import JournalStopped
from visavis_sdk.vocabulary import Role

homes = sys.modules["room_house"]
NURSE, PHYSICIAN = homes.NURSE, homes.PHYSICIAN


async def until(condition: Callable[[], Any], what: str = "condition") -> None:
    """Lets the loop run until `condition` holds; every wait in these tests is for work already asked for."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError(f"never: {what}")


def told(seat: Any) -> list[dict[str, Any]]:
    """Everything that waits in a seat's line."""
    messages = []
    while not seat._line.empty():
        text = seat._line.get_nowait()
        if text is not None:
            messages.append(msgspec.json.decode(text))
    return messages


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def participants(act: Any) -> tuple[str, str]:
    return act.participant_of(NURSE.id), act.participant_of(PHYSICIAN.id)


@pytest.fixture
async def meeting(house: Any) -> Any:
    """A live act with both professionals seated and joined, and nothing waiting in their lines."""
    act_id = await house.open_act()
    act = await house.practice.read(NURSE, act_id)
    nurse, physician = participants(act)
    seats = [
        await house.rooms.connect(act_id, NURSE, nurse),
        await house.rooms.connect(act_id, PHYSICIAN, physician),
    ]
    state = house.rooms.state_of
    await until(lambda: len(state(act_id).record.present) == 2, "both joined")
    for seat in seats:
        told(seat)
    return house, act_id, *seats


async def test_sitting_down_gives_the_whole_room_and_joins_the_open_session(house: Any) -> None:
    act_id = await house.open_act()
    act = await house.practice.read(NURSE, act_id)
    nurse, _ = participants(act)
    seat = await house.rooms.connect(act_id, NURSE, nurse)
    first = told(seat)[0]
    assert first["type"] == "snapshot"
    assert first["you"] == nurse
    assert first["standing"]["session"]
    assert first["consent"]["state"] == "given"
    assert first["plan_b"]["telephone"] == "+1 418 555 0199"
    names = {person["name"]: person["role"] for person in first["people"]}
    assert names == {"Mme Rose Tremblay": "on_site", "Dre Anh Nguyen": "expert"}
    await until(lambda: nurse in house.rooms.state_of(act_id).record.present)
    assert "ParticipantJoined" in await house.bodies(act_id)


async def test_everyone_seated_joins_when_the_session_opens(house: Any) -> None:
    act_id = await house.open_act(live=False)
    act = await house.practice.read(NURSE, act_id)
    nurse, physician = participants(act)
    await house.rooms.connect(act_id, NURSE, nurse)
    seat = await house.rooms.connect(act_id, PHYSICIAN, physician)
    assert (await house.bodies(act_id)).count("ParticipantJoined") == 0
    await house.practice.perform(NURSE, act_id, c.StartSession())
    await until(lambda: len(house.rooms.state_of(act_id).record.present) == 2)
    assert "standing" in kinds(told(seat))


async def test_advice_reaches_both_sides_only_after_it_is_on_disk(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    performed = await house.practice.perform(
        PHYSICIAN, act_id, c.GiveAdvice(text="Rincer au sérum", justification="Vu à l'image")
    )
    assert performed.events
    for seat in (nurse, physician):
        advice = next(message for message in told(seat) if message["type"] == "advice")["advice"]
        assert advice["text"] == "Rincer au sérum"
        assert advice["acknowledged_at"] == ""
    await house.practice.perform(NURSE, act_id, c.AcknowledgeAdvice(advice=advice["advice"]))
    heard = next(message for message in told(physician) if message["type"] == "advice")["advice"]
    assert heard["acknowledged_by"] == nurse.participant


async def test_withdrawing_consent_closes_media_in_the_same_breath(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    house.rooms.source_published(act_id, nurse.participant, "lnk_1", "clinical")
    await until(lambda: house.rooms.state_of(act_id).sources)
    session = house.rooms.state_of(act_id).record.standing.session
    told(physician)
    await house.practice.perform(NURSE, act_id, c.WithdrawConsent())
    await until(lambda: house.media.closed_sessions == [session], "media told to stop")
    messages = told(physician)
    assert [m["consent"]["state"] for m in messages if m["type"] == "consent"] == ["withdrawn"]
    assert [m["standing"]["ended"] for m in messages if m["type"] == "standing"] == ["withdrawn"]
    assert [m["sources"] for m in messages if m["type"] == "sources"] == [[]]


@pytest.mark.parametrize("fault", [JournalStopped("disk"), WriteFailed("disk")])
@pytest.mark.parametrize("command", [c.WithdrawConsent(), c.RefuseConsent()])
async def test_a_no_stops_media_even_when_it_cannot_be_recorded(
    meeting: Any, monkeypatch: Any, fault: Exception, command: c.Command
) -> None:
    house, act_id, nurse, physician = meeting
    house.rooms.source_published(act_id, nurse.participant, "lnk_1", "clinical")
    await until(lambda: house.rooms.state_of(act_id).sources)
    session = house.rooms.state_of(act_id).record.standing.session
    told(physician)

    async def refuse(*_: Any) -> None:
        raise fault

    with monkeypatch.context() as patched:
        patched.setattr(house.journal, "append", refuse)
        with pytest.raises(type(fault)):
            await house.practice.perform(PHYSICIAN, act_id, c.GiveAdvice(text="Rincer", justification="Vu"))
        assert house.media.closed_sessions == [], "only a no stops media"
        with pytest.raises(type(fault)):
            await house.practice.perform(NURSE, act_id, command)
    assert house.media.closed_sessions == [session], "stopped before the fault is answered"
    assert [m["sources"] for m in told(physician) if m["type"] == "sources"] == [[]]
    for verb in (Verb.PUBLISH_MEDIA, Verb.SUBSCRIBE_MEDIA):
        with pytest.raises(Forbidden):
            await house.practice.check(NURSE, verb, act_id)
    await house.practice.perform(NURSE, act_id, command, "again")
    assert "SessionClosed" in await house.bodies(act_id)


async def test_media_stops_even_when_nobody_has_the_room_open(house: Any) -> None:
    act_id = await house.open_act()
    session = (await house.practice.read(NURSE, act_id)).session
    await house.practice.perform(NURSE, act_id, c.WithdrawConsent())
    await until(lambda: house.media.closed_sessions == [session])


async def test_a_stream_that_arrives_after_the_end_is_closed_at_once(meeting: Any) -> None:
    house, act_id, nurse, _ = meeting
    await house.practice.perform(NURSE, act_id, c.WithdrawConsent())
    house.rooms.source_published(act_id, nurse.participant, "lnk_late", "clinical")
    await until(lambda: house.media.closed_links == ["lnk_late"])
    assert not house.rooms.state_of(act_id).sources


async def test_a_page_that_publishes_again_replaces_its_former_stream(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    house.rooms.source_published(act_id, nurse.participant, "lnk_1", "clinical")
    await until(lambda: "lnk_1" in house.rooms.state_of(act_id).sources)
    house.rooms.source_published(act_id, nurse.participant, "lnk_2", "clinical")
    await until(lambda: "lnk_2" in house.rooms.state_of(act_id).sources)
    last = [m["sources"] for m in told(physician) if m["type"] == "sources"][-1]
    assert [source["link"] for source in last] == ["lnk_2"]
    house.rooms.source_ended(act_id, "lnk_1")
    assert "sources" not in kinds(told(physician)), "the end of the replaced stream is no news"
    house.rooms.source_ended(act_id, "lnk_2")
    assert [m["sources"] for m in told(physician)] == [[]]


async def test_a_broken_connection_shows_at_once_and_is_recorded_with_its_length(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    house.rooms.disconnect(nurse, left=False)
    people = next(message for message in told(physician) if message["type"] == "people")["people"]
    assert {p["state"] for p in people if p["participant"] == nurse.participant} == {"lost"}
    house.clock.steady += 4
    house.rooms.heard_from(physician)
    house.rooms.tick()
    await until(lambda: not house.rooms._tasks)
    assert "ConnectionLost" in await house.bodies(act_id)
    house.clock.steady += 5
    await house.rooms.connect(act_id, NURSE, nurse.participant)
    await until(lambda: not house.rooms._tasks)
    restored = [r.body for r in await house.journal.read(act_id) if type(r.body).__name__ == "ConnectionRestored"]
    assert [event.seconds for event in restored] == [9]


async def test_the_telephone_is_offered_while_the_other_side_is_lost(meeting: Any) -> None:
    house, _, nurse, physician = meeting
    house.rooms.disconnect(nurse, left=False)
    house.rooms.tick()
    assert [m["step"] for m in told(physician) if m["type"] == "plan_b_offered"] == ["telephone"]


async def test_a_reload_within_a_moment_leaves_no_trace_in_the_record(meeting: Any) -> None:
    house, act_id, nurse, _ = meeting
    house.rooms.disconnect(nurse, left=False)
    house.clock.steady += 1
    house.rooms.tick()
    await house.rooms.connect(act_id, NURSE, nurse.participant)
    await until(lambda: not house.rooms._tasks)
    assert "ConnectionLost" not in await house.bodies(act_id)


async def test_after_a_restart_people_are_lost_until_they_come_back(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    again = homes.Rooms(house.practice, house.media, house.clock, house.ids, house.clock.monotonic)
    await again.connect(act_id, NURSE, nurse.participant)
    states = {p.participant: p.state for p in homes.people_of(again, act_id)}
    assert states == {nurse.participant: "here", physician.participant: "lost"}
    await again.close()


async def test_leaving_is_recorded_as_leaving(meeting: Any) -> None:
    house, act_id, nurse, _ = meeting
    house.rooms.disconnect(nurse, left=True)
    await until(lambda: nurse.participant not in house.rooms.state_of(act_id).record.present)
    left = [r.body for r in await house.journal.read(act_id) if type(r.body).__name__ == "ParticipantLeft"]
    assert [event.reason for event in left] == ["left"]


async def test_the_newest_page_of_a_person_takes_the_place_of_the_older(meeting: Any) -> None:
    house, act_id, nurse, _ = meeting
    await house.rooms.connect(act_id, NURSE, nurse.participant)
    assert kinds(told(nurse)) == ["superseded"]
    assert nurse.closed_with == 4409
    house.rooms.disconnect(nurse, left=False)
    assert house.rooms.state_of(act_id).presence.is_here(nurse.participant), "the new page is not lost with the old"


async def test_gestures_pass_to_the_others_and_are_never_recorded(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    before = await house.bodies(act_id)
    gesture = Pointer(target="live:clinical", x=2500, y=7500)
    house.rooms.relay(physician, Relayed(by=physician.participant, gesture=gesture))
    assert [m["gesture"]["x"] for m in told(nurse)] == [2500]
    assert told(physician) == []
    assert await house.bodies(act_id) == before


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("expert", {"pointer", "drawing", "clear", "freeze", "request_capture"}),
        ("supervisor", {"pointer", "drawing", "clear", "freeze", "request_capture"}),
        ("on_site", {"pointer", "drawing", "clear", "freeze", "ask_repeat"}),
        ("accompagnant", {"ask_repeat"}),
        ("learner", {"ask_repeat"}),
        ("relative", set()),
        ("patient", set()),
        ("interpreter", set()),
        ("observer", set()),
    ],
)
async def test_a_passing_gesture_needs_the_role_of_the_command_it_leads_to(
    meeting: Any, role: str, may: set[str]
) -> None:
    house, act_id, nurse, physician = meeting
    room = house.rooms._rooms[act_id]
    known = room.state.record.people
    changed = msgspec.structs.replace(known[physician.participant], role=Role(role))
    record = msgspec.structs.replace(room.state.record, people={**known, physician.participant: changed})
    room.state = msgspec.structs.replace(room.state, record=record)
    for gesture in (
        Pointer(target="live:clinical", x=1, y=1),
        Drawing(drawing="d", target="live:clinical", shape="arrow", points=()),
        Clear(target="live:clinical"),
        Freeze(target="live:clinical", on=True),
        RequestCapture(link="lnk_1"),
        AskRepeat(advice="adv_1"),
    ):
        house.rooms.relay(physician, Relayed(by=physician.participant, gesture=gesture))
    assert {message["gesture"]["type"] for message in told(nurse)} == may


async def test_a_browser_that_reads_too_slowly_loses_pointers_first_and_then_its_seat(meeting: Any) -> None:
    house, _, nurse, physician = meeting
    gesture = Relayed(by=physician.participant, gesture=Pointer(target="live:clinical", x=1, y=1))
    for _ in range(500):
        house.rooms.relay(physician, gesture)
    assert nurse.closed_with is None
    for _ in range(LONGEST_LINE):
        nurse.offer("{}")
    assert nurse.closed_with == 4408


async def test_a_poor_link_shows_its_verdict_and_offers_photos(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    house.rooms.source_published(act_id, nurse.participant, "lnk_1", "clinical")
    await until(lambda: house.rooms.state_of(act_id).sources)
    told(nurse)
    for _ in range(3):
        house.clock.steady += 2
        house.rooms.measure(physician, Report(link="lnk_1", direction="subscribe", frames_per_second=3))
        for seat in (nurse, physician):
            house.rooms.heard_from(seat)
    house.rooms.tick()
    messages = told(nurse)
    sources = [m["sources"][0] for m in messages if m["type"] == "sources"]
    assert (sources[-1]["verdict"], sources[-1]["why"]) == ("insufficient", "frames_per_second")
    assert [m["step"] for m in messages if m["type"] == "plan_b_offered"] == ["stills"]
    await until(lambda: not house.rooms._tasks)
    measured = [r.body for r in await house.journal.read(act_id) if type(r.body).__name__ == "QualityMeasured"]
    assert [(event.participant, event.source) for event in measured] == [(nurse.participant, "clinical")]


async def test_a_small_face_is_not_called_limited_and_a_small_clinical_picture_is(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    for link, source in (("lnk_face", "face"), ("lnk_wound", "clinical")):
        house.rooms.source_published(act_id, nurse.participant, link, source)
    await until(lambda: len(house.rooms.state_of(act_id).sources) == 2)
    for link in ("lnk_face", "lnk_wound"):
        house.rooms.measure(physician, Report(link=link, direction="subscribe", frames_per_second=25, height=360))
    verdicts = {view.source: view.verdict for view in homes.sources_of(house.rooms, act_id)}
    assert verdicts == {"face": "adequate", "clinical": "limited"}


async def test_a_report_about_a_link_that_is_not_here_changes_nothing(meeting: Any) -> None:
    house, act_id, nurse, physician = meeting
    house.rooms.measure(physician, Report(link="lnk_x", direction="subscribe", frames_per_second=0))
    house.rooms.source_published(act_id, nurse.participant, "lnk_1", "clinical")
    await until(lambda: house.rooms.state_of(act_id).sources)
    house.rooms.measure(nurse, Report(link="lnk_1", direction="subscribe", frames_per_second=0))
    assert house.rooms.state_of(act_id).qualities == {}


async def test_rooms_close_when_everybody_is_gone_and_are_bounded(meeting: Any, monkeypatch: Any) -> None:
    house, act_id, nurse, physician = meeting
    for seat in (nurse, physician):
        house.rooms.disconnect(seat, left=True)
    house.rooms.tick()
    assert house.rooms.state_of(act_id) is None
    monkeypatch.setattr(sys.modules["visavis_core.session.rooms"], "MOST_ROOMS", 0)
    with pytest.raises(RoomFull):
        await house.rooms.connect(act_id, NURSE, nurse.participant)


async def test_one_failure_does_not_stop_time_in_the_rooms(meeting: Any, monkeypatch: Any) -> None:
    house, *_ = meeting
    ticks = []

    def tick() -> None:
        ticks.append(1)
        raise KeyError("a bug")

    monkeypatch.setattr("visavis_core.session.rooms.TICK", 0)
    monkeypatch.setattr(house.rooms, "tick", tick)
    ticking = asyncio.ensure_future(house.rooms._tick_while_needed())
    await until(lambda: len(ticks) > 2 or ticking.done(), "it goes on")
    assert not ticking.done()
    ticking.cancel()


async def test_a_server_that_stops_on_purpose_says_so(meeting: Any) -> None:
    house, _, nurse, _ = meeting
    await house.rooms.close()
    assert kinds(told(nurse)) == ["going_away"]
    assert nurse.closed_with == 1012
