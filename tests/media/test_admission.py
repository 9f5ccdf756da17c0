"""A worker knows from its own seconds what it can carry: full it says so, and nobody it has is refused anything."""

from __future__ import annotations

import pytest
from visavis_media import messages
from visavis_media.admission import AT_CAPACITY, DRAINING, Admission
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.freeze import FreezeWatch
from visavis_media.settings import Limits, MediaSettings
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually

from tests.media.calls import calling

CEILING, LATE = 0.75, 0.025


def after(seconds: int, load: float, lag: float = 0.001, forwarded: int = 5_000, sessions: int = 10) -> Admission:
    admission = Admission(CEILING, LATE)
    for _ in range(seconds):
        admission.note(load, lag, forwarded, sessions)
    return admission


def test_a_worker_with_room_admits_and_knows_what_it_could_forward() -> None:
    admission = after(20, load=0.30, forwarded=6_000)
    assert admission.refusal(held=10) == ""
    assert admission.capacity == pytest.approx(6_000 * CEILING / 0.30, rel=0.01)


@pytest.mark.parametrize(("load", "lag"), [(0.80, 0.001), (0.20, 0.060)])
def test_past_its_share_of_a_core_or_too_late_it_refuses(load: float, lag: float) -> None:
    assert after(20, load, lag).refusal(held=10) == AT_CAPACITY


def test_one_bad_second_is_not_a_state() -> None:
    admission = after(20, load=0.30)
    admission.note(0.95, 0.050, 5_000, 10)
    assert admission.refusal(held=10) == ""


def test_with_nobody_to_harm_it_admits_however_slow_the_machine() -> None:
    assert after(20, load=0.2, lag=0.5).refusal(held=0) == ""


def test_it_does_not_change_its_mind_every_second() -> None:
    admission = after(20, load=0.80)
    for _ in range(20):
        admission.note(CEILING * 0.95, 0.001, 5_000, 10)
    assert admission.refusal(held=10) == AT_CAPACITY
    for _ in range(20):
        admission.note(CEILING * 0.70, 0.001, 5_000, 10)
    assert admission.refusal(held=10) == ""


def test_sessions_that_were_admitted_and_do_not_send_yet_count_as_what_others_cost() -> None:
    admission = after(20, load=0.60, sessions=10)  # 0.06 of a core each: two more fit under 0.75
    admitted = 0
    while not admission.refusal(held=10) and admitted < 50:
        admission.expect()
        admitted += 1
    assert admitted == 3  # judged before each: the third still met a worker with room
    for _ in range(6):
        admission.note(0.60, 0.001, 5_000, 10)
    assert admission.refusal(held=10) == "", "what never sent is forgotten"


def test_draining_it_refuses_in_any_case() -> None:
    admission = after(5, load=0.01)
    admission.draining = True
    assert admission.refusal(held=0) == DRAINING


def test_a_picture_that_stands_still_is_frozen_and_one_at_rest_is_not() -> None:
    watch = FreezeWatch()
    assert watch.take(0.0) is None, "nothing was sent yet"
    now, packets = 100.0, 0
    for _ in range(20):
        now, packets = now + 0.1, packets + 3
        watch.look(packets, now)
    assert watch.take(now) == 0.0
    for _ in range(10):
        now += 0.1
        watch.look(packets, now)
    assert watch.take(now) == pytest.approx(1.0, abs=0.01)
    for _ in range(60):
        now += 0.1
        watch.look(packets, now)
    assert watch.take(now) is None, "after five seconds it is off, not stuck"


async def test_a_full_house_refuses_a_new_session_in_a_word_and_the_one_it_has_goes_on(host: str) -> None:
    """A ceiling so low that one real call is more than it: the measure and the refusal are the real ones."""
    control = await MediaControl.start(MediaSettings(limits=Limits(admit_load=0.000_1)))
    try:
        async with calling(control, ["held"], host) as (call,):
            await eventually(lambda: any(summary.busy for summary in control.latest.values()), 30)
            with pytest.raises(MediaRefused, match=AT_CAPACITY):
                await control.open_session("one more")
            assert control.figures.refusals[AT_CAPACITY] == 1
            await control.open_session("held")
            peer = SyntheticPeer(host)
            track = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
            await control.publish("held", "one more link", peer.offer("sendonly", [track]))
            await peer.close()
            await call.flow(call.sent)
            assert call.openings == 1
    finally:
        await control.close()


async def test_a_new_session_goes_to_the_worker_that_has_room(host: str) -> None:
    control = await MediaControl.start(MediaSettings(workers=2))
    try:
        for index, load in ((0, 0.60), (1, 0.10)):
            control.latest[index] = messages.StatsSummary(
                links=(), received=0, sent=0, foreign=0, malformed=0, unsent=0, load=load
            )
        for number in range(3):
            await control.open_session(f"s{number}")
        assert {worker.index for worker in control._sessions.values()} == {1}
    finally:
        await control.close()


async def test_a_house_that_drains_keeps_its_call_until_it_ends_and_refuses_the_next(host: str) -> None:
    control = await MediaControl.start(MediaSettings())
    try:
        async with calling(control, ["held"], host) as (call,):
            await control.drain(0.5)  # the bound passes, the call is still there
            await call.flow(call.sent)
            with pytest.raises(MediaRefused, match=DRAINING):
                await control.open_session("late")
        await control.drain(60)  # nobody is left: returns at once
    finally:
        await control.close()


async def test_an_offer_of_more_streams_than_a_link_may_hold_is_refused(host: str) -> None:
    control = await MediaControl.start(MediaSettings(limits=Limits(bytes_per_link=3 * 1024 * 1024)))
    try:
        await control.open_session("s")
        peer = SyntheticPeer(host)
        tracks = [
            OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111),
            OfferedTrack(kind="video", codec="VP8/90000", payload_type=96),
        ]
        with pytest.raises(MediaRefused, match="link_too_large"):
            await control.publish("s", "two", peer.offer("sendonly", tracks))
        await control.publish("s", "one", peer.offer("sendonly", tracks[:1]))
        await peer.close()
    finally:
        await control.close()
