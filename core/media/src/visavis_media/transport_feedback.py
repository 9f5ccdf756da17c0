"""Transport-wide congestion feedback: when each packet of a link arrived, told back to its sender.

Knows: draft-holmer-rmcat-transport-wide-cc-extensions-01 §3. Refuses to know: sockets and who reads the clock; arrival
times come in as seconds. With it the browser's own estimator works, far better than one we could afford per packet.
"""

from __future__ import annotations

import struct

from visavis_media.rtp import Buffer, ahead

__all__ = ["ArrivalRecord", "build_feedback", "read_feedback"]

TICK = 250e-6  # one delta unit
REFERENCE = 64e-3  # one unit of reference time
NOT_RECEIVED, SMALL, LARGE = 0, 1, 2
MAX_RECORDED = 1_024
MAX_SPAN = 2_048
MAX_READ = 4_096  # packets of one feedback that are looked at


class ArrivalRecord:
    """Arrivals of one link since its last feedback. Bounded: past `MAX_RECORDED` the rest is left unreported."""

    __slots__ = ("arrivals", "count", "next_sequence", "sequences")

    def __init__(self) -> None:
        self.sequences: list[int] = []
        self.arrivals: list[float] = []
        self.next_sequence = -1
        self.count = 0

    def add(self, sequence: int, now: float) -> None:
        if len(self.sequences) < MAX_RECORDED:
            self.sequences.append(sequence)
            self.arrivals.append(now)

    def take(self, sender: int, media: int) -> bytes:
        """One feedback packet for everything recorded; empty bytes when nothing was. Clears the record."""
        if not self.sequences:
            return b""
        base = self.next_sequence if self.next_sequence >= 0 else self.sequences[0]
        received: dict[int, float] = {}
        for sequence, arrival in zip(self.sequences, self.arrivals, strict=True):
            received.setdefault(ahead(sequence, base), arrival)
        self.sequences.clear()
        self.arrivals.clear()
        first, last = min(received), max(received)
        # Reordered packets from before the last feedback restart the span there; a jump restarts it ahead.
        start = first if first < 0 or last - min(first, 0) >= MAX_SPAN else 0
        if last - start >= MAX_SPAN:
            start = last - MAX_SPAN + 1
        statuses = [received.get(index) for index in range(start, last + 1)]
        self.next_sequence = (base + max(last + 1, 0)) & 0xFFFF
        packet = build_feedback(sender, media, (base + start) & 0xFFFF, statuses, self.count)
        self.count = (self.count + 1) & 0xFF
        return packet


def build_feedback(sender: int, media: int, base: int, arrivals: list[float | None], count: int) -> bytes:
    """`arrivals[i]` is when packet `base + i` came (seconds, any origin ≥ 0), None if it did not."""
    earliest = min((arrival for arrival in arrivals if arrival is not None), default=0.0)
    reference = int(earliest / REFERENCE)
    clock = round(reference * REFERENCE / TICK)
    symbols: list[int] = []
    deltas: list[bytes] = []
    for arrival in arrivals:
        if arrival is None:
            symbols.append(NOT_RECEIVED)
            continue
        moment = int(arrival / TICK)
        delta = moment - clock
        if 0 <= delta <= 255:
            symbols.append(SMALL)
            deltas.append(delta.to_bytes(1))
        else:
            delta = max(-32768, min(32767, delta))
            symbols.append(LARGE)
            deltas.append(struct.pack("!h", delta))
        clock += delta
    body = struct.pack("!HH", base, len(symbols))
    body += (reference & 0xFFFFFF).to_bytes(3) + count.to_bytes(1)
    body += b"".join(chunks(symbols)) + b"".join(deltas)
    body += bytes(-len(body) % 4)
    return struct.pack("!BBHII", 0x80 | 15, 205, 2 + len(body) // 4, sender, media) + body


def chunks(symbols: list[int]) -> list[bytes]:
    """Run-length chunks where a run pays (≥ 14 alike, or the rest), else two-bit vectors of seven (§3.1.3, §3.1.4)."""
    made: list[bytes] = []
    at = 0
    while at < len(symbols):
        symbol = symbols[at]
        run = at
        while run < len(symbols) and symbols[run] == symbol and run - at < 8191:
            run += 1
        if run - at >= 7 or run == len(symbols):
            made.append((symbol << 13 | run - at).to_bytes(2))
            at = run
            continue
        vector = symbols[at : at + 7]
        word = 0b11 << 14
        for place, value in enumerate(vector):
            word |= value << (12 - 2 * place)
        made.append(word.to_bytes(2))
        at += len(vector)
    return made


def read_feedback(data: Buffer, start: int, end: int) -> tuple[int, list[float | None]] | None:
    """(base number, arrival of each packet in seconds on the receiver's clock), from the body of a feedback packet.

    `start` is behind the common RTCP header. None when it is malformed; a feedback cut short gives what is whole.
    """
    if end - start < 18:
        return None
    base, total = struct.unpack_from("!HH", data, start + 8)
    clock = int.from_bytes(data[start + 12 : start + 15]) * 256  # in `TICK`s
    symbols: list[int] = []
    at = start + 16
    total = min(total, MAX_READ)
    while len(symbols) < total and at + 2 <= end:
        word = data[at] << 8 | data[at + 1]
        at += 2
        if not word & 0x8000:
            symbols += [word >> 13 & 3] * min(word & 0x1FFF, total - len(symbols))
        elif word & 0x4000:
            symbols += [word >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [word >> shift & 1 for shift in range(13, -1, -1)]
    arrivals: list[float | None] = []
    for symbol in symbols[:total]:
        if symbol == SMALL:
            if at >= end:
                break
            clock += data[at]
            at += 1
        elif symbol == LARGE:
            if at + 2 > end:
                break
            delta = data[at] << 8 | data[at + 1]
            clock += delta - 0x10000 if delta & 0x8000 else delta
            at += 2
        else:
            arrivals.append(None)
            continue
        arrivals.append(clock * TICK)
    return base, arrivals
