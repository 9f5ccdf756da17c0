"""RTP headers: where the payload starts, which extension is where (RFC 3550 §5.1, RFC 8285).

Knows: offsets in a buffer. Refuses to know: codecs, streams, time. Never raises on any bytes; a malformed packet
gives -1. Functions take a buffer and its used size, because the path reads one packet in place and makes no object.
"""

from __future__ import annotations

import struct

__all__ = ["EXTENDED_HEADER", "HEADER", "ahead", "find_extension", "is_rtcp", "payload_at", "read_extension_text"]

HEADER = struct.Struct("!BBHII")
# A header with one word of one-byte-form extension: what we send when the path is measured (abs-send-time, or a
# transport-wide number and a byte of padding).
EXTENDED_HEADER = struct.Struct("!BBHIIHHI")
ONE_BYTE, TWO_BYTES = 0xBEDE, 0x1000

Buffer = bytes | bytearray | memoryview


def is_rtcp(second_byte: int) -> bool:
    """Demultiplexing on one port (RFC 5761 §4): packet types 192 to 223 are RTCP."""
    return 192 <= second_byte <= 223


def payload_at(buffer: Buffer, size: int) -> int:
    """Offset of the payload (padding included in what follows), or -1."""
    if size < 12 or buffer[0] >> 6 != 2:
        return -1
    first = buffer[0]
    at = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if at + 4 > size:
            return -1
        at += 4 + 4 * (buffer[at + 2] << 8 | buffer[at + 3])
    if at > size:
        return -1
    if first & 0x20 and not 0 < buffer[size - 1] <= size - at:
        return -1
    return at


def find_extension(buffer: Buffer, size: int, wanted: int) -> int:
    """Offset of the first byte of the extension `wanted`, or -1. Bounded by the block's own length and `size`."""
    first = buffer[0]
    if not first & 0x10:
        return -1
    at = 12 + 4 * (first & 0x0F)
    if at + 4 > size:
        return -1
    profile = buffer[at] << 8 | buffer[at + 1]
    end = at + 4 + 4 * (buffer[at + 2] << 8 | buffer[at + 3])
    at += 4
    if end > size:
        return -1
    if profile == ONE_BYTE:
        while at < end:
            head = buffer[at]
            if head == 0:
                at += 1
                continue
            if head >> 4 == wanted:
                return at + 1 if at + 2 + (head & 0x0F) <= end else -1
            if head >> 4 == 15:
                return -1
            at += 2 + (head & 0x0F)
    elif profile & 0xFFF0 == TWO_BYTES:
        while at + 1 < end:
            if buffer[at] == 0:
                at += 1
                continue
            if buffer[at] == wanted:
                return at + 2 if 0 < buffer[at + 1] <= end - at - 2 else -1  # an empty one has no first byte
            at += 2 + buffer[at + 1]
    return -1


def read_extension_text(buffer: Buffer, size: int, wanted: int) -> str:
    """A short ASCII name in the extension `wanted` (a mid or a rid), empty when there is none."""
    at = find_extension(buffer, size, wanted) if wanted else -1
    if at < 0:
        return ""
    block = 12 + 4 * (buffer[0] & 0x0F)
    short = buffer[block] << 8 | buffer[block + 1] == ONE_BYTE
    length = (buffer[at - 1] & 0x0F) + 1 if short else buffer[at - 1]
    return bytes(buffer[at : at + length]).decode("ascii", "replace")


def ahead(sequence: int, reference: int) -> int:
    """How far `sequence` is after `reference`, negative if before, on the 16-bit circle."""
    return ((sequence - reference + 0x8000) & 0xFFFF) - 0x8000
