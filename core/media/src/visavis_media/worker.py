"""A media worker: one process, one loop, nothing else on it.

Knows: the sessions pinned to it, their links, its tick. Refuses to know: people, acts, SDP, HTTP.
`python -m visavis_media.worker <fd>` speaks `messages` over the inherited socket and ends when that closes.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

import msgspec
import uvloop

from visavis_media import messages
from visavis_media.admission import Admission
from visavis_media.aiortc_seam import RTCCertificate
from visavis_media.datagram import DatagramPort, bind_sockets
from visavis_media.ends import Ends
from visavis_media.link import TICKS_PER_SECOND, Link
from visavis_media.messages import LinkClosed, LinkConnected, LinkSilent, LinkStats, RequestRefused, StatsSummary
from visavis_media.mirror import Mirrors
from visavis_media.plan import Fingerprint, LinkPlan
from visavis_media.review import Review
from visavis_media.settings import Limits
from visavis_media.srtp import Workspace
from visavis_media.streams import StreamPort, bind_listeners
from visavis_media.uplink import Uplink

__all__ = ["Worker", "main"]

TICK = 1 / TICKS_PER_SECOND
LONGEST_TICK = 5 * TICK  # between two ticks when no packet comes
MOST_STEPS = 25  # ticks made up for after a pause; what was missed beyond that is missed
STOPPING = (messages.CloseLink, messages.CloseSession)
MAX_BACKLOG = 1_048_576  # bytes waiting for a control process that does not read: statistics are left out then
KEPT_PACKET = 2_112  # bytes that one packet kept for repair may take: the largest datagram and Python's own
LOOK_EVERY = 5  # ticks between two looks at whether pictures move
MOST_PRINTED = 20  # faults shown in full; the others are counted


class Worker:
    """`tell` sends a message to the control process; it must not block."""

    def __init__(self, start: messages.Start, tell: Callable[[messages.FromWorker], None]) -> None:
        self._limits: Limits = start.limits
        self._tell = tell
        self._workspace = Workspace()
        self._certificate = RTCCertificate.generateCertificate()
        sockets, listeners = bind_sockets(
            start.host, start.port, start.loopback, bind_listeners if start.tcp else no_listeners
        )
        self._port = DatagramPort(sockets, self._workspace, start.limits.addresses_per_link)
        self._streams = StreamPort(listeners, self._workspace, start.limits, self._port.judge)
        self._sessions: dict[str, dict[str, Link]] = {}
        self._links: dict[str, Link] = {}
        self._mirrors = Mirrors()
        self._ends = Ends()
        self._closing: set[asyncio.Task[None]] = set()
        self._count = 0
        self._late, self._wakes = 0.0, 0
        self._admission = Admission(start.limits.admit_load, start.limits.admit_lag_seconds)
        self._review = Review(self._port, self._streams, self._links, self._admission)
        self._timer: asyncio.TimerHandle | None = None

    def listen(self) -> messages.Started:
        loop = asyncio.get_running_loop()
        self._port.listen(loop)
        self._streams.listen(loop)
        self._port.tick_due = monotonic() + TICK
        self._port.on_tick = self.tick
        self._timer_due = loop.time() + LONGEST_TICK
        self._timer = loop.call_at(self._timer_due, self.wake)
        sha256 = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        return messages.Started(
            addresses=tuple(channel.getsockname()[:2] for channel in self._port.sockets),
            fingerprint=Fingerprint(algorithm=sha256.algorithm, value=sha256.value),
        )

    # --- requests -------------------------------------------------------------------------------------------------

    def handle(self, message: Any) -> None:
        try:
            HANDLERS[type(message)](self, message)
        except RequestRefused as refusal:
            self._tell(messages.Refused(request=message.request, code=refusal.code))
        except Exception as error:  # one request's fault must not end everybody's sessions
            if isinstance(message, STOPPING):
                raise  # half stopped is not stopped: the end of the worker is the one way left to stop the media
            context = {"message": "a media request failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            self._tell(messages.Refused(request=message.request, code=messages.FAILED))
        else:
            self._tell(messages.Done(request=message.request))

    def open_session(self, message: messages.OpenSession) -> None:
        if message.session in self._sessions:
            return
        if len(self._sessions) >= self._limits.sessions:
            raise RequestRefused("too_many_sessions")
        if not message.again and (code := self._admission.refusal(len(self._sessions))):
            raise RequestRefused(code)
        self._sessions[message.session] = {}
        self._admission.expect()

    def drain(self) -> None:
        """Keeps what it has and takes no new session."""
        if not self._admission.draining:
            self._admission.draining = True
            self._tell(messages.Draining())

    def open_link(self, message: messages.OpenLink) -> None:
        plan = message.plan
        links = self._sessions.get(plan.session)
        if links is None:
            raise RequestRefused("unknown_session")
        if plan.link in self._links:
            raise RequestRefused("link_exists")
        if len(links) >= self._limits.links_per_session:
            raise RequestRefused("too_many_links")
        kept = sum(max(1, len(track.rids)) for track in plan.tracks) * self._limits.kept_packets * KEPT_PACKET
        if not plan.publisher and kept > self._limits.bytes_per_link:
            raise RequestRefused("link_too_large")
        source = self.source_of(plan, links)
        link = Link(
            plan,
            self._limits,
            self._workspace,
            self._certificate,
            source,
            monotonic(),
            self.connected,
            self.close,
        )
        links[plan.link] = self._links[plan.link] = link
        self._port.credentials[plan.local.ufrag] = link

    def source_of(self, plan: LinkPlan, links: dict[str, Link]) -> Uplink | None:
        if not plan.publisher:
            if sum(not link.plan.publisher for link in links.values()) >= self._limits.publishers_per_session:
                raise RequestRefused("too_many_publishers")
            return None
        publisher = links.get(plan.publisher)
        if publisher is None or not isinstance(publisher.media, Uplink):
            raise RequestRefused("unknown_publisher")
        followers = sum(link.plan.publisher == plan.publisher for link in links.values())
        if followers >= self._limits.subscribers_per_publisher:
            raise RequestRefused("too_many_subscribers")
        return publisher.media

    def restart_ice(self, message: messages.RestartIce) -> None:
        link = self._links.get(message.plan.link)
        if link is None:
            raise RequestRefused("unknown_link")
        for ufrag in link.credentials:
            self._port.credentials.pop(ufrag, None)
        link.restart(message.plan)
        for ufrag in link.credentials:
            self._port.credentials[ufrag] = link

    def close_link(self, message: messages.CloseLink) -> None:
        link = self._links.get(message.link)
        if link is not None:
            self.close(link, message.reason)

    def close_session(self, message: messages.CloseSession) -> None:
        links = self._sessions.pop(message.session, {})
        # First nothing flows any more, then the courtesies.
        for link in links.values():
            link.stop_media()
        for link in list(links.values()):
            self.close(link, "session_closed")

    def request_keyframe(self, message: messages.RequestKeyframe) -> None:
        link = self._links.get(message.link)
        if link is None:
            raise RequestRefused("unknown_link")
        if isinstance(link.media, Uplink):
            link.media.want_keyframe()

    def start_mirror(self, message: messages.StartMirror) -> None:
        link = self._links.get(message.link)
        if link is None or not isinstance(link.media, Uplink):
            raise RequestRefused("unknown_link")
        self._mirrors.start(link.media, message.kind, message.key, message.path)

    def stop_mirror(self, message: messages.StopMirror) -> None:
        self._mirrors.stop(message.key)

    # --- links ----------------------------------------------------------------------------------------------------

    def connected(self, link: Link) -> None:
        self._tell(
            LinkConnected(session=link.plan.session, link=link.plan.link, seconds=round(monotonic() - link.opened, 4))
        )

    def close(self, link: Link, reason: str) -> None:
        if self._links.pop(link.plan.link, None) is None:
            return
        self._review.forget(link)
        link.stop_media()
        self._port.forget(link)
        self._streams.forget(link)
        self._sessions.get(link.plan.session, {}).pop(link.plan.link, None)
        task = asyncio.get_running_loop().create_task(link.handshake.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        self._tell(LinkClosed(session=link.plan.session, link=link.plan.link, reason=reason))
        if not link.plan.publisher:
            for other in list(self._sessions.get(link.plan.session, {}).values()):
                if other.plan.publisher == link.plan.link:
                    self.close(other, "publisher_closed")

    # --- time -----------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """The timer: it only matters when no packet comes by to carry a tick."""
        loop = asyncio.get_running_loop()
        self._wakes += 1
        self._late += loop.time() - self._timer_due
        if monotonic() - self._port.tick_due >= LONGEST_TICK - 2 * TICK:
            self.tick()
        self._timer_due = loop.time() + LONGEST_TICK
        self._timer = loop.call_at(self._timer_due, self.wake)

    def tick(self) -> None:
        """All ticks that are due. A wake-up of its own for each of 50 a second cost as much as all the packets of one
        small session, so they ride on those of packets; a worker that hears nothing has little to do."""
        now = monotonic()
        due = self._port.tick_due
        steps = min(MOST_STEPS, 1 + int((now - due) / TICK))
        # From the planned moment, so that ticks do not drift; from now, if the process was held up for long.
        self._port.tick_due = due + steps * TICK if steps < MOST_STEPS else now + TICK
        for _ in range(steps):
            self.step(now)

    def step(self, now: float) -> None:
        self._count += 1
        for link in list(self._links.values()):
            link.tick(now, self._count)
        if not self._count % LOOK_EVERY:
            self._review.look(now)
        if self._count % TICKS_PER_SECOND == 0:
            self.second(now)

    def second(self, now: float) -> None:
        self._streams.sweep(now)
        self._ends.look(self._links.values(), now)
        links = [stats for link in list(self._links.values()) if (stats := self.judge(link, now)) is not None]
        self._tell(self._review.summarize(links, self._sessions, max(0.0, self._late) / max(1, self._wakes), now))
        self._late, self._wakes = 0.0, 0
        self._review.collect()

    def judge(self, link: Link, now: float) -> LinkStats | None:
        """One link's second: is it alive, and what did it carry. None when it was closed for silence."""
        plan = link.plan
        quiet = link.quiet_seconds(now)
        if link.keys is None:
            if now - link.opened > self._limits.setup_seconds:
                self.close(link, "never_connected")
            return None
        if quiet >= self._limits.gone_seconds:
            self.close(link, "gone")
            return None
        silent = quiet >= self._limits.silent_seconds
        if silent != link.silent:
            link.silent = silent
            self._tell(LinkSilent(session=plan.session, link=plan.link, seconds=round(quiet, 2), back=not silent))
        media = link.media
        tracks = media.second(now)
        return LinkStats(
            session=plan.session,
            link=plan.link,
            publisher=plan.publisher,
            tracks=self._review.with_freezes(plan.link, tracks, now),
            rejected=link.rejected,
            allowed_bitrate=media.allowed_bitrate if isinstance(media, Uplink) else 0,
        )

    def note_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An exception in the loop. It ended one callback and nothing else; none is expected, so it is counted."""
        self._review.faults += 1
        if self._review.faults <= MOST_PRINTED:
            loop.default_exception_handler(context)

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for link in list(self._links.values()):
            self.close(link, "session_closed")
        if self._closing:
            await asyncio.wait(self._closing, timeout=1)
        self._mirrors.close()
        self._streams.close()
        self._port.close(asyncio.get_running_loop())


def no_listeners(_beside: list[socket.socket]) -> list[socket.socket]:
    """For a deployment without ICE-TCP."""
    return []


HANDLERS: dict[type, Callable[[Worker, Any], None]] = {
    messages.OpenSession: Worker.open_session,
    messages.OpenLink: Worker.open_link,
    messages.RestartIce: Worker.restart_ice,
    messages.CloseLink: Worker.close_link,
    messages.CloseSession: Worker.close_session,
    messages.RequestKeyframe: Worker.request_keyframe,
    messages.StartMirror: Worker.start_mirror,
    messages.StopMirror: Worker.stop_mirror,
}


async def serve(line: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=line)
    decoder = msgspec.msgpack.Decoder(messages.ToWorker)

    def tell(message: messages.FromWorker) -> None:
        if isinstance(message, StatsSummary) and writer.transport.get_write_buffer_size() > MAX_BACKLOG:
            return
        messages.write_frame(writer, message)

    tell(messages.Ready())
    try:
        start = messages.read_message(decoder, await messages.read_frame(reader))
    except (EOFError, ConnectionError):
        return  # a spare that was not needed
    if not isinstance(start, messages.Start):
        raise ConnectionError("the first message must be Start")
    worker = Worker(start, tell)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(worker.note_fault)
    loop.add_signal_handler(signal.SIGTERM, worker.drain)
    tell(worker.listen())
    # Everything alive now stays alive; collections afterwards look at young objects only, once a second, on the tick.
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        while True:
            worker.handle(messages.read_message(decoder, await messages.read_frame(reader)))
    except (EOFError, ConnectionError):
        return
    finally:
        await worker.stop()
        writer.close()


def main() -> int:
    # Ctrl-C and a service manager's SIGTERM reach the whole group; the control process decides when we end, by closing
    # the socket, so that peers still get their goodbye. Once there are sessions, SIGTERM means: no new ones.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    line = socket.socket(fileno=int(sys.argv[1]))
    uvloop.run(serve(line))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
