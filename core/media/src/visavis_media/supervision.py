"""One worker process seen from the control process: spawned, asked, heard, replaced when it dies.

Knows: a child process and a socket to it. Refuses to know: sessions, links, offers.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec

from visavis_media import messages
from visavis_media.negotiation import Endpoint
from visavis_media.settings import MediaSettings

__all__ = ["MediaUnavailable", "WorkerProcess"]

START_SECONDS = 20.0
RESTART_PAUSE = 0.5
STOP_SECONDS = 3.0


class MediaUnavailable(Exception):  # noqa: N818 a state the caller reports, not a bug
    """The worker is being replaced or does not answer."""


class WorkerProcess:
    """`on_event(index, event)` for everything it says unasked; `on_lost(self)` once it died without being closed."""

    def __init__(
        self,
        index: int,
        settings: MediaSettings,
        on_event: Callable[[int, Any], None],
        on_lost: Callable[[WorkerProcess], Awaitable[None]],
    ) -> None:
        self.index = index
        self.endpoint: Endpoint
        self._settings = settings
        self._port = settings.port + index if settings.port else 0
        self._on_event = on_event
        self._on_lost = on_lost
        self._waiting: dict[int, asyncio.Future[str]] = {}
        self._number = 0
        self._closing = False
        self._open = False  # started, and its sessions are open again: others may ask
        self._writer: asyncio.StreamWriter | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._replacing: asyncio.Task[None] | None = None
        self._decoder = msgspec.msgpack.Decoder(messages.FromWorker)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self, first: Callable[[], Iterable[messages.Builder]] = tuple) -> None:
        """`first` gives, once it listens, what it is asked before anybody else may ask: the sessions of a dead worker.

        MediaUnavailable, with no process left behind.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "visavis_media.worker", str(theirs.fileno()), pass_fds=(theirs.fileno(),)
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        self._writer = writer
        settings = self._settings
        messages.write_frame(
            writer,
            messages.Start(
                host=settings.host,
                port=self._port,
                loopback=settings.loopback,
                tcp=settings.tcp,
                limits=settings.limits,
            ),
        )
        try:
            frame = await asyncio.wait_for(messages.read_frame(reader), START_SECONDS)
        except (EOFError, ConnectionError, TimeoutError) as error:
            await self._end_process()
            raise MediaUnavailable("the media worker did not start: is its port free?") from error
        started = self._decoder.decode(frame)
        if not isinstance(started, messages.Started):
            await self._end_process()
            raise MediaUnavailable("the media worker spoke out of turn")
        port = started.addresses[0][1]
        # A replacement takes the same port, so that firewalls and NAT tables stay good.
        self._port = port
        self.endpoint = Endpoint(
            addresses=tuple((address, port) for address in settings.advertised) or started.addresses,
            fingerprint=started.fingerprint,
            tcp=settings.tcp,
        )
        self._reading = reading = asyncio.get_running_loop().create_task(self._read(reader))
        try:
            for build in first():
                with contextlib.suppress(messages.RequestRefused):
                    await self._exchange(build)
            if reading.done():
                raise MediaUnavailable("the media worker died")
        except MediaUnavailable:
            reading.cancel()
            await asyncio.wait([reading])
            await self._end_process()
            raise
        self._open = True

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

    async def _exchange(self, build: messages.Builder) -> None:
        if self._writer is None or self._writer.is_closing():
            raise MediaUnavailable("the media worker is being replaced")
        self._number += 1
        number = self._number
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            messages.write_frame(self._writer, build(number))
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
        for task in (self._replacing, self._reading):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self._end_process()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                message = self._decoder.decode(await messages.read_frame(reader))
                if isinstance(message, messages.Done | messages.Refused):
                    future = self._waiting.get(message.request)
                    if future is not None and not future.done():
                        future.set_result(message.code if isinstance(message, messages.Refused) else "")
                else:
                    self._hear(message)
        except (EOFError, ConnectionError, msgspec.DecodeError):
            pass
        except Exception as error:  # noqa: BLE001 whatever ends the reading, an unread worker must be replaced
            report("reading a media worker failed", error)
        if self._open and not self._closing:
            self._replacing = asyncio.get_running_loop().create_task(self._replace())
        else:
            self._fail_waiting()  # `start` is among those who wait, and replaces it
        self._open = False

    def _hear(self, event: Any) -> None:
        try:
            self._on_event(self.index, event)
        except Exception as error:  # noqa: BLE001 a listener's mistake is no reason to cut everybody's media
            report("a listener to media events failed", error)

    async def _replace(self) -> None:
        await self._end_process()
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

    async def _end_process(self) -> None:
        self._open = False
        self._fail_waiting()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        process = self._process
        if process is None or process.returncode is not None:
            return
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


def report(what: str, error: Exception) -> None:
    """To the loop's exception handler, which logs it. Nothing here can hold a patient's data: ids and numbers only."""
    asyncio.get_running_loop().call_exception_handler({"message": what, "exception": error})
