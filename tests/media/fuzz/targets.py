"""What a stranger's or a peer's bytes reach, each as one function of bytes: it returns, whatever they are.

Knows: every parser of media, and the path behind the keys. Refuses to know: who makes the bytes up (hypothesis in CI,
atheris by `make fuzz`). A target raises only when the code under it is wrong.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from visavis_media import eye_messages, ice_lite, messages, rtcp
from visavis_media.depacketisation import join_frame
from visavis_media.downlink import Downlink
from visavis_media.framing import FrameBuffer, FramingError
from visavis_media.keyframes import begins_keyframe
from visavis_media.plan import Codec, Extensions, IceCredentials, LinkPlan, TrackPlan
from visavis_media.rtp import find_extension, payload_at
from visavis_media.sdp import OfferRefused, read_fragment, read_offer
from visavis_media.settings import Limits
from visavis_media.srtp import MAX_DATAGRAM, Keys, Workspace
from visavis_media.transport_feedback import read_feedback
from visavis_media.uplink import Uplink

__all__ = ["TARGETS"]

LIMITS = Limits(kept_packets=64)
PASSWORD = b"a password of twenty-two"
CODECS = ("vp8", "vp9", "h264", "av1", "opus", "")
DECODERS = [
    msgspec.msgpack.Decoder(kind)
    for kind in (messages.ToWorker, messages.FromWorker, eye_messages.Watch | eye_messages.Forget)
]


def stun(data: bytes) -> None:
    check = ice_lite.read_check(data)
    if check is not None:
        ice_lite.is_authentic(data, check, PASSWORD)
        ice_lite.answer_check(check, "192.0.2.7", 4_242, PASSWORD)
        ice_lite.answer_role_conflict(check, PASSWORD)


def rtp(data: bytes) -> None:
    start = payload_at(data, len(data))
    assert -1 <= start <= len(data)
    if start < 0:
        return
    for wanted in range(1, 15):
        assert find_extension(data, len(data), wanted) < max(1, start)
    for codec in CODECS:
        begins_keyframe(codec, data[start:])
        join_frame(codec, [data[start:]])


def rtcp_compound(data: bytes) -> None:
    for part in rtcp.walk(data):
        assert part.start <= part.end <= len(data)
        rtcp.read_sender_report(data, part)
        rtcp.read_reports(data, part)
        rtcp.read_nack(data, part)
        rtcp.read_remb(data, part)
        rtcp.read_keyframe_request(data, part)
        read_feedback(data, part.start, part.end)


def feedback(data: bytes) -> None:
    found = read_feedback(data, 0, len(data))
    assert found is None or len(found[1]) <= 65_536


def sdp(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for read in (read_offer, read_fragment):
        with contextlib.suppress(OfferRefused):
            read(text, LIMITS)


def framing(data: bytes) -> None:
    """The first byte says in how large pieces the rest arrives."""
    buffer, step, at = FrameBuffer(), 1 + (data[0] if data else 0), 1
    while at < len(data):
        room = buffer.room()
        piece = data[at : at + min(step, len(room))]
        room[: len(piece)] = piece
        buffer.fill(len(piece))
        at += len(piece)
        assert piece, "there is always room for more once no whole frame waits"
        try:
            while buffer.take() is not None:
                pass
        except FramingError:
            return


def control_message(data: bytes) -> None:
    for decoder in DECODERS:
        with contextlib.suppress(ConnectionError):
            messages.read_message(decoder, data)


def plan(publisher: str) -> LinkPlan:
    nack = ("nack", "nack pli", "transport-cc", "goog-remb")
    sound = Codec(name="opus", clock=48_000, payload_type=111)
    picture = Codec(name="vp8", clock=90_000, payload_type=96, rtx=97, feedback=nack)
    extensions = Extensions(mid=1, send_time=2, transport=5)
    tracks = tuple(
        TrackPlan(kind=kind, mid=str(index), codec=codec, extensions=extensions, ssrc=10 + index, rtx_ssrc=20 + index)
        for index, (kind, codec) in enumerate((("audio", sound), ("video", picture)))
    )
    local = IceCredentials(ufrag="a", password="b")
    return LinkPlan(
        session="s", link="l", publisher=publisher, tracks=tracks, local=local, remote_ufrag="c", fingerprints=(),
        dtls_role="server",
    )  # fmt: skip


def cut(data: bytes) -> list[bytes]:
    """Several packets in one input, each behind two bytes of length; at most sixteen."""
    pieces, at = [], 0
    while at + 2 <= len(data) and len(pieces) < 16:
        size = (data[at] << 8 | data[at + 1]) % (MAX_DATAGRAM - 200)
        pieces.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return pieces


def behind_the_keys(data: bytes) -> None:
    """What a peer that was let in may send: opened packets and RTCP, in, through to a viewer, and the viewer's own."""
    workspace = Workspace()
    sink = SimpleNamespace(sendto=lambda packet, _address: len(packet))
    uplink = Uplink(plan(""), LIMITS, workspace, lambda _packet: None)
    downlink = Downlink(plan("l"), workspace, uplink, lambda _packet: None)
    downlink.connect(cast(Keys, SimpleNamespace(seal=lambda size: size + 16)))
    downlink.aim(cast(Any, sink), ("192.0.2.7", 4_242))
    now = 100.0
    for index, packet in enumerate(cut(data)):
        now += 0.02
        if packet[:1] == b"\xff":
            downlink.control(memoryview(packet[1:]), now)
        elif packet[:1] == b"\xfe":
            uplink.control(memoryview(packet[1:]), now)
        else:
            workspace.incoming[: len(packet)] = packet
            uplink.receive(len(packet), now)
        uplink.tick(now, index)
    uplink.second(now + 1)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "stun": stun,
    "rtp": rtp,
    "rtcp": rtcp_compound,
    "feedback": feedback,
    "sdp": sdp,
    "framing": framing,
    "messages": control_message,
    "peer": behind_the_keys,
}
