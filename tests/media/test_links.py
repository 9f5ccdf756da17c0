"""A link's life: it moves, falls silent, ends, and its session can be cut at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator

import psutil
import pytest
from visavis_media.aiortc_seam import host_addresses
from visavis_media.control import MediaControl, MediaEvent, MediaRefused
from visavis_media.messages import LinkClosed, LinkConnected, LinkSilent, WorkerLost
from visavis_media.settings import Limits, MediaSettings
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
VIDEO = OfferedTrack(kind="video", codec="VP8/90000", payload_type=96)


@pytest.fixture
def limits() -> Limits:
    """A test may ask for shorter patience by overriding this with `parametrize`."""
    return Limits(publishers_per_session=3)


@pytest.fixture
async def control(limits: Limits) -> AsyncIterator[MediaControl]:
    control = await MediaControl.start(MediaSettings(limits=limits))
    await control.open_session("s")
    yield control
    await control.close()


@pytest.fixture
async def seen(control: MediaControl) -> AsyncIterator[list[MediaEvent]]:
    events: list[MediaEvent] = []

    async def watch() -> None:
        async for event in control.events():
            events.append(event)  # noqa: PERF401 each must be there as soon as it happens

    task = asyncio.create_task(watch())
    await asyncio.sleep(0)
    yield events
    task.cancel()


async def publish(control: MediaControl, host: str, link: str, session: str = "s") -> SyntheticPeer:
    peer = SyntheticPeer(host)
    answer = await control.publish(session, link, peer.offer("sendonly", [AUDIO]))
    await peer.join(control, link, answer.sdp)
    return peer


async def subscribe(control: MediaControl, host: str, publisher: str, link: str) -> SyntheticPeer:
    peer = SyntheticPeer(host)
    answer = await control.subscribe("s", publisher, link, peer.offer("recvonly", [AUDIO]))
    await peer.join(control, link, answer.sdp)
    return peer


def speak(peer: SyntheticPeer, number: int) -> None:
    peer.send(pack_rtp(111, number, 960 * number, 5, b"voice"))


def heard(packet: bytes) -> tuple[int, bytes]:
    """A packet's timestamp and the words in it; both are forwarded as they came."""
    return int.from_bytes(packet[4:8]), packet[-5:]


async def test_closing_a_session_stops_every_packet_within_100_ms(control: MediaControl, host: str) -> None:
    speaker = await publish(control, host, "voice")
    listener = await subscribe(control, host, "voice", "ear")
    arrivals: list[float] = []
    listener.on_packet = lambda _packet: arrivals.append(time.monotonic())
    speaking = True

    async def talk() -> None:
        number = 0
        while speaking:
            number += 1
            speak(speaker, number)
            await asyncio.sleep(0.002)

    talking = asyncio.create_task(talk())
    await eventually(lambda: len(arrivals) > 20)
    asked = time.monotonic()
    await control.close_session("s")
    closed = time.monotonic()
    await asyncio.sleep(0.3)  # the speaker goes on speaking; nobody may hear it
    speaking = False
    await talking

    assert closed - asked < 0.1
    assert max(arrivals) - asked < 0.1
    with pytest.raises(MediaRefused, match="unknown_session"):
        await control.publish("s", "again", speaker.offer("sendonly", [AUDIO]))
    await speaker.close()
    await listener.close()


async def test_a_link_follows_its_client_to_another_port(control: MediaControl, host: str) -> None:
    speaker = await publish(control, host, "voice")
    listener = await subscribe(control, host, "voice", "ear")
    speak(speaker, 1)
    await eventually(lambda: len(listener.received) == 1)

    for number, mover in enumerate((listener, speaker), 2):
        before = mover.answered
        mover.move()
        mover.check()
        await eventually(lambda m=mover, b=before: m.answered > b)
        speak(speaker, number)
        await eventually(lambda n=number: len(listener.received) == n)
    assert [heard(packet) for packet in listener.received] == [(960 * number, b"voice") for number in (1, 2, 3)]
    await speaker.close()
    await listener.close()


async def test_an_ice_restart_gives_new_credentials_and_keeps_the_media(control: MediaControl, host: str) -> None:
    speaker = await publish(control, host, "voice")
    listener = SyntheticPeer(host)
    answer = await control.subscribe("s", "voice", "ear", listener.offer("recvonly", [AUDIO]))
    await listener.join(control, "ear", answer.sdp)
    candidates_only = "a=ice-ufrag:" + listener.local.ufrag + "\r\na=ice-pwd:" + listener.local.password + "\r\n"
    assert await control.patch("ear", candidates_only, answer.etag) is None

    fresh = SyntheticPeer(host)
    fragment = f"a=ice-ufrag:{fresh.local.ufrag}\r\na=ice-pwd:{fresh.local.password}\r\n"
    with pytest.raises(MediaRefused, match="etag_mismatch"):
        await control.patch("ear", fragment, '"stale"')
    restarted = await control.patch("ear", fragment, answer.etag)
    assert restarted is not None
    text, etag = restarted
    assert etag != answer.etag

    listener.local = fresh.local
    lines = dict(line[2:].split(":", 1) for line in text.split("\r\n") if line.startswith("a=ice-") and ":" in line)
    listener.remote = type(fresh.local)(ufrag=lines["ice-ufrag"], password=lines["ice-pwd"])
    before = listener.answered
    listener.move()
    listener.check()
    await eventually(lambda: listener.answered > before)
    speak(speaker, 1)
    await eventually(lambda: len(listener.received) == 1)
    for peer in (speaker, listener, fresh):
        await peer.close()


@pytest.mark.parametrize("setup", ["active", "passive"])
async def test_either_side_may_begin_the_handshake(control: MediaControl, host: str, setup: str) -> None:
    """Some publishers (FFmpeg's among them) want to be the DTLS server; then we are the client."""
    speaker = SyntheticPeer(host)
    answer = await control.publish("s", "voice", speaker.offer("sendonly", [AUDIO], setup=setup))
    assert f"a=setup:{'passive' if setup == 'active' else 'active'}" in answer.sdp
    await speaker.join(control, "voice", answer.sdp)
    listener = await subscribe(control, host, "voice", "ear")
    speak(speaker, 1)
    await eventually(lambda: len(listener.received) == 1)
    await speaker.close()
    await listener.close()


async def test_the_two_internets_meet(control: MediaControl, host: str) -> None:
    """A publisher on IPv4 is heard by a listener on IPv6."""
    sixes = [address for address in host_addresses() if ":" in address]
    if not sixes:
        pytest.skip("this machine has no global IPv6 address")
    speaker = await publish(control, host, "voice")
    listener = await subscribe(control, sixes[0], "voice", "ear")
    speak(speaker, 1)
    await eventually(lambda: len(listener.received) == 1)
    assert heard(listener.received[0]) == (960, b"voice")
    await speaker.close()
    await listener.close()


@pytest.mark.parametrize("limits", [Limits(silent_seconds=1.0, gone_seconds=3.0)])
async def test_silence_is_reported_and_then_the_link_is_closed(control: MediaControl, host: str, seen) -> None:
    speaker = await publish(control, host, "voice")
    listener = await subscribe(control, host, "voice", "ear")
    speaker.vanish()

    async def stay() -> None:
        while True:
            listener.check()
            await asyncio.sleep(0.1)

    staying = asyncio.create_task(stay())
    await eventually(lambda: any(isinstance(e, LinkSilent) and e.link == "voice" for e in seen))
    await eventually(lambda: sum(isinstance(e, LinkClosed) for e in seen) == 2)
    staying.cancel()
    assert [(e.link, e.reason) for e in seen if isinstance(e, LinkClosed)] == [
        ("voice", "gone"),
        ("ear", "publisher_closed"),
    ]
    await listener.close()


@pytest.mark.parametrize("limits", [Limits(setup_seconds=1.0)])
async def test_a_client_that_never_comes_is_forgotten(control: MediaControl, host: str, seen) -> None:
    peer = SyntheticPeer(host)
    await control.publish("s", "ghost", peer.offer("sendonly", [AUDIO]))
    await eventually(lambda: any(isinstance(e, LinkClosed) and e.reason == "never_connected" for e in seen))
    with pytest.raises(MediaRefused, match="unknown_publisher"):
        await control.subscribe("s", "ghost", "ear", peer.offer("recvonly", [AUDIO]))
    await peer.close()


async def test_a_dead_worker_is_replaced_and_clients_come_back(control: MediaControl, host: str, seen) -> None:
    speaker = await publish(control, host, "voice")
    os.kill(control.worker_pids[0], signal.SIGKILL)
    await eventually(lambda: any(isinstance(e, WorkerLost) for e in seen))
    lost = next(e for e in seen if isinstance(e, WorkerLost))
    assert (lost.sessions, lost.links) == (("s",), ("voice",))

    again = await publish(control, host, "voice")
    listener = await subscribe(control, host, "voice", "ear")
    speak(again, 1)
    await eventually(lambda: len(listener.received) == 1)
    assert sum(isinstance(e, LinkConnected) for e in seen) == 3
    for peer in (speaker, again, listener):
        peer.vanish()


async def test_no_worker_outlives_its_control_process() -> None:
    """`kill -9` of the server leaves nothing behind that would hold the port."""
    program = (
        "import asyncio\n"
        "from visavis_media.control import MediaControl\n"
        "from visavis_media.settings import MediaSettings\n"
        "async def main():\n"
        "    control = await MediaControl.start(MediaSettings())\n"
        "    print(control.worker_pids[0], flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    worker = int(await server.stdout.readline())
    server.kill()
    await server.wait()
    await eventually(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie")


async def test_what_does_not_fit_is_refused_by_name(control: MediaControl, host: str) -> None:
    peers = [await publish(control, host, f"voice-{number}") for number in range(3)]
    offer = peers[0].offer("sendonly", [AUDIO])
    with pytest.raises(MediaRefused, match="too_many_publishers"):
        await control.publish("s", "one-more", offer)
    with pytest.raises(MediaRefused, match="link_exists"):
        await control.publish("s", "voice-0", offer)
    with pytest.raises(MediaRefused, match="unknown_session"):
        await control.publish("elsewhere", "x", offer)
    with pytest.raises(MediaRefused, match="wrong_direction"):
        await control.subscribe("s", "voice-0", "x", offer)
    with pytest.raises(MediaRefused, match="no_common_codec"):
        await control.subscribe("s", "voice-0", "x", peers[0].offer("recvonly", [VIDEO]))
    for peer in peers:
        await peer.close()
