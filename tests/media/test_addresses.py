"""Where a client is told to come: every address of the machine or those that are advertised, over IPv4 and IPv6."""

from __future__ import annotations

import asyncio
import socket

import pytest
from visavis_media.control import MediaControl
from visavis_media.settings import MediaSettings
from visavis_media.supervision import MediaUnavailable
from visavis_media.testing import OfferedTrack, SyntheticPeer, pack_rtp

from tests.media.stream_peer import StreamPeer

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)


async def answer_of(settings: MediaSettings) -> tuple[str, int]:
    """An answer of a forwarder with these settings, and the port it listens on."""
    control = await MediaControl.start(settings)
    await control.open_session("s")
    peer = SyntheticPeer("127.0.0.1")
    answer = await control.publish("s", "voice", peer.offer("sendonly", [AUDIO]))
    port = control.addresses[0][1]
    await peer.close()
    await control.close()
    return answer.sdp, port


def candidates(sdp: str) -> list[tuple[str, str, int, int]]:
    """(transport, address, port, priority), best first."""
    words = [line.split() for line in sdp.splitlines() if line.startswith("a=candidate:")]
    return sorted({(w[2], w[4], int(w[5]), int(w[3])) for w in words}, key=lambda one: -one[3])


async def test_only_the_advertised_addresses_are_told() -> None:
    sdp, port = await answer_of(MediaSettings(advertised=("203.0.113.10", "2001:db8::10")))
    assert [one[:3] for one in candidates(sdp)] == [
        ("udp", "203.0.113.10", port),
        ("udp", "2001:db8::10", port),
        ("tcp", "203.0.113.10", port),
        ("tcp", "2001:db8::10", port),
    ]


@pytest.mark.parametrize("make", [SyntheticPeer, StreamPeer])
async def test_ipv6_alone_is_enough(make: type[SyntheticPeer]) -> None:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    control = await MediaControl.start(MediaSettings(host="::1"))
    await control.open_session("s")
    speaker, listener = make("::1"), make("::1")
    answer = await control.publish("s", "voice", speaker.offer("sendonly", [AUDIO]))
    await speaker.connect(answer.sdp)
    answer = await control.subscribe("s", "voice", "ear", listener.offer("recvonly", [AUDIO]))
    await listener.connect(answer.sdp)
    async with asyncio.timeout(20):
        number = 0
        while not listener.received:
            number += 1
            speaker.send(pack_rtp(111, number, 960 * number, 5, b"voice"))
            await asyncio.sleep(0.05)
    assert listener.received[0].endswith(b"voice")
    for peer in (speaker, listener):
        await peer.close()
    await control.close()


async def test_a_port_taken_over_tcp_is_said_at_the_start() -> None:
    """The two share a number that firewalls know; half of it would be a path that silently does not exist."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(MediaUnavailable, match="port"):
            await MediaControl.start(MediaSettings(host="127.0.0.1", port=port))
        control = await MediaControl.start(MediaSettings(host="127.0.0.1", port=port, tcp=False))
        assert control.addresses == (("127.0.0.1", port),)
        await control.close()
