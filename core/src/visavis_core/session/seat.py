"""One person's connection to a room: who they are and the bounded line of messages they still have to be sent.

Knows: that a slow reader must not hold the others back.
Refuses to know: the socket. `web.signalling` drains the line.
"""

from __future__ import annotations

import asyncio

from visavis_core.identity.subject import Subject
from visavis_core.session.allowance import Allowance

__all__ = ["LONGEST_LINE", "Seat"]

LONGEST_LINE = 256  # messages waiting for one browser
PASSING_LINE = 64  # beyond this, pointers and strokes in progress are dropped: they are stale anyway

TOO_SLOW = 4408


class Seat:
    """`next()` gives the next text to send, or None once `closed_with` holds the WebSocket close code."""

    def __init__(self, *, id: str, act: str, subject: Subject, participant: str, now: float) -> None:
        self.id = id
        self.act = act
        self.subject = subject
        self.participant = participant
        self.allowance = Allowance(now)
        self.closed_with: int | None = None
        self.doubted = asyncio.Event()  # set when the sign-in behind this seat should be judged again
        self._line: asyncio.Queue[str | None] = asyncio.Queue(LONGEST_LINE + 1)

    @property
    def is_guest(self) -> bool:
        return self.subject.kind == "guest"

    def offer(self, text: str, *, passing: bool = False) -> None:
        """Puts a message in the line. A lagging seat loses passing ones; beyond that it must come back."""
        if self.closed_with is not None:
            return
        waiting = self._line.qsize()
        if passing and waiting >= PASSING_LINE:
            return
        if waiting >= LONGEST_LINE:
            self.close(TOO_SLOW)
            return
        self._line.put_nowait(text)

    def close(self, code: int) -> None:
        """Ends the line after what already waits in it."""
        if self.closed_with is None:
            self.closed_with = code
            self._line.put_nowait(None)

    async def next(self) -> str | None:
        return await self._line.get()
