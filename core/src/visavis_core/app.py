"""The only place where parts are wired: a deployment in, an ASGI application out.

Knows: the order of opening (plugins, holdings, identity, practice, media, rooms) and its reverse for closing.
Refuses to know: what any part does.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from visavis_media.control import MediaControl
from visavis_media.settings import MediaSettings
from visavis_sdk.events import Recorded
from visavis_sdk.hooks import EventRecorded
from visavis_sdk.hosting import Failure

from visavis_core.demo import DemoPerson
from visavis_core.deployment import Deployment
from visavis_core.documents.pdf import Printer
from visavis_core.gauges import Gauges
from visavis_core.holdings import Holdings, open_holdings
from visavis_core.house import House
from visavis_core.identity.accounts import Accounts
from visavis_core.identity.device_tokens import DeviceTokens
from visavis_core.identity.invitations import Invitations
from visavis_core.identity.limits import Limits
from visavis_core.identity.passwords import Passwords
from visavis_core.identity.second_factor import SecondFactor
from visavis_core.identity.sessions import SessionLimits, Sessions
from visavis_core.identity.signing_in import SigningIn
from visavis_core.media_gauges import MediaCollector
from visavis_core.moments import Clock, Ids, draw_id, read_clock
from visavis_core.plugins.loading import load_plugins
from visavis_core.plugins.quarantine import JurisdictionWithoutDuties, Standing
from visavis_core.plugins.running import LoadedPlugins
from visavis_core.seeing import Seeing
from visavis_core.service import Practice
from visavis_core.session.rooms import Rooms
from visavis_core.web import api, health, login, pages, room, signalling, stills, stream_stills, whip
from visavis_core.web.errors import Faults, handlers
from visavis_core.web.rendering import Renderer
from visavis_core.web.security import Security

__all__ = ["create_app", "open_house", "routes"]

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 15 * 60

routes: list[BaseRoute] = [
    *health.routes,
    *login.routes,
    *api.routes,
    *signalling.routes,
    *room.routes,
    *stills.routes,
    *stream_stills.routes,
    *whip.routes,
    *pages.routes,
]


def create_app(
    deployment: Deployment,
    *,
    clock: Clock = read_clock,
    ids: Ids = draw_id,
    demo_people: tuple[DemoPerson, ...] = (),
    prepare: Callable[[House], Awaitable[None]] | None = None,
) -> Starlette:
    """The application. Its parts open with its lifespan; what hinders them is kept in `app.state.hindrance`.

    `prepare` runs once the house is open and before the first request.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as closing:
            try:
                opening = open_house(deployment, clock=clock, ids=ids, demo_people=demo_people)
                app.state.house = await closing.enter_async_context(opening)
                if prepare is not None:
                    await prepare(app.state.house)
            except Exception as hindrance:
                # The server would print its traceback; whoever started the server says it in words instead.
                app.state.hindrance = hindrance
                raise
            yield

    return Starlette(
        routes=routes,
        lifespan=lifespan,
        # Faults twice: within, so that an answer in words carries the policy; without, for what Security itself raises.
        middleware=[Middleware(Faults), Middleware(Security, deployment=deployment), Middleware(Faults)],
        exception_handlers=dict(handlers),
    )


@contextlib.asynccontextmanager
async def open_house(
    deployment: Deployment,
    *,
    clock: Clock = read_clock,
    ids: Ids = draw_id,
    monotonic: Callable[[], float] = time.monotonic,
    demo_people: tuple[DemoPerson, ...] = (),
) -> AsyncIterator[House]:
    gauges = Gauges()
    async with contextlib.AsyncExitStack() as closing:
        on_failure = functools.partial(_note_failure, gauges)
        # A worker takes as long to load as all the rest: both at once, on whatever cores there are.
        starting = asyncio.create_task(MediaControl.start(media_settings(deployment)), name="house-media")
        closing.push_async_callback(_give_up, starting)
        # In a thread: a plugin's import may take a second, and none may hold the loop.
        plugins = await asyncio.to_thread(_load_plugins, deployment, on_failure, gauges.note_drop)
        holdings = await closing.enter_async_context(open_holdings(deployment, clock, on_stop=gauges.note_stop))
        practice = Practice(
            journal=holdings.journal,
            catalogue=plugins.catalogue,
            clock=clock,
            ids=ids,
            jurisdictions=deployment.site.jurisdictions,
            on_failure=on_failure,
            judge=plugins.judge,
        )
        closing.callback(practice.close)
        limits = Limits(monotonic)
        accounts = accounts_of(holdings, clock, ids)
        sessions = Sessions(store=holdings.store, clock=clock, limits=_session_limits(deployment))
        media = await starting
        closing.push_async_callback(media.close)
        gauges.registry.register(MediaCollector(media.figures))
        rooms = Rooms(practice, media, clock, ids)
        closing.push_async_callback(rooms.close)
        seeing = Seeing(media, rooms, plugins, enabled=deployment.media.eye)
        closing.push_async_callback(seeing.close)
        rooms.watch_with(seeing.source_begins)
        gauges.watch_eye(seeing.figure)
        printer = Printer()
        closing.push_async_callback(printer.close)
        practice.listen(lambda events: _tell_plugins(plugins, practice, gauges, events))
        house = House(
            practice=practice,
            accounts=accounts,
            sessions=sessions,
            signing_in=SigningIn(
                accounts=accounts,
                sessions=sessions,
                limits=limits,
                second_factor="nobody" if deployment.demo else deployment.session.second_factor,
            ),
            invitations=Invitations(store=holdings.store, practice=practice, sessions=sessions, clock=clock),
            device_tokens=DeviceTokens(holdings.identity_key, clock),
            limits=limits,
            catalogue=plugins.catalogue,
            plugins=plugins,
            media=media,
            rooms=rooms,
            seeing=seeing,
            blobs=holdings.blobs,
            journal=holdings.journal,
            holdings=holdings,
            deployment=deployment,
            renderer=Renderer(zone=deployment.site.zone, demo=deployment.demo, clock=clock),
            printer=printer,
            gauges=gauges,
            clock=clock,
            ids=ids,
            demo_people=demo_people,
        )
        gauges.watch_plugins(lambda: sum(one.standing is Standing.QUARANTINED for one in plugins.states))
        for name, work in (
            ("index", practice.index()),
            ("plugins", plugins.run()),
            ("sweep", _sweep(sessions)),
            ("lag", gauges.watch_loop()),
        ):
            closing.push_async_callback(_end, _begin(name, work, gauges))
        log.info("house.opened", count=len(plugins.catalogue.obligations))
        yield house
        log.info("house.closing")


def accounts_of(holdings: Holdings, clock: Clock, ids: Ids) -> Accounts:
    factor = SecondFactor(holdings.identity_key)
    return Accounts(store=holdings.store, passwords=Passwords(), factor=factor, clock=clock, ids=ids)


def media_settings(deployment: Deployment) -> MediaSettings:
    chosen = deployment.media
    return MediaSettings(
        host=chosen.host,
        port=chosen.port,
        advertised=chosen.advertised,
        tcp=chosen.tcp,
        loopback=chosen.loopback,
        workers=chosen.workers,
        drain_seconds=chosen.drain_seconds,
        limits=chosen.limits,
    )


def _note_failure(gauges: Gauges, failure: Failure) -> None:
    gauges.note_plugin_failure(failure)
    log.warning(
        "plugin.failed",
        plugin=failure.plugin,
        hook=failure.hook,
        kind=failure.kind.value,
        error=failure.error,
        where=failure.where,
    )


def _load_plugins(
    deployment: Deployment, on_failure: Callable[[Failure], None], on_drop: Callable[[str], None]
) -> LoadedPlugins:
    loaded = load_plugins(
        deployment.plugins,
        languages=deployment.site.languages,
        jurisdictions=deployment.site.jurisdictions,
        on_failure=on_failure,
        on_drop=on_drop,
    )
    for state in loaded.states:
        log.info(
            "plugin.judged",
            plugin=state.id,
            state=state.standing.value,
            reason=state.reason.value if state.reason else "",
            milliseconds=state.import_ms,
        )
    judged = {duty.jurisdiction for duty in loaded.catalogue.obligations}
    bare = tuple(name for name in deployment.site.jurisdictions if name not in judged)
    if bare:
        # A sheet without duties reads as "ready": better not to open than to open without them.
        raise JurisdictionWithoutDuties(bare)
    return loaded


def _session_limits(deployment: Deployment) -> SessionLimits:
    chosen = deployment.session
    return SessionLimits(
        idle=chosen.idle_minutes * 60, absolute=chosen.absolute_minutes * 60, guest=chosen.guest_minutes * 60
    )


def _tell_plugins(plugins: LoadedPlugins, practice: Practice, gauges: Gauges, events: tuple[Recorded, ...]) -> None:
    gauges.note_events(len(events))
    for event in events:
        plugins.tell(EventRecorded(kind=practice.kind_of(event.act), recorded=event))


async def _give_up(starting: asyncio.Task[MediaControl]) -> None:
    """No worker outlives a house that did not open. Closing media twice does nothing the second time."""
    starting.cancel()
    (media,) = await asyncio.gather(starting, return_exceptions=True)
    if isinstance(media, MediaControl):
        await media.close()


async def _sweep(sessions: Sessions) -> None:
    while True:
        await sessions.sweep()
        await asyncio.sleep(SWEEP_SECONDS)


def _begin(name: str, work: Coroutine[None, None, None], gauges: Gauges) -> asyncio.Task[None]:
    """Starts a background task of the house; its failure shows on `/readyz` and in the log, never its text."""
    task = asyncio.create_task(work, name=f"house-{name}")

    def note_end(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            gauges.note_failure(name)
            log.error("house.task_failed", part=name, error=type(error).__name__)

    task.add_done_callback(note_end)
    return task


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
