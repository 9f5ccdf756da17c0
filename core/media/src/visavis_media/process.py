"""A worker's process and the line to it, before and after it has a port; and one kept warm for whoever loses theirs.

Knows: spawning, frames, ends. Refuses to know: what is said on the line.
Loading takes a new interpreter between half a second and several on a loaded machine; people wait for their picture
meanwhile. So one more process is kept, loaded and waiting: it only has to bind. Rejected: forking from a loaded parent
(OpenSSL's and the loop's state do not survive it well), and a second worker on the same port (the kernel would spread
one peer's packets over both).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from typing import Any

import msgspec

from visavis_media import messages

__all__ = ["Child", "MediaUnavailable", "Spare"]

START_SECONDS = 20.0
STOP_SECONDS = 3.0
KILL_SECONDS = 5.0
DYING_SECONDS = 0.05
SPARE_PAUSE = 1.0  # the start's own rush first; and whoever runs for a second needs no spare
# One loop, one thread: numpy's own pool would start on import and compete with the packets.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

_decoder = msgspec.msgpack.Decoder(messages.FromWorker)


class MediaUnavailable(Exception):  # noqa: N818 a state the caller reports, not a bug
    """The worker is being replaced or does not answer."""


class Child:
    """Made by `await Child.spawn()`; ended by `await child.end()`, always, by whoever holds it."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self.writer = writer
        self._ready = False

    @classmethod
    async def spawn(cls) -> Child:
        """Whoever is cancelled meanwhile leaves no process behind."""
        spawning = asyncio.get_running_loop().create_task(cls._spawn())
        try:
            return await asyncio.shield(spawning)
        except asyncio.CancelledError:
            child = await spawning
            await child.end(0)
            raise

    @classmethod
    async def _spawn(cls) -> Child:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "visavis_media.worker",
                    str(theirs.fileno()),
                    pass_fds=(theirs.fileno(),),
                    env={**os.environ, **ENVIRONMENT},
                )
            reader, writer = await asyncio.open_unix_connection(sock=ours)
        except BaseException:
            ours.close()  # a process that was made ends by reading this
            raise
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None and not self.writer.is_closing()

    @property
    def warm(self) -> bool:
        """Loaded, and waiting for `Start`."""
        return self._ready and self.alive

    async def read(self) -> Any:
        """The next message. EOFError or ConnectionError when there is none to be had."""
        return messages.read_message(_decoder, await messages.read_frame(self._reader))

    async def get_ready(self) -> None:
        """Returns once it has loaded; MediaUnavailable when it does not."""
        if not self._ready:
            await self._expect(messages.Ready)
            self._ready = True

    async def begin(self, start: messages.Start) -> messages.Started:
        """Binds its port. MediaUnavailable when it does not; it is to be ended then."""
        await self.get_ready()
        messages.write_frame(self.writer, start)
        started: messages.Started = await self._expect(messages.Started)
        return started

    async def _expect(self, kind: type) -> Any:
        try:
            message = await asyncio.wait_for(self.read(), START_SECONDS)
        except (EOFError, ConnectionError, TimeoutError) as error:
            raise MediaUnavailable("the media worker did not start: is its port free?") from error
        if not isinstance(message, kind):
            raise MediaUnavailable("the media worker spoke out of turn")
        return message

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self, patience: float = STOP_SECONDS) -> None:
        """Closes the line, which asks it to say its goodbyes and end; kills it after `patience` seconds."""
        self.writer.close()
        # Never at once: to signal what has just died would take its end away from whoever waits for it.
        if await self._gone(max(patience, DYING_SECONDS)):
            return
        self.kill()
        await self._gone(KILL_SECONDS)  # longer only in an uninterruptible sleep of the kernel: nobody waits for that

    async def _gone(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), seconds)
        return self._process.returncode is not None


class Spare:
    """At most one warm child, given away by `take`."""

    def __init__(self, pause: float = SPARE_PAUSE) -> None:
        self._pause = pause
        self._child: Child | None = None
        self._warming: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_warm(self) -> bool:
        return self._child is not None and self._child.warm

    def warm(self) -> None:
        """Returns at once; the child is loaded in the background."""
        if not self._closed and (self._warming is None or self._warming.done()) and not self.is_warm:
            self._warming = asyncio.get_running_loop().create_task(self._warm())

    async def take(self) -> Child:
        """The warm child if there is one, else a new one that still has to load. The caller then calls `warm`."""
        if self._child is not None and not self._child.warm and self._warming is not None:
            await asyncio.wait([self._warming])  # half the way is gained already; bounded by START_SECONDS
        child, self._child = self._child, None
        if child is not None and not child.alive:
            await child.end(0)
            child = None
        if child is None:
            child = await Child.spawn()
        return child

    async def close(self) -> None:
        self._closed = True
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        child, self._child = self._child, None
        if child is not None:
            await child.end()

    async def _warm(self) -> None:
        await asyncio.sleep(self._pause)
        former, self._child = self._child, None
        if former is not None:
            await former.end(0)
        try:
            self._child = await Child.spawn()
            await self._child.get_ready()
        except (
            MediaUnavailable,
            OSError,
        ):  # no descriptor, no memory: it works without, and is tried again
            former, self._child = self._child, None
            if former is not None:
                await former.end(0)
