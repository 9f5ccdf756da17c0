"""A worker that dies, stalls or stumbles: nobody is told a lie meanwhile, and stopping always goes through."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Any

import pytest
from visavis_media import messages
from visavis_media.control import MediaControl, MediaRefused, MediaUnavailable
from visavis_media.process import Spare
from visavis_media.settings import Limits, MediaSettings
from visavis_media.supervision import WorkerProcess
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually
from visavis_media.worker import Worker

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)


@pytest.fixture
async def reported() -> list[str]:
    """What reached the loop's exception handler."""
    found: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: found.append(context["message"]))
    return found


async def test_while_a_worker_is_replaced_clients_are_told_to_ask_again_and_never_that_the_session_ended(
    control: MediaControl, host: str
) -> None:
    peer = SyntheticPeer(host)
    told: list[Exception] = []
    os.kill(control.worker_pids[0], signal.SIGKILL)
    async with asyncio.timeout(20):
        while True:
            try:
                await control.publish("s", f"try-{len(told)}", peer.offer("sendonly", [AUDIO]))
                if told:
                    break
            except (MediaRefused, MediaUnavailable) as refusal:
                told.append(refusal)
            await asyncio.sleep(0.005)  # the replacement starts in another process; it tells nobody when
    assert {type(refusal) for refusal in told} == {MediaUnavailable}
    await peer.close()


async def test_a_session_closed_while_its_worker_is_replaced_does_not_come_back(
    control: MediaControl, host: str
) -> None:
    events = control.events()
    lost = asyncio.create_task(first_lost(events))
    await asyncio.sleep(0)
    await control.open_session("kept")
    os.kill(control.worker_pids[0], signal.SIGKILL)
    # Dead, it may not be reached; the session is forgotten here all the same.
    with contextlib.suppress(MediaUnavailable):
        await control.close_session("s")
    async with asyncio.timeout(20):
        assert (await lost).sessions == ("kept",)
    peer = SyntheticPeer(host)
    with pytest.raises(MediaRefused, match="unknown_session"):
        await control.publish("s", "late", peer.offer("sendonly", [AUDIO]))
    await peer.close()


async def first_lost(events: Any) -> messages.WorkerLost:
    async for event in events:
        if isinstance(event, messages.WorkerLost):
            return event
    raise AssertionError("the control ended")


async def test_stopping_goes_through_however_many_requests_wait() -> None:
    control = await MediaControl.start(MediaSettings(limits=Limits(waiting_requests=1)))
    try:
        await control.open_session("s")
        os.kill(control.worker_pids[0], signal.SIGSTOP)
        opening = asyncio.create_task(control.open_session("next"))
        await asyncio.sleep(0)
        with pytest.raises(MediaUnavailable):
            await control.open_session("one too many")
        closing = asyncio.create_task(control.close_session("s"))
        await asyncio.sleep(0)
        os.kill(control.worker_pids[0], signal.SIGCONT)
        async with asyncio.timeout(10):
            assert await asyncio.gather(opening, closing) == [None, None]
    finally:
        await control.close()


async def test_a_listener_that_fails_does_not_deafen_the_control(reported: list[str]) -> None:
    def fail(_index: int, _event: object) -> None:
        raise ValueError("a mistake in a listener")

    async def never_lost(_worker: WorkerProcess) -> None:
        raise AssertionError("the worker is well")

    spare = Spare()
    worker = WorkerProcess(0, MediaSettings(), spare, fail, never_lost)
    await worker.start()
    try:
        await eventually(lambda: "a listener to media events failed" in reported)
        await worker.request(lambda number: messages.OpenSession(request=number, session="s"))
    finally:
        await worker.close()
        await spare.close()


async def test_a_request_the_worker_stumbles_over_is_refused_and_a_stop_it_stumbles_over_ends_it(
    reported: list[str],
) -> None:
    told: list[messages.FromWorker] = []
    worker = Worker(messages.Start(host="127.0.0.1", port=0, loopback=True, limits=Limits()), told.append)
    worker.listen()
    try:
        worker.handle(messages.OpenLink(request=7, plan=None))  # type: ignore[arg-type] # the stumbling block
        assert told == [messages.Refused(request=7, code=messages.FAILED)]
        assert reported == ["a media request failed"]
        worker._sessions["s"] = {"link": None}  # type: ignore[dict-item] # the stumbling block
        with pytest.raises(AttributeError):
            worker.handle(messages.CloseSession(request=8, session="s"))
    finally:
        await worker.stop()
