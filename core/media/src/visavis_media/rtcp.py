"""RTCP: reading compound packets and building the few we send (RFC 3550 §6, RFC 4585, RFC 5104, REMB draft).

Knows: bytes. Refuses to know: who asked, when, why. Never raises on any bytes: a malformed tail is left unread.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from visavis_media.rtp import Buffer

__all__ = [
    "Part",
    "Report",
    "SenderReport",
    "build_nack",
    "build_pli",
    "build_receiver_report",
    "build_remb",
    "build_sender_report",
    "read_keyframe_request",
    "read_nack",
    "read_remb",
    "read_reports",
    "read_sender_report",
    "walk",
]

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK, TRANSPORT_FEEDBACK = 1, 15
PLI, FIR, APPLICATION = 1, 4, 15
MAX_PARTS = 64
MAX_NACKED = 512

_WORDS3 = struct.Struct("!BBHII")
_SENDER = struct.Struct("!IIIII")
_BLOCK = struct.Struct("!IIIIII")
_PAIR = struct.Struct("!HH")


class Part(NamedTuple):
    """One packet of a compound: `start` is after the 4-byte header, `end` excludes padding."""

    kind: int
    form: int  # report count, or feedback message type
    start: int
    end: int


class SenderReport(NamedTuple):
    """`ntp` is 64-bit fixed point as sent; `ssrc` is whose clock it is."""

    ssrc: int
    ntp: int
    timestamp: int


class Report(NamedTuple):
    """A reception report block. `lost_fraction` 0..255; `delay` in 1/65536 s; `jitter` in timestamp units."""

    ssrc: int
    lost_fraction: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


def walk(data: Buffer) -> Iterator[Part]:
    at, size = 0, len(data)
    for _ in range(MAX_PARTS):
        if at + 8 > size or data[at] >> 6 != 2:
            return
        end = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if end > size or end < at + 8:
            return
        padding = data[end - 1] if data[at] & 0x20 else 0
        if padding > end - at - 4:
            return
        yield Part(data[at + 1], data[at] & 0x1F, at + 4, end - padding)
        at = end


def read_sender_report(data: Buffer, part: Part) -> SenderReport | None:
    if part.kind != SR or part.end - part.start < 24:
        return None
    (ssrc,) = struct.unpack_from("!I", data, part.start)
    high, low, timestamp, _, _ = _SENDER.unpack_from(data, part.start + 4)
    return SenderReport(ssrc, high << 32 | low, timestamp)


def read_reports(data: Buffer, part: Part) -> list[Report]:
    at = part.start + (24 if part.kind == SR else 4)
    reports: list[Report] = []
    for _ in range(part.form):
        if at + 24 > part.end:
            break
        ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack_from(data, at)
        lost = loss & 0xFFFFFF
        reports.append(Report(ssrc, loss >> 24, lost - (1 << 24) if lost >> 23 else lost, highest, jitter, last, delay))
        at += 24
    return reports


def read_nack(data: Buffer, part: Part) -> tuple[int, list[int]] | None:
    """(media SSRC, asked sequence numbers) of a Generic NACK (RFC 4585 §6.2.1), at most `MAX_NACKED`."""
    if part.kind != RTPFB or part.form != NACK or part.end - part.start < 12:
        return None
    (ssrc,) = struct.unpack_from("!I", data, part.start + 4)
    asked: list[int] = []
    for at in range(part.start + 8, part.end - 3, 4):
        first, mask = _PAIR.unpack_from(data, at)
        asked.append(first)
        step = 1
        while mask:
            if mask & 1:
                asked.append((first + step) & 0xFFFF)
            mask >>= 1
            step += 1
        if len(asked) >= MAX_NACKED:
            break
    return ssrc, asked[:MAX_NACKED]


def read_remb(data: Buffer, part: Part) -> int | None:
    """Bits per second of a REMB (draft-alvestrand-rmcat-remb-03 §2.2)."""
    at = part.start + 8
    if part.kind != PSFB or part.form != APPLICATION or part.end - at < 8 or bytes(data[at : at + 4]) != b"REMB":
        return None
    exponent = data[at + 5] >> 2
    mantissa = (data[at + 5] & 3) << 16 | data[at + 6] << 8 | data[at + 7]
    return mantissa << min(exponent, 40)


def read_keyframe_request(data: Buffer, part: Part) -> int | None:
    """The SSRC a PLI or FIR asks a key frame of (RFC 4585 §6.3.1, RFC 5104 §4.3.1)."""
    if part.kind != PSFB:
        return None
    at = {PLI: part.start + 4, FIR: part.start + 8}.get(part.form)
    if at is None or at + 4 > part.end:
        return None
    return int.from_bytes(data[at : at + 4])


def build_sender_report(
    ssrc: int, ntp: int, timestamp: int, packets: int, octets: int, name: bytes = b"visavis"
) -> bytes:
    """An SR with the SDES that RFC 3550 §6.1 wants beside it."""
    report = _WORDS3.pack(0x80, SR, 6, ssrc, ntp >> 32)
    report += struct.pack("!IIII", ntp & 0xFFFFFFFF, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return report + build_description(ssrc, name)


def build_description(ssrc: int, name: bytes) -> bytes:
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name
    chunk += bytes(4 - len(chunk) % 4)
    return struct.pack("!BBH", 0x81, SDES, len(chunk) // 4) + chunk


def build_receiver_report(ssrc: int, reports: Sequence[Report]) -> bytes:
    blocks = b"".join(
        _BLOCK.pack(r.ssrc, r.lost_fraction << 24 | r.lost & 0xFFFFFF, r.highest, r.jitter, r.last_report, r.delay)
        for r in reports[:31]
    )
    return struct.pack("!BBHI", 0x80 | min(len(reports), 31), RR, 1 + len(blocks) // 4, ssrc) + blocks


def build_pli(sender: int, media: int) -> bytes:
    return _WORDS3.pack(0x80 | PLI, PSFB, 2, sender, media)


def build_nack(sender: int, media: int, missing: Sequence[int]) -> bytes:
    """`missing` in circular order; runs within 17 share one entry."""
    entries: list[bytes] = []
    first, mask = -1, 0
    for sequence in missing:
        distance = (sequence - first) & 0xFFFF
        if first >= 0 and 0 < distance <= 16:
            mask |= 1 << (distance - 1)
            continue
        if first >= 0:
            entries.append(_PAIR.pack(first, mask))
        first, mask = sequence, 0
    if first >= 0:
        entries.append(_PAIR.pack(first, mask))
    return _WORDS3.pack(0x80 | NACK, RTPFB, 2 + len(entries), sender, media) + b"".join(entries)


def build_remb(sender: int, bitrate: int, sources: Sequence[int]) -> bytes:
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    body = b"REMB" + bytes([len(sources), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF])
    body += b"".join(source.to_bytes(4) for source in sources)
    return _WORDS3.pack(0x80 | APPLICATION, PSFB, 2 + len(body) // 4, sender, 0) + body
