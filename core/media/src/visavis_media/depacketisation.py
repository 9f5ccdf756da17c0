"""From the payloads of one frame to the bytes a decoder takes (RFC 7741 VP8, RFC 6184 H264, RFC 9628 VP9).

Knows: payload descriptors, and which frame stands alone. Refuses to know: order and loss (`reassembly`), decoders,
time. Bad bytes give None and never raise. AV1 is not unpacked: no browser is answered with it while it offers VP8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

__all__ = ["UNPACKED", "EncodedFrame", "join_frame"]

START_CODE = b"\0\0\0\1"
STAP_A, FU_A = 24, 28
IDR, MAX_SINGLE = 5, 23


class EncodedFrame(msgspec.Struct, frozen=True):
    """`is_key`: decodable without any frame before it."""

    data: bytes
    is_key: bool


def join_frame(codec: str, payloads: Sequence[bytes]) -> EncodedFrame | None:
    """The frame whose packets' payloads are given in order, or None when they do not make one."""
    if not payloads or codec not in UNPACKED:
        return None
    try:
        return UNPACKED[codec](payloads)
    except IndexError:  # a descriptor that ends before it says
        return None


def join_vp8(payloads: Sequence[bytes]) -> EncodedFrame | None:
    starts = payloads[0][0] & 0x1F == 0x10  # first packet of partition 0
    data = b"".join(payload[vp8_start(payload) :] for payload in payloads)
    if not starts or not data:
        return None
    return EncodedFrame(data, not data[0] & 1)


def vp8_start(payload: bytes) -> int:
    """Offset behind the payload descriptor (RFC 7741 §4.2)."""
    if not payload[0] & 0x80:
        return 1
    fields, at = payload[1], 2
    if fields & 0x80:
        at += 2 if payload[at] & 0x80 else 1
    at += bool(fields & 0x40)
    at += bool(fields & 0x30)
    return at


def join_vp9(payloads: Sequence[bytes]) -> EncodedFrame | None:
    first = payloads[0][0]
    data = b"".join(payload[vp9_start(payload) :] for payload in payloads)
    if not first & 0x08 or not data:  # B: start of a frame
        return None
    return EncodedFrame(data, not first & 0x40)


def vp9_start(payload: bytes) -> int:
    """Offset behind the payload descriptor (RFC 9628 §4.2)."""
    flags, at = payload[0], 1
    flexible = flags & 0x10
    if flags & 0x80:
        at += 2 if payload[at] & 0x80 else 1
    if flags & 0x20:
        at += 1 if flexible else 2
    if flexible and flags & 0x40:
        for _ in range(3):
            at += 1
            if not payload[at - 1] & 1:
                break
    if flags & 0x02:
        structure = payload[at]
        at += 1
        if structure & 0x10:
            at += 4 * ((structure >> 5) + 1)
        if structure & 0x08:
            pictures = payload[at]
            at += 1
            for _ in range(pictures):
                at += 1 + (payload[at] >> 2 & 3)
    return at


def join_h264(payloads: Sequence[bytes]) -> EncodedFrame | None:
    """Byte stream format (annex B): start codes before each NAL unit."""
    parts: list[bytes] = []
    key = False
    inside = False
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == FU_A:
            head = payload[1]
            if head & 0x80:
                inside = True
                key = key or head & 0x1F == IDR
                parts += (START_CODE, bytes([payload[0] & 0xE0 | head & 0x1F]))
            elif not inside:
                return None
            parts.append(payload[2:])
            inside = inside and not head & 0x40
        elif kind == STAP_A:
            at = 1
            while at + 2 < len(payload):
                size = payload[at] << 8 | payload[at + 1]
                unit = payload[at + 2 : at + 2 + size]
                if not size or len(unit) < size:
                    return None
                key = key or unit[0] & 0x1F == IDR
                parts += (START_CODE, unit)
                at += 2 + size
        elif 0 < kind <= MAX_SINGLE:
            key = key or kind == IDR
            parts += (START_CODE, payload)
        else:
            return None
    return EncodedFrame(b"".join(parts), key) if parts and not inside else None


UNPACKED: dict[str, Callable[[Sequence[bytes]], EncodedFrame | None]] = {
    "vp8": join_vp8,
    "h264": join_h264,
    "vp9": join_vp9,
}
