"""The plugins that look at live pictures: each in a process of its own, asked with bounds, left alone when it fails.

Knows: one mailbox of one picture per plugin (the newest replaces the one that waits), time limits and breakers.
Refuses to know: where pictures come from and who reads what is said.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable

import msgspec
from visavis_media.eye_messages import PictureMeasured
from visavis_sdk.hooks import Spec, terms_of
from visavis_sdk.hosting import Failure, FailureKind
from visavis_sdk.media import PictureSeen

from visavis_core.plugins.breaker import Breaker
from visavis_core.plugins.running import LoadedPlugins, Observer
from visavis_core.plugins.tap import LARGEST_TAP_FRAME, TapAnswer, TapStart
from visavis_core.session.views import SightNote

__all__ = ["Taps"]

START_SECONDS = 20.0
ANSWER_SECONDS = 2.0  # far over the budget of the hook, which the tap itself reports; past this it hangs
MOST_LINKS_WAITING = 16
MOST_NOTES = 4

HOOK = terms_of(Spec.observe_picture).hook
BUDGET = terms_of(Spec.observe_picture).budget

Heard = Callable[[str, str, tuple[SightNote, ...]], None]


class Taps:
    """`heard(link, plugin, notes)` returns at once; empty notes take back what was said before."""

    def __init__(self, plugins: LoadedPlugins, heard: Heard) -> None:
        self._taps = [Tap(observer, plugins, heard) for observer in plugins.observers()]

    @property
    def wanted(self) -> bool:
        return bool(self._taps)

    def show(self, link: str, source: str, measure: PictureMeasured) -> None:
        """Never waits."""
        if measure.sharpness is None or measure.mean_luma is None or not self._taps:
            return
        seen = PictureSeen(
            source=source,
            width=measure.width,
            height=measure.height,
            luma=measure.luma,
            luma_width=measure.luma_width,
            luma_height=measure.luma_height,
            sharpness=measure.sharpness,
            mean_luma=measure.mean_luma,
            white_per_mille=measure.white_per_mille or 0,
            black_per_mille=measure.black_per_mille or 0,
        )
        for tap in self._taps:
            tap.show(link, seen)

    @property
    def missed(self) -> int:
        """Pictures that no plugin saw, because it was busy with an older one."""
        return sum(tap.missed for tap in self._taps)

    async def close(self) -> None:
        await asyncio.gather(*(tap.close() for tap in self._taps))


class Tap:
    """One plugin's process and its mailbox. `missed` counts pictures that a newer one replaced."""

    def __init__(
        self, observer: Observer, plugins: LoadedPlugins, heard: Heard, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._observer = observer
        self._plugins = plugins
        self._heard = heard
        self._clock = clock
        self._breaker = Breaker()
        self._waiting: dict[str, PictureSeen] = {}
        self._there = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.missed = 0

    def show(self, link: str, seen: PictureSeen) -> None:
        if not self._breaker.lets(self._clock()):
            return
        if link in self._waiting:
            self.missed += 1
        elif len(self._waiting) >= MOST_LINKS_WAITING:
            self.missed += 1
            return
        self._waiting[link] = seen
        self._there.set()
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def close(self) -> None:
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])
        await self._end()

    async def _work(self) -> None:
        while True:
            await self._there.wait()
            link, seen = next(iter(self._waiting.items()))
            del self._waiting[link]
            if not self._waiting:
                self._there.clear()
            await self._look(link, seen)

    async def _look(self, link: str, seen: PictureSeen) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                reader, writer = self._line or await self._start()
            async with asyncio.timeout(ANSWER_SECONDS):
                send(writer, msgspec.msgpack.encode(seen))
                answer = await receive(reader)
        except (TimeoutError, OSError, EOFError, msgspec.DecodeError) as error:
            await self._end()
            kind = FailureKind.STUCK if isinstance(error, TimeoutError) else FailureKind.RAISED
            answer = TapAnswer(failure=Failure(plugin=self._observer.plugin, hook=HOOK, kind=kind, budget=BUDGET))
        if answer.failure is not None:
            self._plugins.note(answer.failure)
        self._breaker = self._breaker.after(good=answer.failure is None, now=self._clock())
        if not self._breaker.lets(self._clock()):
            self._waiting.clear()
            self._there.clear()
        self._heard(link, self._observer.plugin, self._notes(answer))

    def _notes(self, answer: TapAnswer) -> tuple[SightNote, ...]:
        plugin = self._observer.plugin
        return tuple(
            SightNote(note=one.id, plugin=plugin, text=one.text, advises=one.advises)
            for one in answer.observations[:MOST_NOTES]
            if one.id.startswith(f"{plugin}.")
        )

    async def _start(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "visavis_core.plugins.tap", str(theirs.fileno()), pass_fds=(theirs.fileno(),)
            )
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        one = self._observer
        send(writer, msgspec.msgpack.encode(TapStart(plugin=one.plugin, entry=one.entry, config=dict(one.config))))
        try:
            await receive(reader)
        except BaseException:
            writer.close()
            raise
        self._line = (reader, writer)
        return reader, writer

    async def _end(self) -> None:
        if self._line is not None:
            self._line[1].close()
            self._line = None
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


def send(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(len(body).to_bytes(4) + body)


async def receive(reader: asyncio.StreamReader) -> TapAnswer:
    size = int.from_bytes(await reader.readexactly(4))
    if size > LARGEST_TAP_FRAME:
        raise ConnectionError("frame too large")
    return msgspec.msgpack.decode(await reader.readexactly(size), type=TapAnswer)
