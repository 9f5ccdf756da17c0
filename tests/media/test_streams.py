"""Media over TCP, for networks that let no UDP through: it flows, it is bounded, and strangers get nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import psutil
import pytest
from visavis_media.control import MediaControl, MediaEvent
from visavis_media.framing import FrameBuffer, frame
from visavis_media.messages import LinkClosed
from visavis_media.settings import Limits, MediaSettings
from visavis_media.streams import VIDEO_BACKLOG, WHOLE_BACKLOG, StreamConnection
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

from tests.media.stream_peer import StreamPeer, tcp_candidate

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
VIDEO = OfferedTrack(kind="video", codec="VP8/90000", payload_type=96)


@pytest.fixture
def limits() -> Limits:
    """A test may ask for shorter patience by overriding this with `parametrize`."""
    return Limits()


@pytest.fixture
async def control(limits: Limits) -> AsyncIterator[MediaControl]:
    control = await MediaControl.start(MediaSettings(limits=limits))
    await control.open_session("s")
    yield control
    await control.close()


async def publish(control: MediaControl, peer: SyntheticPeer, link: str = "voice") -> SyntheticPeer:
    answer = await control.publish("s", link, peer.offer("sendonly", [AUDIO, VIDEO]))
    await peer.join(control, link, answer.sdp)
    return peer


async def subscribe(control: MediaControl, peer: SyntheticPeer, link: str, publisher: str = "voice") -> SyntheticPeer:
    answer = await control.subscribe("s", publisher, link, peer.offer("recvonly", [AUDIO, VIDEO]))
    await peer.join(control, link, answer.sdp)
    return peer


def speak(peer: SyntheticPeer, number: int) -> None:
    peer.send(pack_rtp(111, number, 960 * number, 5, b"voice"))


async def first_word(speaker: SyntheticPeer, *listeners: SyntheticPeer) -> None:
    """A client has its keys a moment before the forwarder has: it speaks until it is heard."""
    async with asyncio.timeout(20):
        while not all(listener.received for listener in listeners):
            speak(speaker, 1)
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    for listener in listeners:
        listener.received.clear()


async def test_each_way_may_be_tcp(control: MediaControl, host: str) -> None:
    speaker = await publish(control, StreamPeer(host))
    near = await subscribe(control, SyntheticPeer(host), "near")
    far = await subscribe(control, StreamPeer(host), "far")
    await first_word(speaker, near, far)
    for number in range(101, 151):
        speak(speaker, number)
    for listener in (near, far):
        await eventually(lambda one=listener: len(one.received) == 50)
        assert [packet[-5:] for packet in listener.received] == [b"voice"] * 50
    for peer in (speaker, near, far):
        await peer.close()


async def test_a_client_that_moves_from_udp_to_tcp_is_followed(control: MediaControl, host: str) -> None:
    """The network of a tablet changes for one that blocks UDP: its first check over TCP takes the media there."""
    speaker = await publish(control, SyntheticPeer(host))
    listener = StreamPeer(host)
    answer = await control.subscribe("s", "voice", "ear", listener.offer("recvonly", [AUDIO]))
    await SyntheticPeer.connect(listener, answer.sdp)
    await first_word(speaker, listener)

    before = listener.answered
    await listener.reach_by_tcp(answer.sdp)
    listener.check()
    await eventually(lambda: listener.answered > before)
    speak(speaker, 101)
    await eventually(lambda: len(listener.received) == 1)
    await speaker.close()
    await listener.close()


async def test_the_end_of_a_link_ends_its_connection(control: MediaControl, host: str) -> None:
    speaker = await publish(control, StreamPeer(host))
    await control.close_link("voice")
    await eventually(lambda: speaker.hung_up)
    await speaker.close()


@pytest.mark.parametrize("limits", [Limits(unproven_seconds=1.0, unproven_per_address=3)])
async def test_a_stranger_may_not_stay(control: MediaControl, host: str) -> None:
    peer = SyntheticPeer(host)
    answer = await control.publish("s", "voice", peer.offer("sendonly", [AUDIO]))
    target = tcp_candidate(answer.sdp, host)

    silent = [await asyncio.open_connection(*target) for _ in range(3)]
    one_more, its_writer = await asyncio.open_connection(*target)
    assert await asyncio.wait_for(one_more.read(), 5) == b"", "a fourth one from one address is refused"
    for reader, writer in silent:
        assert await asyncio.wait_for(reader.read(), 10) == b"", "who proves nothing is hung up on"
        writer.close()
    its_writer.close()

    for words in (frame(b"\x80 media from nobody"), frame(b"\x01 no check at all"), b"GET / HTTP/1.1\r\n\r\n"):
        reader, writer = await asyncio.open_connection(*target)
        writer.write(words)
        assert await asyncio.wait_for(reader.read(), 0.9) == b"", "at once, long before its second is over"
        writer.close()
    await eventually(lambda: sum(s.foreign + s.malformed for s in control.latest.values()) > 0)
    await peer.close()


@pytest.mark.parametrize("limits", [Limits(stalled_seconds=1.0, gone_seconds=4.0)])
async def test_who_takes_nothing_is_given_up_and_nobody_else_waits(control: MediaControl, host: str) -> None:
    closed: list[MediaEvent] = []

    async def watch() -> None:
        async for event in control.events():
            if isinstance(event, LinkClosed):
                closed.append(event)  # noqa: PERF401 each must be there as soon as it happens

    watching = asyncio.create_task(watch())
    speaker = await publish(control, SyntheticPeer(host))
    starved, well = StreamPeer(host), SyntheticPeer(host)
    await subscribe(control, starved, "starved")
    await subscribe(control, well, "well")
    worker = psutil.Process(control.worker_pids[0])
    before = worker.memory_info().rss
    starved.starve()

    sent = 0
    async with asyncio.timeout(60):
        while not closed:
            for _ in range(40):
                sent += 1
                speaker.send(pack_rtp(96, sent, 3_000 * sent, 7, bytes(1_100)))
            well.check()
            speaker.check()
            await asyncio.sleep(0.02)
    assert [(event.link, event.reason) for event in closed] == [("starved", "gone")]
    assert worker.memory_info().rss - before < 32 * 1024 * 1024
    await eventually(lambda: len(well.received) > 0.95 * sent)
    watching.cancel()
    for peer in (speaker, starved, well):
        await peer.close()


async def test_pictures_give_way_before_voices() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    connection = StreamConnection(ours, ("host", 1), asyncio.get_running_loop(), 0.0, lambda _connection: None)
    picture, voice, nowhere = b"p" * 1_000, b"v" * 100, ("", 0)

    sent: list[bytes] = []

    def fill(send: Callable[[bytes, tuple[str, int]], int], packet: bytes) -> None:
        while True:
            send(packet, nowhere)
            sent.append(packet)

    with pytest.raises(BlockingIOError):
        fill(connection.video.sendto, picture)
    assert len(connection.backlog) <= VIDEO_BACKLOG
    before = len(sent)
    with pytest.raises(BlockingIOError):
        fill(connection.sendto, voice)
    assert len(sent) > before, "a voice still has room where a picture has none"
    assert len(connection.backlog) <= WHOLE_BACKLOG

    # Once the client reads again, everything that was accepted arrives whole and in order.
    frames, arrived = FrameBuffer(), []
    while len(arrived) < len(sent):
        await asyncio.sleep(0)
        try:
            frames.fill(theirs.recv_into(frames.room()))
        except BlockingIOError:
            continue
        while (packet := frames.take()) is not None:
            arrived.append(bytes(packet))
    assert arrived == sent
    theirs.close()
    connection.close()
    with pytest.raises(ConnectionError):
        connection.sendto(voice, nowhere)


async def test_tcp_can_be_turned_off(host: str) -> None:
    control = await MediaControl.start(MediaSettings(tcp=False))
    await control.open_session("s")
    peer = SyntheticPeer(host)
    answer = await control.publish("s", "voice", peer.offer("sendonly", [AUDIO]))
    assert " tcp " not in answer.sdp
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*control.addresses[0])
    await peer.close()
    await control.close()
