"""The live rooms of this process: who is connected to which act, and what is told to whom.

Knows: seats (one connection of one person), the room as a value (`room`), and the order of things: a command is
durable before it is confirmed, and media stops the moment a session is closed in the record.
Refuses to know: WebSocket frames and pages (`web.signalling`), clinical rules (`acts`), packets (`media`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
import structlog
from visavis_sdk.events import Recorded, SessionClosed, SessionOpened

from visavis_core.acts.commands import Command, JoinSession, LeaveSession, LoseConnection, RestoreConnection
from visavis_core.identity.subject import Subject, system_subject
from visavis_core.session import presence as attendance
from visavis_core.session.audience import Room, RoomFull
from visavis_core.session.passing import may_make
from visavis_core.session.quality import read_thresholds
from visavis_core.session.record import follow, project
from visavis_core.session.room import (
    RoomState,
    differences,
    end_source,
    is_resting,
    note_report,
    offer_plan_b,
    people,
    publish_source,
    snapshot,
    sources,
)
from visavis_core.session.seat import Seat
from visavis_core.session.sight import EYE
from visavis_core.session.signalling import (
    GoingAway,
    People,
    PlanBOffered,
    RecordGrew,
    Relayed,
    Report,
    SightSeen,
    Sources,
    Superseded,
    write_message,
)
from visavis_core.session.views import SightView

__all__ = ["MediaPort", "PracticePort", "RoomFull", "Rooms"]

MOST_ROOMS = 500
MOST_SEATS = 24  # per room
MOST_WAITING = 1000  # commands of the system that wait for the journal, over all rooms
TICK = 0.5  # seconds

log = structlog.get_logger(__name__)


class PracticePort(Protocol):
    """What the rooms need of `service.Practice`."""

    async def perform(self, subject: Subject, act_id: str, command: Command, cause: str = "") -> Any: ...
    async def read(self, subject: Subject, act_id: str) -> Any: ...
    def listen(self, listener: Callable[[tuple[Recorded, ...]], None]) -> None: ...
    def stop_with(self, stopper: Callable[[Any], Awaitable[None]]) -> None: ...


class MediaPort(Protocol):
    """What the rooms need of `visavis_media.control.MediaControl`."""

    async def close_session(self, session: str) -> None: ...
    async def close_link(self, link: str) -> None: ...


class Rooms:
    """`Rooms(practice, media, clock, ids)`, one per process, made where the app is wired; `await close()` at the end.

    `clock` and `ids` are the house's; `monotonic` counts seconds for presence and limits.
    """

    def __init__(
        self,
        practice: PracticePort,
        media: MediaPort | None,
        clock: Callable[[], str],
        ids: Callable[[str], str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._practice = practice
        self._media = media
        self._clock = clock
        self._ids = ids
        self._monotonic = monotonic
        self._watcher: Callable[[str, str, str], None] = lambda _act, _link, _source: None
        self._system = system_subject("room")
        self._rooms: dict[str, Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking: asyncio.Task[None] | None = None
        self._closed = False
        practice.listen(self._hear)
        practice.stop_with(self._stop)

    # -- seats -----------------------------------------------------------------------------------------------------

    async def connect(self, act: str, subject: Subject, participant: str) -> Seat:
        """Seats a person and offers them the snapshot. Their older seat, if any, is told to let go."""
        room = await self._open(act)
        former = room.seats.get(participant)
        if former is None and len(room.seats) >= MOST_SEATS:
            raise RoomFull
        if former is not None:
            former.offer(write_message(Superseded()))
            former.close(4409)
        seat = Seat(id=self._ids("seat"), act=act, subject=subject, participant=participant, now=self._monotonic())
        room.seats[participant] = seat
        seat.offer(write_message(snapshot(room.state, participant, guest=seat.is_guest)))
        if room.state.offered and not seat.is_guest:
            seat.offer(write_message(PlanBOffered(step=room.state.offered)))
        self._note(room, attendance.hear(room.state.presence, participant, self._monotonic()))
        self._join(room, seat)
        self._keep_ticking()
        return seat

    def disconnect(self, seat: Seat, *, left: bool) -> None:
        """The seat's connection ended: by choice (`left`) or by accident."""
        room = self._rooms.get(seat.act)
        if room is None or room.seats.get(seat.participant) is not seat:
            return
        del room.seats[seat.participant]
        if left:
            room.state = msgspec.structs.replace(
                room.state, presence=attendance.part(room.state.presence, seat.participant)
            )
            room.tell(People(people=people(room.state)))
            self._record(seat.act, LeaveSession(participant=seat.participant, reason="left"))
        elif room.state.record.standing.session:
            self._note(room, attendance.lose(room.state.presence, seat.participant, self._monotonic()))
        else:
            # Before and after the session nobody is missing: the person simply closed the page.
            room.state = msgspec.structs.replace(
                room.state, presence=attendance.part(room.state.presence, seat.participant)
            )
            room.tell(People(people=people(room.state)))

    def doubt(self, subject: str) -> None:
        """Somebody signed out somewhere: each of their seats judges its own sign-in again, now."""
        for seat in [seat for room in self._rooms.values() for seat in room.seats.values()]:
            if seat.subject.id == subject:
                seat.doubted.set()

    def heard_from(self, seat: Seat) -> None:
        """Any message from a seat proves that the person is here."""
        room = self._rooms.get(seat.act)
        if room is not None and room.seats.get(seat.participant) is seat:
            self._note(room, attendance.hear(room.state.presence, seat.participant, self._monotonic()))

    # -- passing gestures and measures -------------------------------------------------------------------------------

    def relay(self, seat: Seat, message: Relayed) -> bool:
        """Shows a passing gesture to everybody else. Nothing of it is kept. False: the role does not make it."""
        room = self._rooms.get(seat.act)
        if room is None or not may_make(message.gesture, room.state.record.people.get(seat.participant)):
            return False
        room.tell(message, passing=True, but=seat.participant)
        return True

    def mute(self, seat: Seat, muted: bool) -> None:
        room = self._rooms.get(seat.act)
        if room is None:
            return
        silent = room.state.muted | {seat.participant} if muted else room.state.muted - {seat.participant}
        room.state = msgspec.structs.replace(room.state, muted=silent)
        room.tell(People(people=people(room.state)))

    def measure(self, seat: Seat, report: Report) -> None:
        """One link's measures from one browser."""
        room = self._rooms.get(seat.act)
        if room is None:
            return
        self._take_report(room, seat.participant, report)

    def _take_report(self, room: Room, reporter: str, report: Report) -> None:
        before = sources(room.state)
        room.state, command = note_report(room.state, reporter, report, read_thresholds(), self._monotonic())
        after = sources(room.state)
        if after != before:
            room.tell(Sources(sources=after))
        if command is not None:
            self._record(room.state.act, command)

    def state_of(self, act: str) -> RoomState | None:
        """The room as it stands, or None when nobody is in it."""
        room = self._rooms.get(act)
        return None if room is None else room.state

    def watch_with(self, watcher: Callable[[str, str, str], None]) -> None:
        """`watcher(act, link, source)` hears of each source once it is on the room's screens; it returns at once."""
        self._watcher = watcher

    def see(self, act: str, sight: SightView, report: Report | None) -> None:
        """What the eye saw of one source, and its measures as one more report on the link."""
        room = self._rooms.get(act)
        if room is None or sight.link not in room.state.sources:
            return
        room.tell(SightSeen(sight=sight), passing=True)
        if report is not None and not is_resting(room.state):
            self._take_report(room, EYE, report)

    # -- media -----------------------------------------------------------------------------------------------------

    def source_published(self, act: str, participant: str, link: str, source: str) -> None:
        """A link publishes. Called by the media endpoints once the offer is answered; returns at once."""
        self._spawn(self._show_source(act, participant, link, source))

    def source_ended(self, act: str, link: str) -> None:
        """The link is closed or silent for good."""
        room = self._rooms.get(act)
        if room is not None and link in room.state.sources:
            room.state = end_source(room.state, link)
            room.tell(Sources(sources=sources(room.state)))

    async def _stop(self, act: Any) -> None:
        """The patient said no and the record cannot say so yet: nothing flows any more, whatever it says."""
        room = self._rooms.get(act.id)
        if room is not None:
            room.state = msgspec.structs.replace(room.state, sources={}, qualities={})
            room.tell(Sources(sources=()))
        if act.session and self._media is not None:
            await self._media.close_session(act.session)

    async def _show_source(self, act: str, participant: str, link: str, source: str) -> None:
        room = await self._open(act)
        if not room.state.record.standing.session:
            # The session was closed while the offer was being answered; nothing may flow.
            if self._media is not None:
                await self._media.close_link(link)
            return
        room.state = publish_source(room.state, link, participant, source)
        room.tell(Sources(sources=sources(room.state)))
        if link in room.state.sources:
            self._watcher(act, link, source)

    # -- the record ------------------------------------------------------------------------------------------------

    def _hear(self, batch: tuple[Recorded, ...]) -> None:
        """Every durable event of the practice passes here, in order, before anyone is answered."""
        for recorded in batch:
            body = recorded.body
            if isinstance(body, SessionClosed) and self._media is not None:
                self._spawn(self._media.close_session(body.session))
            room = self._rooms.get(recorded.act)
            if room is None:
                continue
            if room.waiting is not None:
                room.waiting.append(recorded)
            else:
                self._follow(room, recorded)

    def _follow(self, room: Room, recorded: Recorded) -> None:
        before = room.state.record
        after = follow(before, recorded)
        room.state = msgspec.structs.replace(room.state, record=after)
        for message in differences(before, after):
            room.tell(message)
        if after.people is not before.people:
            room.tell(People(people=people(room.state)))
        if isinstance(recorded.body, SessionClosed):
            room.state = msgspec.structs.replace(room.state, sources={}, qualities={})
            room.tell(Sources(sources=()))
        if isinstance(recorded.body, SessionOpened):
            for seat in room.seats.values():
                self._join(room, seat)
        if not recorded.body.technical:
            room.tell(RecordGrew(n=recorded.n), passing=True)

    async def _open(self, act: str) -> Room:
        room = self._rooms.get(act)
        if room is None:
            if len(self._rooms) >= MOST_ROOMS or self._closed:
                raise RoomFull
            room = self._rooms[act] = Room(act)
            room.ready = asyncio.ensure_future(self._load(room))
        if room.ready is not None:
            try:
                await asyncio.shield(room.ready)
            except BaseException:
                if room.waiting is not None and room.ready.done():
                    self._rooms.pop(act, None)
                raise
        return room

    async def _load(self, room: Room) -> None:
        act = await self._practice.read(self._system, room.state.act)
        record = project(act.events)
        for recorded in room.waiting or ():
            record = follow(record, recorded)
        room.waiting = None
        room.state = msgspec.structs.replace(room.state, record=record)
        # After a restart the record names people who have no seat yet: they are lost until they come back.
        for participant in sorted(record.present):
            self._note(room, attendance.lose(room.state.presence, participant, self._monotonic()))

    def _join(self, room: Room, seat: Seat) -> None:
        """Being seated in an open session is joining it; asking for one more click would cost an emergency."""
        session = room.state.record.standing.session
        if session and seat.participant not in room.state.record.present:
            self._record(seat.act, JoinSession(), subject=seat.subject, cause=f"join:{seat.id}")

    # -- time ------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """What the passing of time changed: the lost are shown, recorded, given up; empty rooms are closed."""
        for act, room in list(self._rooms.items()):
            self._note(room, attendance.judge(room.state.presence, self._monotonic()))
            before, room.state = room.state.offered, offer_plan_b(room.state)
            if room.state.offered != before:
                room.tell(PlanBOffered(step=room.state.offered))
            if room.is_idle and room.waiting is None:
                del self._rooms[act]

    def _note(self, room: Room, noted: tuple[attendance.Presence, tuple[attendance.Change, ...]]) -> None:
        after, changes = noted
        room.state = msgspec.structs.replace(room.state, presence=after)
        if changes:
            room.tell(People(people=people(room.state)))
        for change in changes:
            command = RECORDED.get(change.kind)
            if command is not None and room.state.record.standing.session:
                self._record(room.state.act, command(change))

    def _keep_ticking(self) -> None:
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.ensure_future(self._tick_while_needed())

    async def _tick_while_needed(self) -> None:
        while self._rooms and not self._closed:
            await asyncio.sleep(TICK)
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001 - one broken room must not stop time for all the others
                log.error("room.tick_failed", error=type(error).__name__)

    # -- the system's own commands -----------------------------------------------------------------------------------

    def _record(self, act: str, command: Command, subject: Subject | None = None, cause: str = "") -> None:
        if len(self._tasks) >= MOST_WAITING:
            log.warning("room.record_dropped", command=type(command).__name__)
            return
        self._spawn(self._perform(act, command, subject or self._system, cause))

    async def _perform(self, act: str, command: Command, subject: Subject, cause: str) -> None:
        await self._practice.perform(subject, act, command, cause)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The class alone: an exception's text may quote what a person wrote.
            log.warning("room.work_failed", error=type(error).__name__)

    async def close(self) -> None:
        """Tells every page that the server stops on purpose, and lets go."""
        self._closed = True
        for room in self._rooms.values():
            room.tell(GoingAway())
            for seat in room.seats.values():
                seat.close(1012)
        if self._ticking is not None:
            self._ticking.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        self._rooms.clear()


RECORDED: dict[str, Callable[[attendance.Change], Command]] = {
    "lost": lambda change: LoseConnection(participant=change.participant),
    "restored": lambda change: RestoreConnection(participant=change.participant, seconds=change.seconds),
    "gone": lambda change: LeaveSession(participant=change.participant, reason="lost"),
}
