"""The control process's side of media: sessions on workers, offers to answers, events for whoever listens.

Knows: which worker holds which session, and every link's plan. Refuses to know: sockets, packets, who the people are.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import ParamSpec, TypeVar

import msgspec

from visavis_media import messages, negotiation
from visavis_media.admission import AT_CAPACITY, DRAINING
from visavis_media.figures import MediaFigures
from visavis_media.listeners import Listeners, MediaEvent
from visavis_media.messages import Draining, LinkClosed, StatsSummary, WorkerLost
from visavis_media.plan import Fingerprint, IceCredentials, LinkPlan, TrackPlan
from visavis_media.process import Spare
from visavis_media.sdp import Offer, OfferRefused, read_fragment, read_offer
from visavis_media.settings import Limits, MediaSettings
from visavis_media.supervision import MediaUnavailable, WorkerProcess

__all__ = ["Answer", "MediaControl", "MediaEvent", "MediaRefused", "MediaUnavailable"]

Given = ParamSpec("Given")
Made = TypeVar("Made")
DRAIN_LOOK = 0.1  # seconds between two looks at whether anybody is left
FULL = frozenset({AT_CAPACITY, DRAINING, "too_many_sessions"})  # of one worker; another may have room


class MediaRefused(Exception):  # noqa: N818 a refusal with its reason, not a fault
    """`code` is stable: those of `OfferRefused`, and unknown_session, unknown_link, unknown_publisher, link_exists,
    too_many_sessions, too_many_links, too_many_publishers, too_many_subscribers, link_too_large, etag_mismatch,
    at_capacity (every worker is past its measured capacity), draining (the house is closing or moving)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`etag` names the ICE session (RFC 9725 §4.3.1). Fingerprints as `algorithm value`, for the record."""

    sdp: str
    etag: str
    fingerprint_local: str
    fingerprint_remote: str


class OpenedLink(msgspec.Struct):
    plan: LinkPlan
    offer: Offer
    etag: str


class MediaControl:
    """Start with `await MediaControl.start(settings)`; end with `await control.close()`."""

    def __init__(self, settings: MediaSettings) -> None:
        self._settings = settings
        self._workers: list[WorkerProcess] = []
        self._sessions: dict[str, WorkerProcess] = {}
        self._links: dict[str, OpenedLink] = {}
        self._listeners = Listeners(settings.limits.waiting_events)
        self._spare = Spare()
        self._retiring: dict[int, asyncio.Task[None]] = {}
        self._draining = False
        self.figures = MediaFigures()
        self.latest: dict[int, StatsSummary] = {}

    @classmethod
    async def start(cls, settings: MediaSettings) -> MediaControl:
        control = cls(settings)
        try:
            for index in range(settings.workers):
                worker = WorkerProcess(index, settings, control._spare, control._take_event, control._worker_lost)
                control._workers.append(worker)
                await worker.start()
        except BaseException:
            await control.close()
            raise
        return control

    async def close(self) -> None:
        self._draining = True
        for task in self._retiring.values():
            task.cancel()
        if self._retiring:
            await asyncio.wait(self._retiring.values())
        await asyncio.gather(*(worker.close() for worker in self._workers), self._spare.close())
        self._listeners.close()
        self._sessions.clear()
        self._links.clear()

    @property
    def worker_pids(self) -> tuple[int, ...]:
        return tuple(worker.pid for worker in self._workers)

    @property
    def limits(self) -> Limits:
        return self._settings.limits

    @property
    def has_spare(self) -> bool:
        """Whether a lost worker would be replaced by a process that is loaded already."""
        return self._spare.is_warm

    async def drain(self, seconds: float) -> None:
        """Takes no new session from now on; returns when no link is left, or after `seconds`. `close` comes next."""
        self._draining = True
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._links and loop.time() < until:  # noqa: ASYNC110 the bound matters as much as the event
            await asyncio.sleep(DRAIN_LOOK)

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Where media is received: (address, port), of all workers, as put in answers."""
        return tuple(address for worker in self._workers for address in worker.endpoint.addresses)

    async def open_session(self, session: str) -> None:
        """Puts `session` on the worker with the most room; opening an open session does nothing.

        A worker past what it measured itself able to carry refuses, and the next is asked.
        """
        if session in self._sessions:
            return
        if self._draining:
            raise self.refuse(DRAINING)
        refused: MediaRefused | None = None
        unavailable: MediaUnavailable | None = None
        for worker in self._by_room():
            self._sessions[session] = worker
            try:
                await worker.request(partial(open_request, session))
            except messages.RequestRefused as refusal:
                self._release(session, worker)
                refused = MediaRefused(refusal.code)
                if refusal.code not in FULL:
                    break
            except MediaUnavailable as fault:
                self._release(session, worker)
                unavailable = fault
            else:
                return
            if session in self._sessions:
                return  # somebody else opened it meanwhile
        if unavailable is not None:
            raise unavailable  # there may be room again in a moment
        raise self.refuse(refused.code if refused else AT_CAPACITY)

    def _by_room(self) -> list[WorkerProcess]:
        """The workers, the one with the most room first: by tenths of measured load, then by sessions held."""
        held = list(self._sessions.values())

        def order(worker: WorkerProcess) -> tuple[bool, float, int]:
            summary = self.latest.get(worker.index)
            load = summary.load if summary else 0.0
            return not worker.is_open or worker.draining, round(load, 1), held.count(worker)

        return sorted(self._workers, key=order)

    def _release(self, session: str, worker: WorkerProcess) -> None:
        if self._sessions.get(session) is worker:
            del self._sessions[session]

    def refuse(self, code: str, detail: str = "") -> MediaRefused:
        """A refusal, counted; for the caller to raise. Limits that are judged outside are refused through it too."""
        self.figures.note_refusal(code)
        return MediaRefused(code, detail)

    async def close_session(self, session: str) -> None:
        """When this returns, no packet of the session is forwarded any more."""
        worker = self._sessions.pop(session, None)
        for link in [link for link, opened in self._links.items() if opened.plan.session == session]:
            del self._links[link]
        if worker is not None:
            await self._stop(worker, lambda number: messages.CloseSession(request=number, session=session))

    async def publish(self, session: str, link: str, offer_sdp: str, *, priority: int = 0, end: str = "") -> Answer:
        offer = self._read(offer_sdp)
        worker = self._worker_of(session, link)
        plan = self._refusing(negotiation.plan_publish, offer, session, link, credentials)
        return await self._open(worker, offer, msgspec.structs.replace(plan, priority=priority, end=end))

    async def subscribe(self, session: str, publisher_link: str, link: str, offer_sdp: str, *, end: str = "") -> Answer:
        offer = self._read(offer_sdp)
        worker = self._worker_of(session, link)
        publisher = self._links.get(publisher_link)
        if publisher is None or publisher.plan.session != session or publisher.plan.publisher:
            raise self.refuse("unknown_publisher")
        plan = self._refusing(negotiation.plan_subscribe, offer, publisher.plan, link, credentials, random_ssrc)
        return await self._open(worker, offer, msgspec.structs.replace(plan, priority=publisher.plan.priority, end=end))

    async def patch(self, link: str, fragment: str, etag: str = "*") -> tuple[str, str] | None:
        """Trickled candidates give None (we never need them); new credentials restart ICE and give
        (sdp fragment, new etag)."""
        opened = self._links.get(link)
        if opened is None:
            raise self.refuse("unknown_link")
        if etag not in ("*", opened.etag):
            raise self.refuse("etag_mismatch")
        fresh = self._refusing(read_fragment, fragment, self._settings.limits)
        if fresh is None or fresh.ufrag == opened.plan.remote_ufrag:
            return None
        plan = msgspec.structs.replace(opened.plan, local=credentials(), remote_ufrag=fresh.ufrag)
        worker = self._sessions[plan.session]
        await self._ask(worker, lambda number: messages.RestartIce(request=number, plan=plan))
        opened.plan = plan
        opened.etag = new_etag()
        return negotiation.fragment_sdp(plan, worker.endpoint), opened.etag

    async def close_link(self, link: str) -> None:
        opened = self._links.pop(link, None)
        worker = self._sessions.get(opened.plan.session) if opened else None
        if worker is not None:
            await self._stop(worker, lambda number: messages.CloseLink(request=number, link=link))

    async def request_keyframe(self, link: str) -> None:
        """A whole picture soon: for a still, or for whoever lost theirs."""
        await self.ask_of(link, lambda number: messages.RequestKeyframe(request=number, link=link))

    async def ask_of(self, link: str, build: messages.Builder) -> None:
        """Asks the worker that holds `link`. MediaRefused: unknown_link, or the worker's own refusal."""
        opened = self._links.get(link)
        if opened is None:
            raise self.refuse("unknown_link")
        await self._ask(self._sessions[opened.plan.session], build)

    def track(self, link: str, kind: str) -> TrackPlan:
        """What a publishing link sends of `kind`. MediaRefused: unknown_link, unknown_track."""
        opened = self._links.get(link)
        if opened is None or opened.plan.publisher:
            raise self.refuse("unknown_link")
        for planned in opened.plan.tracks:
            if planned.kind == kind:
                return planned
        raise self.refuse("unknown_track")

    def events(self) -> AsyncIterator[MediaEvent]:
        """Every event from now on. A listener that does not keep up loses statistics first, then the oldest."""
        return self._listeners.events()

    # --- inside ---------------------------------------------------------------------------------------------------

    def _read(self, sdp: str) -> Offer:
        return self._refusing(read_offer, sdp, self._settings.limits)

    def _refusing(self, step: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
        """Carries out a pure step; its refusal becomes ours."""
        try:
            return step(*given, **named)
        except OfferRefused as refusal:
            raise self.refuse(refusal.code, refusal.detail) from refusal

    def _worker_of(self, session: str, link: str) -> WorkerProcess:
        worker = self._sessions.get(session)
        if worker is None:
            raise self.refuse("unknown_session")
        if link in self._links:
            raise self.refuse("link_exists")
        return worker

    async def _open(self, worker: WorkerProcess, offer: Offer, plan: LinkPlan) -> Answer:
        opened = OpenedLink(plan, offer, new_etag())
        self._links[plan.link] = opened
        try:
            await self._ask(worker, lambda number: messages.OpenLink(request=number, plan=plan))
        except (MediaRefused, MediaUnavailable):
            self._links.pop(plan.link, None)
            raise
        return Answer(
            sdp=negotiation.answer_sdp(offer, plan, worker.endpoint),
            etag=opened.etag,
            fingerprint_local=written(worker.endpoint.fingerprint),
            fingerprint_remote=written(plan.fingerprints[0]),
        )

    async def _ask(self, worker: WorkerProcess, build: messages.Builder) -> None:
        try:
            await worker.request(build)
        except messages.RequestRefused as refusal:
            raise self.refuse(refusal.code) from refusal

    async def _stop(self, worker: WorkerProcess, build: messages.Builder) -> None:
        try:
            await worker.stop(build)
        except messages.RequestRefused as refusal:
            raise MediaRefused(refusal.code) from refusal

    def _take_event(self, worker: int, event: MediaEvent | Draining) -> None:
        if isinstance(event, Draining):
            self._retire(self._workers[worker])
            return
        if isinstance(event, LinkClosed):
            self._links.pop(event.link, None)
            self.figures.forget(event.link)
        elif isinstance(event, StatsSummary):
            self.latest[worker] = event
            self.figures.add(worker, event)
            self._spare.warm()
            for stats in event.links:
                self._listeners.tell(stats)
        self._listeners.tell(event)

    # --- workers that end -----------------------------------------------------------------------------------------

    def _retire(self, worker: WorkerProcess) -> None:
        """It was asked to end by itself, not with the house: its sessions stay until they end or the time is over."""
        if self._draining or worker.draining:
            return
        worker.draining = True
        former = self._retiring.get(worker.index)
        if former is None or former.done():
            self._retiring[worker.index] = asyncio.get_running_loop().create_task(self._renew(worker))

    async def _renew(self, worker: WorkerProcess) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.drain_seconds
        while loop.time() < until and worker.draining:
            held = self._held_by(worker)
            if not any(opened.plan.session in held for opened in self._links.values()):
                break
            await asyncio.sleep(DRAIN_LOOK)
        if worker.draining:
            worker.renew()

    async def _worker_lost(self, worker: WorkerProcess) -> None:
        """Its sessions are opened again on its replacement; its links are gone and their clients come back."""
        cause = worker.cause
        self.latest.pop(worker.index, None)
        held = self._held_by(worker)
        links = tuple(link for link, opened in self._links.items() if opened.plan.session in held)
        reason = "worker_drained" if cause == "drained" else "worker_lost"
        for link in links:
            session = self._links.pop(link).plan.session
            self._take_event(worker.index, LinkClosed(session=session, link=link, reason=reason))
        reopened: list[str] = []

        def openings() -> Iterator[messages.Builder]:
            for session in self._held_by(worker):
                # Looked at one by one: what was closed while the worker started, or since, must not come back.
                if session in self._sessions:
                    reopened.append(session)
                    yield partial(open_request, session, again=True)

        await worker.start(openings)
        seconds = round(asyncio.get_running_loop().time() - worker.lost_at, 4)
        self.figures.note_loss(worker.index, cause, seconds)
        self._take_event(
            worker.index,
            WorkerLost(worker=worker.index, sessions=tuple(reopened), links=links, cause=cause, seconds=seconds),
        )

    def _held_by(self, worker: WorkerProcess) -> tuple[str, ...]:
        return tuple(session for session, holder in self._sessions.items() if holder is worker)


def open_request(session: str, number: int, *, again: bool = False) -> messages.OpenSession:
    return messages.OpenSession(request=number, session=session, again=again)


def credentials() -> IceCredentials:
    return IceCredentials(ufrag=secrets.token_hex(4), password=secrets.token_hex(16))


def random_ssrc() -> int:
    return secrets.randbits(31) + 16


def new_etag() -> str:
    return f'"{secrets.token_hex(8)}"'


def written(fingerprint: Fingerprint) -> str:
    return f"{fingerprint.algorithm} {fingerprint.value}"
