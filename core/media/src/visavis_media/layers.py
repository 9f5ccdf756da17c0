"""The sizes in which a publisher sends one picture (simulcast, RFC 8853): who gets which, and how it changes.

Knows: the rates of the sizes, what each viewer's path carries, key frames, timestamps. Refuses to know: RTCP, sockets,
SDP, and names: which size is the larger is seen from its rate.
A viewer begins and changes only at a key frame, and its numbers go on. All sizes are put on one clock, so that a frame
keeps one name for every viewer whatever size it sees; payload bytes stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from visavis_media.congestion import CEILING
from visavis_media.forwarder import Egress, Ingress

__all__ = ["Layers", "choose", "common_shift"]

ROOM = 1.15  # a larger size must leave this much room
KEPT = 0.9  # and the one of now is kept although it is this little too large: rates are never still
LARGER = 1.3  # two sizes whose rates are nearer than this are alike, and not worth a change
STILL_LOOKS = 8  # looks without a packet after which a size is not being sent
LEAST = 1_200_000  # bits per second: a browser told less stops sending its large size, and nobody could come back
ASK_AGAIN = 1.0  # seconds
SAME_FRAME = 450  # timestamp units (5 ms): how far reports may be wrong about one frame's moment


def choose(rates: Sequence[int], current: int, allowed: int) -> int:
    """The size to send, -1 when none is sent. `rates` in bits per second, 0 = not being sent; `current` -1 = none yet.

    The largest that fits; the one of now if it still fits and no other is clearly larger; the smallest if none fits.
    """
    sent = sorted((rate, index) for index, rate in enumerate(rates) if rate > 0)
    if not sent:
        return -1
    best = sent[0][1]
    for rate, index in sent:
        if rate * (KEPT if index == current else ROOM) <= allowed:
            best = index
    now = rates[current] if current >= 0 else 0
    return current if 0 < KEPT * now <= allowed and rates[best] < LARGER * now else best


def common_shift(source: Ingress, reference: Ingress, timestamp: int) -> tuple[int, bool]:
    """What to add to `source`'s timestamps to have `reference`'s, for its frame of `timestamp`; is it exact?

    The publisher's clock reports say it to a millisecond; the frame that both sizes show says it exactly.
    """
    near = reference.newest_timestamp - timestamp
    if source.clock and reference.clock:
        elapsed = (reference.clock.ntp - source.clock.ntp) * reference.plan.codec.clock >> 32
        near = reference.clock.timestamp - source.clock.timestamp - elapsed
        wanted = timestamp + near & 0xFFFFFFFF
        for kept in reference.kept.timestamps:
            if (kept - wanted + SAME_FRAME) & 0xFFFFFFFF <= 2 * SAME_FRAME:
                return kept - timestamp & 0xFFFFFFFF, True
    return near & 0xFFFFFFFF, False


class Layers:
    """The sizes of one track, and its viewers."""

    def __init__(self, sources: Sequence[Ingress]) -> None:
        self.sources = list(sources)
        self.rates = [0] * len(self.sources)
        self.viewers: dict[Egress, int] = {}  # egress -> bits per second its path carries for it
        self.reference: Ingress | None = None
        self._octets = [0] * len(self.sources)
        self._packets = [0] * len(self.sources)
        self._still = [STILL_LOOKS] * len(self.sources)
        for source in self.sources:
            source.admits = self.admit

    def enter(self, egress: Egress) -> None:
        """Begins with the first key frame of any size: nobody knows yet which of them the publisher really sends."""
        self.viewers[egress] = CEILING
        for source in self.sources:
            source.waiting.append(egress)
            source.keyframe_wanted = True

    def leave(self, egress: Egress) -> None:
        self.viewers.pop(egress, None)
        for source in self.sources:
            source.waiting = [one for one in source.waiting if one is not egress]
            source.egresses = [one for one in source.egresses if one is not egress]

    def allow(self, egress: Egress, bitrate: int) -> None:
        if egress in self.viewers:
            self.viewers[egress] = bitrate

    def ceiling(self) -> int:
        """What the publisher may send: as much as its best viewer can take, and the smaller sizes beside it. Where even
        the smallest is too much for everybody, all of it has to shrink."""
        best = max((allowed for egress, allowed in self.viewers.items() if not egress.is_copy), default=CEILING)
        smallest = min((rate for rate in self.rates if rate), default=0)
        if best < smallest * ROOM:
            return best
        return min(CEILING, max(LEAST, best + sum(self.rates) - max(self.rates)))

    def larger_rate(self, egress: Egress) -> int:
        """The rate of the largest size if it is not what `egress` gets, else 0."""
        best = max(self.rates)
        return best if egress.source is not None and best > self.rates[self.sources.index(egress.source)] else 0

    def want_keyframe(self, egress: Egress) -> None:
        for source in self.sources:
            if source is egress.source or egress in source.waiting:
                source.keyframe_wanted = True

    def measure(self) -> None:
        """Once a second."""
        for index, source in enumerate(self.sources):
            self.rates[index] = (source.octets - self._octets[index]) * 8
            self._octets[index] = source.octets

    def steer(self, now: float) -> None:
        """Some ten times a second: is everybody at the right size?"""
        rates = list(self.rates)
        for index, source in enumerate(self.sources):
            moved = source.packets != self._packets[index]
            self._packets[index] = source.packets
            self._still[index] = 0 if moved else self._still[index] + 1
            if self._still[index] >= STILL_LOOKS:
                rates[index] = 0
        for egress, allowed in list(self.viewers.items()):
            current = self.sources.index(egress.source) if egress.source is not None else -1
            target = choose(rates, current, allowed)
            if target >= 0:
                self.aim(egress, self.sources[target], now)

    def aim(self, egress: Egress, target: Ingress, now: float) -> None:
        for source in self.sources:
            settling = source is egress.source and egress.settling
            if egress in source.waiting and source is not target and not settling:
                source.waiting = [one for one in source.waiting if one is not egress]
        if egress.source is target:
            return
        if egress not in target.waiting:
            target.waiting.append(egress)
        if now - target.keyframe_asked > ASK_AGAIN:
            target.keyframe_wanted = True

    def admit(self, source: Ingress, is_key: bool, sequence: int, timestamp: int) -> None:
        """A packet of a size that somebody waits for, before it is forwarded."""
        remaining = []
        for egress in source.waiting:
            if egress.source is source:
                if not egress.settle(timestamp, source.shift):
                    remaining.append(egress)
            elif is_key:
                self.align(source, timestamp)
                for former in self.sources:
                    former.egresses = [one for one in former.egresses if one is not egress]
                    if former is not source:
                        former.waiting = [one for one in former.waiting if one is not egress]
                egress.change(source, sequence)
                source.egresses = [*source.egresses, egress]
                if not egress.settle(timestamp, source.shift):
                    remaining.append(egress)
            else:
                remaining.append(egress)
        source.waiting = remaining

    def align(self, source: Ingress, timestamp: int) -> None:
        if self.reference is None:
            self.reference, source.is_aligned = source, True
        if not source.is_aligned:
            source.shift, source.is_aligned = common_shift(source, self.reference, timestamp)
