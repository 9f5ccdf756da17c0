"""What one packet costs on the forwarder's path: one hop to one viewer and to three, beside the floor.

The floor is what no forwarder can avoid: open, seal per viewer, and the send system call. Each round handles
`BURST` packets of 1,100 bytes; divide by it for one packet. Receiving is left out on both sides: it is one more call.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pylibsrtp
import pytest
from visavis_media import aiortc_seam
from visavis_media.forwarder import Egress
from visavis_media.plan import Codec, Extensions, IceCredentials, LinkPlan, TrackPlan
from visavis_media.settings import Limits
from visavis_media.srtp import Workspace
from visavis_media.testing import pack_rtp
from visavis_media.uplink import Uplink

BURST = 200
PAYLOAD = bytes(1_100)
KEY = bytes(range(28))
CODEC = Codec(name="vp8", clock=90_000, payload_type=96, rtx=97, feedback=("nack", "nack pli", "transport-cc"))
UP = TrackPlan(kind="video", mid="0", codec=CODEC, extensions=Extensions(transport=5))
DOWN = TrackPlan(kind="video", mid="0", codec=CODEC, extensions=Extensions(send_time=2), ssrc=77, rtx_ssrc=78)
PLAN = LinkPlan(
    session="s",
    link="camera",
    publisher="",
    tracks=(UP,),
    local=IceCredentials(ufrag="a", password="b"),
    remote_ufrag="c",
    fingerprints=(),
    dtls_role="server",
)


def session(direction: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(key=KEY, ssrc_type=direction, srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    policy.allow_repeat_tx = True
    policy.window_size = 1_024
    return pylibsrtp.Session(policy)


def sealed_packets() -> Iterator[bytes]:
    """An endless publisher: the same stream sealed with its key, as it comes off the socket."""
    sending = session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    number = 0
    while True:
        number += 1
        packet = bytearray(pack_rtp(96, number, 3_000 * (number // 4), 0xABCDEF01, PAYLOAD))
        packet[0] |= 0x10
        packet[12:12] = b"\xbe\xde\x00\x01\x51" + (number & 0xFFFF).to_bytes(2) + b"\x00"
        yield sending.protect(bytes(packet))


@pytest.fixture
def wire() -> Iterator[SimpleNamespace]:
    """A socket to send from and one nobody reads, which drops as a network would."""
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.setblocking(False)
    yield SimpleNamespace(channel=channel, address=sink.getsockname())
    channel.close()
    sink.close()


def measure(benchmark: Callable[..., object], handle: Callable[[list[bytes]], None], viewers: int, what: str) -> None:
    source = sealed_packets()
    benchmark.extra_info.update(packets=BURST, viewers=viewers, what=what)  # type: ignore[attr-defined] # the plugin's fixture has no types
    benchmark.pedantic(  # type: ignore[attr-defined] # same
        handle, setup=lambda: (([next(source) for _ in range(BURST)],), {}), rounds=200, warmup_rounds=5
    )
    mean = benchmark.stats.stats.median / BURST * 1e6  # type: ignore[attr-defined] # same
    benchmark.extra_info["microseconds_per_packet"] = round(mean, 2)  # type: ignore[attr-defined] # same
    print(f"\n{what}, {viewers} viewer(s): {mean:.2f} µs per incoming packet, {mean / viewers:.2f} per forwarded one")


@pytest.mark.parametrize("viewers", [1, 3])
def test_hop(benchmark, wire: SimpleNamespace, viewers: int) -> None:
    """Open, read the header, feed transport feedback and reception counts, keep for repair, rewrite, seal, send."""
    workspace = Workspace()
    opening = aiortc_seam.make_crypto(session(pylibsrtp.Policy.SSRC_ANY_INBOUND), "srtp_unprotect", workspace.incoming)
    uplink = Uplink(PLAN, Limits(), workspace, lambda _packet: None)
    egresses = []
    for _ in range(viewers):
        sending = session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        seal = aiortc_seam.make_crypto(sending, "srtp_protect", workspace.outgoing)
        egress = Egress(DOWN, seal, workspace, lambda _packet: None)
        egress.aim(wire.channel, wire.address)
        egresses.append(egress)
    uplink.attach(egresses)
    moment = 1.0

    def handle(packets: list[bytes]) -> None:
        nonlocal moment
        incoming = workspace.incoming
        for packet in packets:
            moment += 0.001
            incoming[: len(packet)] = packet
            uplink.receive(opening(len(packet)), moment)
        uplink.tick(moment, 3)

    measure(benchmark, handle, viewers, "hop")
    assert egresses[0].unsent == 0
    assert egresses[0].forwarded == uplink.tracks[0].packets


@pytest.mark.parametrize("viewers", [1, 3])
def test_floor(benchmark, wire: SimpleNamespace, viewers: int) -> None:
    """Open once, seal and send per viewer; nothing is looked at."""
    workspace = Workspace()
    opening = aiortc_seam.make_crypto(session(pylibsrtp.Policy.SSRC_ANY_INBOUND), "srtp_unprotect", workspace.incoming)
    seals = [
        aiortc_seam.make_crypto(session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND), "srtp_protect", workspace.outgoing)
        for _ in range(viewers)
    ]
    view, channel, address = workspace.outgoing_view, wire.channel, wire.address

    def handle(packets: list[bytes]) -> None:
        incoming, outgoing = workspace.incoming, workspace.outgoing
        for packet in packets:
            incoming[: len(packet)] = packet
            size = opening(len(packet))
            for seal in seals:
                outgoing[:size] = incoming[:size]
                channel.sendto(view[: seal(size)], address)

    measure(benchmark, handle, viewers, "floor")
