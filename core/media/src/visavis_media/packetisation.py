"""From an encoded frame to RTP payloads (RFC 7741 VP8, RFC 6184 H264 mode 1, RFC 7587 Opus).

Knows: payload formats and the size of a packet. Refuses to know: encoders, sequence numbers, sockets.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["LARGEST_PAYLOAD", "PACKED", "split_frame"]

LARGEST_PAYLOAD = 1_180  # with headers, SRTP, UDP and IPv6 below 1,280, which every path carries
FU_A = 28


def split_frame(codec: str, data: bytes) -> list[bytes]:
    """The payloads of one frame, in order. KeyError for a codec that is not packed here."""
    return PACKED[codec](data)


def split_vp8(data: bytes) -> list[bytes]:
    room = LARGEST_PAYLOAD - 1
    return [(b"\x10" if not at else b"\x00") + data[at : at + room] for at in range(0, len(data), room)]


def split_h264(data: bytes) -> list[bytes]:
    """NAL units of a byte stream (annex B), fragmented (FU-A) where one is larger than a packet."""
    payloads: list[bytes] = []
    for unit in nal_units(data):
        if len(unit) <= LARGEST_PAYLOAD:
            payloads.append(unit)
            continue
        room = LARGEST_PAYLOAD - 2
        indicator = unit[0] & 0xE0 | FU_A
        body = unit[1:]
        for at in range(0, len(body), room):
            first, last = not at, at + room >= len(body)
            head = bytes([indicator, first << 7 | last << 6 | unit[0] & 0x1F])
            payloads.append(head + body[at : at + room])
    return payloads


def nal_units(data: bytes) -> list[bytes]:
    """The units between start codes of three or four bytes; none is empty."""
    starts: list[tuple[int, int]] = []
    at = data.find(b"\0\0\1")
    while at >= 0:
        starts.append((at, at + 3))
        at = data.find(b"\0\0\1", at + 3)
    ends = [start for start, _ in starts[1:]] + [len(data)]
    units = (data[begin:end].rstrip(b"\0") for (_, begin), end in zip(starts, ends, strict=True))
    return [unit for unit in units if unit]


def split_opus(data: bytes) -> list[bytes]:
    return [data]


PACKED: dict[str, Callable[[bytes], list[bytes]]] = {"vp8": split_vp8, "h264": split_h264, "opus": split_opus}
