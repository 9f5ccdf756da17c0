"""Strangers at the media port may spray what they like: every set-up succeeds and nothing of theirs is answered.

So may a peer that was let in: what it sends twice, too fast or broken is dropped and counted, and nothing else happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import random
import secrets
import socket
import sys
from collections.abc import AsyncIterator

import pytest
from visavis_media import ice_lite
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.messages import LinkClosed, LinkConnected, StatsSummary
from visavis_media.settings import Limits, MediaSettings
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
SETUPS = 20
RATE, CALLS, WARM_UP = 5_000, 100, 250  # datagrams per second, and set-ups
GROWTH = 6 * 1024 * 1024  # bytes that a hundred set-ups may leave behind, after those that filled every pool
PATIENCE = 60.0


def client_hello() -> bytes:
    """The first record of a DTLS 1.2 handshake, well enough formed to start one where nothing stops it."""
    body = b"\xfe\xfd" + secrets.token_bytes(32) + b"\x00\x00" + b"\x00\x02\xc0\x2b" + b"\x01\x00"
    message = b"\x01" + len(body).to_bytes(3) + b"\x00\x00" + b"\x00\x00\x00" + len(body).to_bytes(3) + body
    return b"\x16\xfe\xff" + bytes(8) + len(message).to_bytes(2) + message


def foreign_check(username: str) -> bytes:
    """A check that names a real link and its peer but does not know the password."""
    body = ice_lite.attribute(ice_lite.USERNAME, username.encode())
    body += ice_lite.attribute(ice_lite.USE_CANDIDATE, b"")
    return ice_lite.seal(ice_lite.BINDING_REQUEST, secrets.token_bytes(12), body, b"a password of my own")


@contextlib.asynccontextmanager
async def spraying(host: str, targets: list[tuple[str, int, str]]) -> AsyncIterator[list[bytes]]:
    """Sends everything a stranger can think of at each target (host, port, username); yields what came back."""
    chance = random.Random(7)
    answers: list[bytes] = []
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.setblocking(False)
    channel.bind((host, 0))

    async def spray() -> None:
        while True:
            for address, port, username in targets[-3:]:
                for data in (
                    client_hello(),
                    foreign_check(username),
                    pack_rtp(111, chance.randrange(65_536), 0, 1, chance.randbytes(160)),
                    chance.randbytes(chance.randrange(1, 1_400)),
                    b"",
                ):
                    with contextlib.suppress(BlockingIOError):
                        channel.sendto(data, (address, port))
            with contextlib.suppress(BlockingIOError):
                answers.append(channel.recv(2_048))
            await asyncio.sleep(0.002)

    task = asyncio.create_task(spray())
    try:
        yield answers
    finally:
        task.cancel()
        await asyncio.wait([task])
        channel.close()


async def test_every_call_is_set_up_under_a_spray(control: MediaControl, host: str) -> None:
    targets: list[tuple[str, int, str]] = []
    async with spraying(host, targets) as answers:
        for number in range(SETUPS):
            peer = SyntheticPeer(host)
            answer = await control.publish("s", f"link-{number}", peer.offer("sendonly", [AUDIO]))
            words = answer.sdp.partition("a=candidate:")[2].split()
            ufrag = answer.sdp.partition("a=ice-ufrag:")[2].split()[0]
            targets.append((words[4], int(words[5]), f"{ufrag}:{peer.local.ufrag}"))
            await asyncio.sleep(0.02)  # the stranger is there first
            await peer.connect(answer.sdp)
            peer.send(pack_rtp(111, 1, 0, 5, b"voice"))
            await control.close_link(f"link-{number}")
            await peer.close()
    assert answers == []
    await eventually(lambda: sum(s.foreign for s in control.latest.values()) > 0)


@contextlib.asynccontextmanager
async def under_spray(host: str, port: int) -> AsyncIterator[list[float]]:
    """A process of strangers; afterwards the list holds how many datagrams it sent per second."""
    program = pathlib.Path(__file__).with_name("sprayer.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), host, host, str(port), str(RATE),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    rates: list[float] = []
    try:
        assert await asyncio.wait_for(process.stdout.readline(), PATIENCE) == b"ready\n"
        yield rates
        process.stdin.close()
        sent, seconds = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).split()
        rates.append(int(sent) / float(seconds))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def set_up(control: MediaControl, host: str, name: str) -> None:
    peer = SyntheticPeer(host)
    try:
        answer = await control.publish("s", name, peer.offer("sendonly", [AUDIO]))
        await peer.connect(answer.sdp, PATIENCE)
        peer.send(pack_rtp(111, 1, 0, 5, b"voice"))
        await control.close_link(name)
    finally:
        await peer.close()


async def settled_memory(control: MediaControl) -> int:
    """Of the worker, in bytes, once it had seconds of quiet to collect what the ended links left."""
    seen: list[int] = []
    async for event in control.events():
        if isinstance(event, StatsSummary):
            seen.append(event.memory)
            if len(seen) == 4:
                break
    return seen[-1]


async def test_a_hundred_calls_are_set_up_under_five_thousand_foreign_datagrams_a_second(
    control: MediaControl, host: str
) -> None:
    worker = control.figures.workers
    for number in range(WARM_UP):
        await set_up(control, host, f"warm-{number}")
    before = await settled_memory(control)
    port = next(port for address, port in control.addresses if address == host)
    async with under_spray(host, port) as rates:
        for number in range(CALLS):
            await set_up(control, host, f"call-{number}")
    grown = await settled_memory(control) - before
    assert rates[0] >= 0.8 * RATE, "the strangers were too few for the claim"
    assert grown <= GROWTH, f"{grown / 1024:.0f} KiB"
    totals = worker[0].totals
    assert totals["faults"] == 0
    assert totals["foreign"] > 0
    assert totals["malformed"] > 0
    assert worker[0].losses == {}


async def test_what_a_peer_sends_twice_broken_or_without_a_key_is_dropped_and_counted(
    control: MediaControl, host: str
) -> None:
    publisher, viewer = SyntheticPeer(host), SyntheticPeer(host)
    answer = await control.publish("s", "camera", publisher.offer("sendonly", [AUDIO]))
    await publisher.connect(answer.sdp)
    answer = await control.subscribe("s", "camera", "viewer", viewer.offer("recvonly", [AUDIO]))
    await viewer.connect(answer.sdp)
    assert publisher.keys is not None

    packet = pack_rtp(111, 1, 0, 5, b"voice")
    publisher.workspace.outgoing[: len(packet)] = packet
    size = publisher.keys.seal(len(packet))
    sealed = bytes(publisher.workspace.outgoing[:size])
    chance = random.Random(3)
    replayed, broken, forged, empty = 50, 50, 50, 20
    for _ in range(1 + replayed):
        publisher.channel.sendto(sealed, publisher.server)
    for number in range(broken):  # sealed with the right key, and yet no packet that means anything
        publisher.send_control(b"\x81\xcd\x00\x03" + chance.randbytes(12 if number % 2 else 200))
        publisher.send(b"\x9f\x6f" + (number + 2).to_bytes(2) + chance.randbytes(80))
    for _ in range(forged):
        publisher.channel.sendto(b"\x80\x6f" + chance.randbytes(170), publisher.server)
        publisher.channel.sendto(b"\x81\xc9\x00\x07" + chance.randbytes(44), publisher.server)
        publisher.channel.sendto(b"\x16\xfe\xfd" + chance.randbytes(90), publisher.server)
    for _ in range(empty):
        publisher.channel.sendto(b"\xff\xff", publisher.server)
    publisher.send(pack_rtp(111, 60, 480, 5, b"after"))

    await eventually(lambda: [packet[12:] for packet in viewer.received] == [b"voice", b"after"], PATIENCE)
    counted = control.figures.workers
    least = replayed + 2 * forged + empty
    await eventually(lambda: 0 in counted and counted[0].totals["rejected"] >= least, PATIENCE)
    assert counted[0].totals["faults"] == 0
    for peer in (publisher, viewer):
        await peer.close()


async def test_a_peer_that_sends_too_fast_is_held_to_its_rate_and_nobody_else_is(host: str) -> None:
    control = await MediaControl.start(MediaSettings(limits=Limits(packets_per_second_per_link=200)))
    try:
        await control.open_session("s")
        fast, calm, viewer = (SyntheticPeer(host) for _ in range(3))
        for name, peer in (("fast", fast), ("calm", calm)):
            answer = await control.publish("s", name, peer.offer("sendonly", [AUDIO]))
            await peer.connect(answer.sdp)
        answer = await control.subscribe("s", "calm", "viewer", viewer.offer("recvonly", [AUDIO]))
        await viewer.connect(answer.sdp)
        for number in range(1_000):
            fast.send(pack_rtp(111, number, number, 5, b"flood"))
            if number % 100 == 0:
                calm.send(pack_rtp(111, number // 100, number, 6, b"voice"))
        figures = control.figures.workers
        await eventually(lambda: 0 in figures and figures[0].totals["rejected"] >= 300, PATIENCE)
        await eventually(lambda: len(viewer.received) == 10, PATIENCE)
        for peer in (fast, calm, viewer):
            await peer.close()
    finally:
        await control.close()


async def test_a_recorded_check_from_elsewhere_moves_nothing(control: MediaControl, host: str) -> None:
    publisher, viewer, thief = SyntheticPeer(host), SyntheticPeer(host), SyntheticPeer(host)
    answer = await control.publish("s", "camera", publisher.offer("sendonly", [AUDIO]))
    await publisher.join(control, "camera", answer.sdp)
    answer = await control.subscribe("s", "camera", "viewer", viewer.offer("recvonly", [AUDIO]))
    await viewer.join(control, "viewer", answer.sdp)
    recorded = viewer.check()
    await eventually(lambda: viewer.answered >= 2)

    thief.channel.sendto(recorded, viewer.server)
    publisher.send(pack_rtp(111, 1, 0, 5, b"voice"))

    await eventually(lambda: len(viewer.received) == 1)
    assert thief.answered == 0
    for peer in (publisher, viewer, thief):
        await peer.close()


async def test_a_wrong_certificate_never_gets_media(control: MediaControl, host: str) -> None:
    """Whoever knows the ICE password but not the offered certificate is refused at the handshake."""
    honest, forger = SyntheticPeer(host), SyntheticPeer(host)
    closed: list[str] = []
    connected: list[str] = []

    async def watch() -> None:
        async for event in control.events():
            if isinstance(event, LinkClosed):
                closed.append(event.reason)
            elif isinstance(event, LinkConnected):
                connected.append(event.link)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    forger.local = honest.local
    answer = await control.publish("s", "camera", honest.offer("sendonly", [AUDIO]))
    with contextlib.suppress(ConnectionError, TimeoutError):
        await forger.connect(answer.sdp, 2)
    await eventually(lambda: closed == ["handshake_failed"])
    watching.cancel()
    assert connected == []
    with pytest.raises(MediaRefused, match="unknown_publisher"):
        await control.subscribe("s", "camera", "viewer", forger.offer("recvonly", [AUDIO]))
    await honest.close()
    await forger.close()
