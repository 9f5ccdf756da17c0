"""Staying in a room: a seat lasts no longer than the sign-in it was taken with.

Knows: when a seat's sign-in is judged again (every half minute, and at once when that person signs out somewhere), and
that being in a room is being active: judging it keeps a quiet consultation from running into the idle limit.
Refuses to know: how sign-ins are kept (`identity.sessions`) and what else the socket carries (`web.signalling`).
"""

from __future__ import annotations

import asyncio
import contextlib

from starlette.websockets import WebSocket

from visavis_core.house import house_of
from visavis_core.session.seat import Seat
from visavis_core.store.faults import StoreFault
from visavis_core.web.media_access import tokens_of
from visavis_core.web.whip import book_of

__all__ = ["JUDGED_EVERY", "SIGNED_OUT", "stay"]

JUDGED_EVERY = 30.0  # seconds; how long an account closed elsewhere may still listen
SIGNED_OUT = 4401


async def stay(websocket: WebSocket, seat: Seat) -> None:
    """Returns once the sign-in no longer stands; the seat is then closing and the person's links are closed."""
    while await still_signed_in(websocket, seat):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(JUDGED_EVERY):
                await seat.doubted.wait()
        seat.doubted.clear()
    tokens_of(websocket).revoke_of(seat.act, seat.subject.id)
    book_of(websocket).close_of(seat.act, seat.subject.id)
    seat.close(SIGNED_OUT)


async def still_signed_in(websocket: WebSocket, seat: Seat) -> bool:
    try:
        subject = await house_of(websocket).sessions.subject(websocket.state.token)
    except StoreFault:
        return True  # a faulted disk signs nobody out in the middle of an act; the next judgement is soon
    return subject is not None and subject.id == seat.subject.id
