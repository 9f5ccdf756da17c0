"""Strangers at the media port may spray what they like: every set-up succeeds and nothing of theirs is answered."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import socket
from collections.abc import AsyncIterator

import pytest
from visavis_media import ice_lite
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.messages import LinkClosed, LinkConnected
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
SETUPS = 20


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
