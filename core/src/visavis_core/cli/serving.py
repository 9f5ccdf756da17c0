"""Runs the app in this process: one loop (uvloop), one listening socket, a graceful end.

Knows: the socket, the server's settings and the signals.
Refuses to know: the app's parts (`app`), and anything a page says.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
import webbrowser
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import uvicorn
import uvloop
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from visavis_sdk.text import Text

from visavis_core.app import create_app
from visavis_core.cli.words import language, say
from visavis_core.demo import PATIENTS, PEOPLE, demo_deployment, make_people
from visavis_core.demo_file import write_file
from visavis_core.deployment import Deployment, load_deployment
from visavis_core.logs import set_up_logs

__all__ = ["CannotListen", "serve_demo", "serve_deployment"]

BACKLOG = 1024
LARGEST_FRAME = 128 * 1024
GRACE_SECONDS = 10


class CannotListen(RuntimeError):  # noqa: N818 -- named as what happened
    """The address is taken or not ours."""

    def __init__(self, host: str, port: int, why: str, where: str) -> None:
        super().__init__(f"{host}:{port}")
        self.message = Text(
            fr=f"Impossible d’écouter sur {host}:{port} ({why}). Choisissez une autre adresse avec {where}.",
            en=f"Cannot listen on {host}:{port} ({why}). Choose another address with {where}.",
        )


class Server(uvicorn.Server):
    """uvicorn raises the signal again once it has ended well, and the process would seem killed. Ours exits with 0."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        """`drain` returns once what is live has ended, or its time is over."""
        super().__init__(config)
        self.opened = asyncio.Event()
        self._drain = drain
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            # Raised inside a task it would tear the loop down; whoever started us says what hindered the opening.
            self.should_exit = True
        if self.started:
            self.opened.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.end_gently)
        loop.add_signal_handler(signal.SIGINT, self.handle_exit, signal.SIGINT, None)
        try:
            yield
        finally:
            if self._draining is not None:
                self._draining.cancel()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def end_gently(self) -> None:
        """SIGTERM: the calls that are live may end first. A second one, or Ctrl-C, does not wait."""
        if self._draining is None:
            self._draining = asyncio.get_running_loop().create_task(self._end_after_drain())
        else:
            self.handle_exit(signal.SIGTERM, None)

    async def _end_after_drain(self) -> None:
        try:
            await self._drain()
        finally:
            self.handle_exit(signal.SIGTERM, None)


def serve_deployment(config: Path) -> None:
    set_up_logs()
    deployment = load_deployment(config)
    listening = listen(deployment.web.host, deployment.web.port, where=f"[web] ({config})")
    app = create_app(deployment)
    console = Console(stderr=True)

    async def announce() -> None:
        console.print(say(f"visavis sert {deployment.site.public_url}", f"visavis serves {deployment.site.public_url}"))

    uvloop.run(run(app, deployment, listening, announce))


def serve_demo(folder: Path, *, port: int, browser: bool) -> None:
    set_up_logs(loud=False)
    listening = listen("127.0.0.1", port, where="--port")
    port = listening.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    deployment = demo_deployment(folder.resolve(), host="127.0.0.1", port=port)
    written = write_file(deployment)
    app = create_app(deployment, demo_people=PEOPLE, prepare=lambda house: make_people(house.accounts))

    async def announce() -> None:
        present(deployment, folder, written)
        if browser:
            await asyncio.to_thread(webbrowser.open, deployment.site.public_url)

    uvloop.run(run(app, deployment, listening, announce))


def listen(host: str, port: int, *, where: str) -> socket.socket:
    """Taken before anything opens, so that a busy port is said at once and plainly."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(host, port, error.strerror or "", where) from None
    listening.setblocking(False)
    return listening


async def run(
    app: Starlette, deployment: Deployment, listening: socket.socket, announce: Callable[[], Awaitable[None]]
) -> None:
    """Serves until a signal. What hindered the opening is raised here, as itself."""

    async def drain() -> None:
        house = getattr(app.state, "house", None)
        if house is not None and deployment.media.drain_seconds:
            await house.media.drain(deployment.media.drain_seconds)

    server = Server(settings(app, deployment), drain)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="serve")
    opened = asyncio.create_task(server.opened.wait(), name="opened")
    await asyncio.wait((serving, opened), return_when=asyncio.FIRST_COMPLETED)
    opened.cancel()
    if server.opened.is_set():
        await announce()
    await serving
    hindrance = getattr(app.state, "hindrance", None)
    if hindrance is not None:
        raise hindrance


def settings(app: Starlette, deployment: Deployment) -> uvicorn.Config:
    web = deployment.web
    return uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=10,
        ws_ping_timeout=15,
        lifespan="on",
        log_config=None,
        access_log=False,  # addresses hold acts' ids and invitation links
        server_header=False,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=4096,
        ssl_certfile=str(deployment.path(web.tls_certificate)) if web.tls_certificate else None,
        ssl_keyfile=str(deployment.path(web.tls_key)) if web.tls_key else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )


def present(deployment: Deployment, folder: Path, written: Path) -> None:
    """What one needs to try it: the address, who to be, and somebody to care for."""
    console = Console()
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for heading in (say("Identifiant", "Login"), say("Mot de passe", "Password"), say("Qui", "Who")):
        table.add_column(heading, overflow="fold")
    for person in PEOPLE:
        table.add_row(person.login, person.password, f"{person.name}, {person.part.in_language(language())}")
    console.print()
    console.print(
        say("Démonstration de visavis : personnes inventées.", "visavis demonstration: invented people."), style="bold"
    )
    console.print(deployment.site.public_url, style="bold underline")
    console.print(table)
    patients = " ; ".join(f"{p.given_names} {p.family_name}, {p.birth_date}, {p.identifier}" for p in PATIENTS)
    console.print(say(f"Patients inventés : {patients}", f"Invented patients: {patients}"))
    console.print(
        say(
            "Ouvrez deux fenêtres, dont une privée : l’infirmière dans l’une, l’expert dans l’autre.",
            "Open two windows, one of them private: the nurse in one, the expert in the other.",
        )
    )
    console.print(
        say(
            f"Pour une vraie installation, partez de {written} (voir docs/quickstart.md).",
            f"For a deployment of your own, start from {written} (see docs/quickstart.md).",
        ),
        highlight=False,
        soft_wrap=True,
    )
    console.print(say(f"Données : {folder}. Ctrl+C pour arrêter.", f"Data: {folder}. Ctrl+C to stop."), style="dim")
