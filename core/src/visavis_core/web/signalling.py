"""The room's WebSocket: `/acts/{act}/room/ws`. Frames in, frames out, and nothing decided here.

Knows: who may sit down, in which order a seat's messages are handled, and the close codes the page understands.
Refuses to know: what a command means (`Practice`), whether a page of ours asks (`web.security` judges), who else is in
the room (`session.rooms`).

Close codes: 4400 unreadable messages, 4401 signed out, 4403 not allowed, 4404 no such act, 4408 too slow a reader,
4409 opened elsewhere, 4503 no seat left; 1012 the server restarts, come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from visavis_sdk.text import Language, Text

from visavis_core.acts.commands import CommitAnnotation
from visavis_core.identity.permissions import Verb
from visavis_core.identity.subject import Subject
from visavis_core.service import Forbidden, Practice, Refused, UnknownAct
from visavis_core.session import signalling as words
from visavis_core.session.annotations import find_fault
from visavis_core.session.rooms import RoomFull, Rooms
from visavis_core.session.seat import Seat
from visavis_core.trace.faults import JournalStopped
from visavis_core.web.staying import stay

__all__ = ["participant_in", "routes"]

MOST_COMMANDS_WAITING = 40  # per seat
MOST_UNREADABLE = 10  # messages, before the connection is taken for broken or hostile

log = structlog.get_logger(__name__)

REFUSALS = {
    "too_fast": Text(
        "Trop d’actions à la fois. La dernière sera envoyée dans un instant.",
        "Too many actions at once. The last one will be sent in a moment.",
    ),
    "not_allowed": Text(
        "Votre rôle dans cet acte ne permet pas cette action.",
        "Your role in this act does not allow this.",
    ),
    "not_recorded": Text(
        "Cette action n’a pas été enregistrée. Réessayez ; si cela persiste, notez-la et signalez un incident.",
        "This was not recorded. Try again; if it persists, write it down and report an incident.",
    ),
    "record_unavailable": Text(
        "L’enregistrement est momentanément impossible. Poursuivez les soins ; l’action sera renvoyée.",
        "Recording is impossible for the moment. Go on caring; the action will be sent again.",
    ),
}


async def serve_room(websocket: WebSocket) -> None:
    """Seats the person, then talks until either side ends."""
    house = websocket.app.state.house
    subject: Subject | None = getattr(websocket.state, "subject", None)
    act_id: str = websocket.path_params["act"]
    await websocket.accept()
    # Refusals come after `accept`: a browser shows the page no close code for a refused handshake.
    if subject is None:
        await websocket.close(4401)
        return
    try:
        act = await house.practice.check(subject, Verb.READ_SESSION, act_id)
        seat = await house.rooms.connect(act_id, subject, participant_in(act, subject))
    except UnknownAct:
        await websocket.close(4404)
    except Forbidden:
        await websocket.close(4403)
    except RoomFull:
        await websocket.close(4503)
    else:
        await converse(websocket, Conversation(house.practice, house.rooms, seat, language_of(subject, websocket)))


def participant_in(act: Any, subject: Subject) -> str:
    """The subject's id in this act; empty when they have none. An account may also have come by a guest's link."""
    return subject.participant or str(act.participant_of(subject.id))


def language_of(subject: Subject, websocket: WebSocket) -> Language:
    wished = subject.language or websocket.query_params.get("language", "fr")
    return "en" if wished == "en" else "fr"


class Conversation:
    """One seat's side of the talk. Commands wait in a bounded line of their own: a slow disk holds no pointer back."""

    def __init__(self, practice: Practice, rooms: Rooms, seat: Seat, language: Language) -> None:
        self.practice = practice
        self.rooms = rooms
        self.seat = seat
        self.language: Language = language
        self.commands: asyncio.Queue[words.Perform] = asyncio.Queue(MOST_COMMANDS_WAITING)
        self.left = False
        self.unreadable = 0

    def say(self, message: words.FromServer) -> None:
        self.seat.offer(words.write_message(message))

    def refuse(self, code: str, cause: str = "") -> None:
        self.say(words.Refused(code=code, message=REFUSALS[code].in_language(self.language), cause=cause))

    def take(self, frame: str | bytes) -> None:
        """One frame from the browser."""
        try:
            message = words.read_message(frame)
        except words.Unreadable as problem:
            self.unreadable += 1
            self.say(words.Refused(code=problem.code, message=problem.explain(self.language), cause=problem.cause))
            if self.unreadable >= MOST_UNREADABLE:
                self.seat.close(4400)
            return
        self.rooms.heard_from(self.seat)
        if self.seat.allowance.take(message, asyncio.get_running_loop().time()):
            HANDLERS[type(message)](self, message)
        elif isinstance(message, words.Perform):
            self.refuse("too_fast", message.cause)

    def queue(self, message: words.Perform) -> None:
        try:
            self.commands.put_nowait(message)
        except asyncio.QueueFull:
            self.refuse("too_fast", message.cause)

    async def perform(self, message: words.Perform) -> None:
        """Carries a command to the practice and answers only once it is on disk."""
        command, cause = message.command, message.cause
        if isinstance(command, CommitAnnotation):
            state = self.rooms.state_of(self.seat.act)
            fault = find_fault(command.target, command.strokes, state.record.stills if state else ())
            if fault is not None:
                self.say(words.Refused(code=fault[0], message=fault[1].in_language(self.language), cause=cause))
                return
        try:
            # Shielded: a browser that goes away must not stop a command half-way to the disk.
            performed = await asyncio.shield(self.practice.perform(self.seat.subject, self.seat.act, command, cause))
        except Refused as refused:
            refusal = refused.refusal
            text = refusal.message.in_language(self.language)
            self.say(words.Refused(code=refusal.code, message=text, cause=cause, missing=refusal.missing))
        except (Forbidden, UnknownAct):
            self.refuse("not_allowed", cause)
        except JournalStopped:
            self.refuse("record_unavailable", cause)
        except Exception as error:  # noqa: BLE001 - one command that fails must not take the person's connection with it
            log.error("room.command_failed", command=type(command).__name__, error=type(error).__name__)
            self.refuse("not_recorded", cause)
        else:
            self.say(words.Done(cause=cause, events=tuple(event.n for event in performed.events)))

    def relay(self, gesture: Any) -> None:
        if not self.rooms.relay(self.seat, words.Relayed(by=self.seat.participant, gesture=gesture)) and not isinstance(
            gesture, words.Pointer
        ):
            # A pointer moves thirty times a second: the sentence would bury the room.
            self.refuse("not_allowed")

    def leave(self, _: words.Leave) -> None:
        self.left = True
        self.seat.close(1000)


Handler = Callable[[Conversation, Any], None]

HANDLERS: dict[type[msgspec.Struct], Handler] = {
    words.Perform: Conversation.queue,
    words.Heartbeat: Conversation.say,
    words.Report: lambda talk, report: talk.rooms.measure(talk.seat, report),
    words.Mute: lambda talk, mute: talk.rooms.mute(talk.seat, mute.muted),
    words.Leave: Conversation.leave,
    words.Pointer: Conversation.relay,
    words.Drawing: Conversation.relay,
    words.Clear: Conversation.relay,
    words.Freeze: Conversation.relay,
    words.RequestCapture: Conversation.relay,
    words.AskRepeat: Conversation.relay,
}


async def converse(websocket: WebSocket, talk: Conversation) -> None:
    """Reads, writes and performs side by side; when one of them ends, the talk ends."""
    work: list[Callable[[], Awaitable[None]]] = [
        lambda: read(websocket, talk),
        lambda: write(websocket, talk),
        lambda: perform_in_turn(talk),
        lambda: keep_seat(websocket, talk),
    ]
    tasks = [asyncio.ensure_future(begin()) for begin in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if (error := task.exception()) is not None:
                log.warning("room.connection_failed", error=type(error).__name__)
    finally:
        talk.rooms.disconnect(talk.seat, left=talk.left)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read(websocket: WebSocket, talk: Conversation) -> None:
    while True:
        try:
            event = await websocket.receive()
        except RuntimeError:
            return  # Starlette says so when the other end is already gone
        if event["type"] == "websocket.disconnect":
            return
        frame = event.get("text")
        talk.take(frame if frame is not None else event.get("bytes") or b"")
        if talk.seat.closed_with is not None:
            # The writer sends what waits, then closes; reading on would only keep it from ending.
            await asyncio.sleep(CLOSING_GRACE)
            return


CLOSING_GRACE = 2.0  # seconds


async def write(websocket: WebSocket, talk: Conversation) -> None:
    try:
        while (text := await talk.seat.next()) is not None:
            await websocket.send_text(text)
        await websocket.close(talk.seat.closed_with or 1000)
    except (WebSocketDisconnect, RuntimeError):
        return  # the other end is gone; the reader sees it too


async def keep_seat(websocket: WebSocket, talk: Conversation) -> None:
    await stay(websocket, talk.seat)
    await asyncio.sleep(CLOSING_GRACE)  # the writer says why before the talk ends


async def perform_in_turn(talk: Conversation) -> None:
    while True:
        await talk.perform(await talk.commands.get())


routes: list[BaseRoute] = [WebSocketRoute("/acts/{act}/room/ws", serve_room, name="room_socket")]
