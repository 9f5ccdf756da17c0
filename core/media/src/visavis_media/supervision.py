"""One worker seen from the control process: started, asked, heard, replaced when it dies or falls silent.

Knows: a child process and what is said on its line. Refuses to know: sessions, links, offers, how a process is made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from visavis_media import messages
from visavis_media.negotiation import Endpoint
from visavis_media.process import Child, MediaUnavailable, Spare
from visavis_media.settings import MediaSettings

__all__ = ["MediaUnavailable", "WorkerProcess"]

RESTART_PAUSE = 0.5
LONGEST_PAUSE = 5.0
EARLY_SECONDS = 1.0  # a worker that dies this soon, twice in a row, will die again: the machine is given air
BEAT = 0.5


class WorkerProcess:
    """`on_event(index, event)` for everything it says unasked; `on_lost(self)` once it is gone without being closed.

    It speaks at least once a second. One that runs but says nothing for `limits.worker_silent_seconds` is killed: its
    media stands still, and no client can tell that from a bad network.
    """

    def __init__(
        self,
        index: int,
        settings: MediaSettings,
        spare: Spare,
        on_event: Callable[[int, Any], None],
        on_lost: Callable[[WorkerProcess], Awaitable[None]],
    ) -> None:
        self.index = index
        self.endpoint: Endpoint
        self.cause = ""  # why it was lost, while it is being replaced
        self.lost_at = 0.0
        self.draining = False
        self._settings = settings
        self._spare = spare
        self._port = settings.port + index if settings.port else 0
        self._on_event = on_event
        self._on_lost = on_lost
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._number = 0
        self._closing = False
        self._open = False  # started, and its sessions are open again: others may ask
        self._child: Child | None = None
        self._heard = self._started_at = 0.0
        self._early = 0
        self._reading: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._replacing: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    @property
    def is_open(self) -> bool:
        return self._open

    async def start(self, first: Callable[[], Iterable[messages.Builder]] = tuple) -> None:
        """`first` gives, once it listens, what it is asked before anybody else may ask: the sessions of a dead worker.

        MediaUnavailable, with no process left behind.
        """
        loop = asyncio.get_running_loop()
        settings = self._settings
        self._child = child = await self._spare.take()
        try:
            started = await child.begin(
                messages.Start(
                    host=settings.host,
                    port=self._port,
                    loopback=settings.loopback,
                    tcp=settings.tcp,
                    limits=settings.limits,
                )
            )
        except MediaUnavailable:
            await self._end_process(0)
            raise
        port = started.addresses[0][1]
        # A replacement takes the same port, so that firewalls and NAT tables stay good.
        self._port = port
        self.endpoint = Endpoint(
            addresses=tuple((address, port) for address in settings.advertised) or started.addresses,
            fingerprint=started.fingerprint,
            tcp=settings.tcp,
        )
        self._heard = self._started_at = loop.time()
        self.draining = False
        self._reading = reading = loop.create_task(self._read(child))
        self._watching = loop.create_task(self._watch(child))
        try:
            for build in first():
                with contextlib.suppress(messages.RequestRefused):
                    await self._exchange(build)
            if reading.done():
                raise MediaUnavailable("the media worker died")
        except MediaUnavailable:
            await self._stop_listening()
            await self._end_process(0)
            raise
        self._open = True
        self.cause = ""
        self._spare.warm()

    async def request(self, build: messages.Builder) -> None:
        """Returns when the worker has done it; raises `RequestRefused` or `MediaUnavailable`."""
        if not self._open:
            raise MediaUnavailable("the media worker is being replaced")
        if len(self._waiting) >= self._settings.limits.waiting_requests:
            raise MediaUnavailable("the media worker is not answering")
        await self._exchange(build)

    async def stop(self, build: messages.Builder) -> None:
        """As `request`, for what stops media: sent however many wait, and to a replacement that is not open yet.

        There are never more of these than sessions and links.
        """
        await self._exchange(build)

    def renew(self) -> None:
        """Ends the process in good order, its peers told; what follows is what follows any loss."""
        if self._open and not self._closing and self._child is not None:
            self.cause = "drained"
            self._child.writer.close()

    async def _exchange(self, build: messages.Builder) -> None:
        if self._child is None or self._child.writer.is_closing():
            raise MediaUnavailable("the media worker is being replaced")
        self._number += 1
        number = self._number
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            messages.write_frame(self._child.writer, build(number))
            code = await asyncio.wait_for(future, self._settings.limits.request_seconds)
        except TimeoutError as error:
            raise MediaUnavailable("the media worker is not answering") from error
        finally:
            self._waiting.pop(number, None)
        if code == messages.FAILED:
            raise MediaUnavailable("the media worker failed at this request")
        if code:
            raise messages.RequestRefused(code)

    async def close(self) -> None:
        self._closing = True
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.wait([self._replacing])
        await self._stop_listening()
        await self._end_process()

    async def _stop_listening(self) -> None:
        tasks = [task for task in (self._reading, self._watching) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _read(self, child: Child) -> None:
        try:
            while True:
                message = await child.read()
                self._heard = asyncio.get_running_loop().time()
                if isinstance(message, messages.Done | messages.Refused):
                    future = self._waiting.get(message.request)
                    if future is not None and not future.done():
                        future.set_result(message.code if isinstance(message, messages.Refused) else "")
                else:
                    self._hear(message)
        except (EOFError, ConnectionError):
            pass
        except Exception as error:  # noqa: BLE001 whatever ends the reading, an unread worker must be replaced
            report("reading a media worker failed", error)
        if self._open and not self._closing:
            self._replacing = asyncio.get_running_loop().create_task(self._replace())
        else:
            self._fail_waiting()  # `start` is among those who wait, and replaces it
        self._open = False

    async def _watch(self, child: Child) -> None:
        """Kills a worker that runs but does not speak; the end of its line is then what any death is."""
        loop = asyncio.get_running_loop()
        while True:
            asked = loop.time()
            await asyncio.sleep(BEAT)
            late = loop.time() - asked - BEAT
            if late > BEAT:
                self._heard += late  # it was this process that slept; what the worker said is still unread
            if loop.time() - self._heard > self._settings.limits.worker_silent_seconds:
                self.cause = "silent"
                child.kill()
                return

    def _hear(self, event: Any) -> None:
        try:
            self._on_event(self.index, event)
        except Exception as error:  # noqa: BLE001 a listener's mistake is no reason to cut everybody's media
            report("a listener to media events failed", error)

    async def _replace(self) -> None:
        loop = asyncio.get_running_loop()
        self.cause = self.cause or "died"
        self.lost_at = loop.time()
        self._early = self._early + 1 if self.lost_at - self._started_at < EARLY_SECONDS else 0
        if self._watching is not None:
            self._watching.cancel()
        # A drained one is still saying its goodbyes; a dead, silent or confused one has nothing more to say.
        await self._end_process(3.0 if self.cause == "drained" else 0)
        if self._early > 1:
            await asyncio.sleep(min(LONGEST_PAUSE, RESTART_PAUSE * 2 ** (self._early - 2)))
        while not self._closing:
            try:
                await self._on_lost(self)
            except (MediaUnavailable, OSError):  # OSError: no descriptor or no process to be had just now
                await asyncio.sleep(RESTART_PAUSE)
            else:
                return

    def _fail_waiting(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(MediaUnavailable("the media worker died"))

    async def _end_process(self, patience: float = 3.0) -> None:
        self._open = False
        self._fail_waiting()
        child, self._child = self._child, None
        if child is not None:
            await child.end(patience)


def report(what: str, error: Exception) -> None:
    """To the loop's exception handler, which logs it. Nothing here can hold a patient's data: ids and numbers only."""
    asyncio.get_running_loop().call_exception_handler({"message": what, "exception": error})
