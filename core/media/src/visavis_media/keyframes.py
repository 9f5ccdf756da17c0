"""Where a key frame begins, seen from one packet's payload (RFC 7741, RFC 9628, RFC 6184, AV1 RTP §4.4).

Knows: the first bytes of payloads. Refuses to know: packets, order, and what is done with the answer. Looked at only
while a viewer waits for a picture it can begin with. Any bytes give an answer and none an exception.
"""

from __future__ import annotations

from collections.abc import Callable

from visavis_media.depacketisation import vp8_start

__all__ = ["begins_keyframe"]

IDR, SPS, STAP_A, FU_A = 5, 7, 24, 28
FIRST_OF_FRAME = 0x1F, 0x10  # VP8: the bits of the first byte that say "partition 0, its beginning"


def begins_keyframe(codec: str, payload: bytes) -> bool:
    """Whether a decoder can begin with the packet of this payload. False for a codec that is not read."""
    look = LOOKS.get(codec)
    try:
        return bool(payload) and look is not None and look(payload)
    except IndexError:  # a descriptor that ends before it says
        return False


def vp8(payload: bytes) -> bool:
    mask, wanted = FIRST_OF_FRAME
    return payload[0] & mask == wanted and not payload[vp8_start(payload)] & 1


def vp9(payload: bytes) -> bool:
    return payload[0] & 0x48 == 0x08  # B: start of a frame; P: predicted from another


def h264(payload: bytes) -> bool:
    kind = payload[0] & 0x1F
    if kind == STAP_A:
        kind = payload[3] & 0x1F
    elif kind == FU_A:
        kind = payload[1] & 0x1F if payload[1] & 0x80 else 0
    return kind in (IDR, SPS)


def av1(payload: bytes) -> bool:
    return bool(payload[0] & 0x08)  # N: the first packet of a coded video sequence


LOOKS: dict[str, Callable[[bytes], bool]] = {"vp8": vp8, "vp9": vp9, "h264": h264, "av1": av1}
