"""Whether a picture that is being sent stands still, seen from its packets.

Knows: packet counts and moments given to it. Refuses to know: frames, codecs, what anybody sees on a screen.
A browser knows better what its own screen shows and reports it; this is what the forwarder can say of a link without
asking anybody, and for clients that report nothing.
"""

from __future__ import annotations

__all__ = ["FreezeWatch"]

STILL = 0.25  # a picture of 5 frames per second is slow, not frozen
AT_REST = 5.0  # longer than this it is not stuck, it is off: a camera closed, a picture rested to save the sound


class FreezeWatch:
    """`look` some ten times a second, `take` once a second."""

    __slots__ = ("_frozen", "_moved", "_packets", "_seen")

    def __init__(self) -> None:
        self._packets = 0
        self._moved = 0.0
        self._seen = 0.0  # until when the stillness is counted already
        self._frozen = 0.0

    def look(self, packets: int, now: float) -> None:
        """`packets`: how many of this picture came since its beginning."""
        if packets != self._packets or not self._moved:
            self._packets, self._moved, self._seen = packets, now, now
            return
        if self._packets and now - self._moved > STILL:
            self._frozen += now - self._seen
            self._seen = now

    def take(self, now: float) -> float | None:
        """Seconds of stillness since the last time; None while nothing is being sent."""
        frozen, self._frozen = self._frozen, 0.0
        if not self._packets or now - self._moved > AT_REST:
            return None
        return frozen
