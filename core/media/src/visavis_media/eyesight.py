"""The control process's side of the eye: what is watched, what it said, and a new eye when the old one fails.

Knows: keys of watched tracks, the child process, its pulse. Refuses to know: why somebody wants to see, and packets.
The eye starts with the first thing to watch. A crash, a hang or a folder that cannot be written costs measures and
stills for a while, never media.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from visavis_media import eye_messages
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.depacketisation import UNPACKED
from visavis_media.eye_messages import (
    EyeStarted,
    Forget,
    KeyframeWanted,
    PictureMeasured,
    Pulse,
    SoundMeasured,
    StillRefused,
    StillTaken,
    TakeStill,
    Watch,
)
from visavis_media.messages import LinkClosed, StartMirror, StopMirror
from visavis_media.supervision import MediaUnavailable

__all__ = ["Eyesight", "Seen", "Still", "StillNotTaken"]

START_SECONDS = 20.0
SILENT_SECONDS = 5.0  # without a pulse: the eye hangs
STILL_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # before a new eye; doubled while they keep failing
MOST_WATCHED = 64
SEEN_CODECS = frozenset({*UNPACKED, "opus"})
UNSEEN = ("unknown_link", "unknown_track", "unknown_publisher")

Seen = PictureMeasured | SoundMeasured


class Still(msgspec.Struct, frozen=True, kw_only=True):
    png: bytes
    width: int
    height: int


class StillNotTaken(Exception):  # noqa: N818 a refusal with its code, not a fault
    """`code`: those of `StillRefused`, and eye_not_there, codec_not_seen, unknown_link, unknown_track."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    link: str
    message: Watch


class Eyesight:
    """`on_seen(link, kind, measure)` hears every measure; it returns at once. End with `await close()`."""

    def __init__(self, media: MediaControl, on_seen: Callable[[str, str, Seen], None]) -> None:
        self._media = media
        self._on_seen = on_seen
        self._watched: dict[int, Watched] = {}
        self._number = 0
        self._stills: dict[int, asyncio.Future[Still]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._path = ""
        self._process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self.replaced = 0

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    @property
    def watching(self) -> int:
        """How many tracks are measured, or will be once there is an eye."""
        return len(self._watched)

    async def watch(self, link: str, kind: str, *, every: float = 1.0, luma_width: int = 0) -> None:
        """Measures the link's track of `kind` from now on, until it closes. MediaRefused when none can be seen."""
        if self._key_of(link, kind) or len(self._watched) >= MOST_WATCHED:
            return
        track = self._media.track(link, kind)
        if track.codec.name not in SEEN_CODECS:
            raise MediaRefused("codec_not_seen")  # asking it for key frames that help nobody would cost every viewer
        self._number += 1
        message = Watch(
            key=self._number,
            kind=kind,
            codec=track.codec.name,
            channels=track.codec.channels,
            every=every,
            luma_width=luma_width,
        )
        self._watched[message.key] = Watched(link=link, message=message)
        self._begin()
        if self._ready.is_set():
            self._write(message)
            await self._point(self._watched[message.key])

    async def forget(self, link: str) -> None:
        for key, watched in list(self._watched.items()):
            if watched.link == link:
                self._drop(key)
                with contextlib.suppress(MediaRefused, MediaUnavailable):
                    await self._media.ask_of(link, partial(stop_request, key))

    async def take_still(self, link: str, seconds: float = STILL_SECONDS) -> Still:
        """The link's next key frame as a PNG at its own size. Raises `StillNotTaken` after `seconds` at the latest."""
        try:
            async with asyncio.timeout(seconds):
                if not self._key_of(link, "video"):
                    await self.watch(link, "video")
                await self._ready.wait()
                key = self._key_of(link, "video")
                if not key or self._writer is None:
                    raise StillNotTaken("eye_not_there")
                self._number += 1
                number = self._number
                future: asyncio.Future[Still] = asyncio.get_running_loop().create_future()
                self._stills[number] = future
                try:
                    self._write(TakeStill(key=key, request=number, seconds=seconds))
                    return await future
                finally:
                    self._stills.pop(number, None)
        except TimeoutError:
            raise StillNotTaken("no_key_frame" if self._ready.is_set() else "eye_not_there") from None
        except MediaRefused as refused:
            raise StillNotTaken(refused.code) from None

    async def close(self) -> None:
        for task in (self._running, self._following, *self._asking):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self._end_process()

    # --- the process ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if self._running is None:
            self._running = loop.create_task(self._run())
            self._following = loop.create_task(self._follow())

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            folder = ""
            started = asyncio.get_running_loop().time()
            try:
                folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="visavis-eye-")  # this user's alone
                await self._live(folder)
            except (EOFError, OSError, TimeoutError, msgspec.DecodeError):
                pass  # it died, hung or never came: the next one starts with what is watched then
            finally:
                await self._end_process()
                if folder:
                    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            self.replaced += 1
            lived = asyncio.get_running_loop().time() - started
            pause = FIRST_PAUSE if lived > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _live(self, folder: str) -> None:
        """One eye from start to end; returns only by an exception."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "visavis_media.eye", str(theirs.fileno()), folder, pass_fds=(theirs.fileno(),)
            )
        reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        decoder = msgspec.msgpack.Decoder(eye_messages.FromEye)
        patience = START_SECONDS
        while True:
            # Not asyncio.wait_for: on Python 3.11 it may swallow the cancellation that `close` sends.
            async with asyncio.timeout(patience):
                frame = await eye_messages.read_eye_frame(reader)
            message = decoder.decode(frame)
            if isinstance(message, EyeStarted):
                patience = SILENT_SECONDS
                self._path = message.path
                for watched in list(self._watched.values()):
                    self._write(watched.message)  # before anybody may ask for a still of it
                    self._ask(self._point(watched))
                self._ready.set()
            elif not isinstance(message, Pulse):
                self._hear(message)

    async def _point(self, watched: Watched) -> None:
        """Tells the track's worker where to send copies."""
        message = watched.message
        try:
            await self._media.ask_of(
                watched.link,
                lambda number: StartMirror(
                    request=number, link=watched.link, kind=message.kind, key=message.key, path=self._path
                ),
            )
        except MediaRefused as refused:
            if refused.code in UNSEEN:
                self._drop(message.key)
        except MediaUnavailable:
            self._drop(message.key)  # its link is gone with the worker; whoever publishes again is watched again

    async def _end_process(self) -> None:
        self._ready.clear()
        for future in self._stills.values():
            if not future.done():
                future.set_exception(StillNotTaken("eye_not_there"))
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()  # it holds nothing that is not measured again in a second
            await process.wait()

    def _write(self, message: eye_messages.ToEye) -> None:
        if self._writer is not None:
            body = msgspec.msgpack.encode(message)
            self._writer.write(len(body).to_bytes(4) + body)

    # --- what it says ---------------------------------------------------------------------------------------------

    def _hear(self, message: Any) -> None:
        try:
            HEARERS[type(message)](self, message)
        except Exception as error:  # noqa: BLE001 a listener's mistake is no reason to stop looking
            context = {"message": "a listener to the eye failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def _hear_measure(self, measure: Seen) -> None:
        watched = self._watched.get(measure.key)
        if watched is not None:
            self._on_seen(watched.link, watched.message.kind, measure)

    def _hear_still(self, taken: StillTaken) -> None:
        future = self._stills.get(taken.request)
        if future is not None and not future.done():
            future.set_result(Still(png=taken.png, width=taken.width, height=taken.height))

    def _hear_refusal(self, refused: StillRefused) -> None:
        future = self._stills.get(refused.request)
        if future is not None and not future.done():
            future.set_exception(StillNotTaken(refused.code))

    def _hear_want(self, wanted: KeyframeWanted) -> None:
        watched = self._watched.get(wanted.key)
        if watched is not None:
            self._ask(self._request_keyframe(watched.link))

    async def _request_keyframe(self, link: str) -> None:
        with contextlib.suppress(MediaRefused, MediaUnavailable):
            await self._media.request_keyframe(link)

    def _ask(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _follow(self) -> None:
        async for event in self._media.events():
            if isinstance(event, LinkClosed):
                for key, watched in list(self._watched.items()):
                    if watched.link == event.link:
                        self._drop(key)

    def _drop(self, key: int) -> None:
        if self._watched.pop(key, None) is not None:
            self._write(Forget(key=key))

    def _key_of(self, link: str, kind: str) -> int:
        return next(
            (key for key, one in self._watched.items() if (one.link, one.message.kind) == (link, kind)),
            0,
        )


def stop_request(key: int, number: int) -> StopMirror:
    return StopMirror(request=number, key=key)


HEARERS: dict[type, Callable[[Eyesight, Any], None]] = {
    PictureMeasured: Eyesight._hear_measure,
    SoundMeasured: Eyesight._hear_measure,
    StillTaken: Eyesight._hear_still,
    StillRefused: Eyesight._hear_refusal,
    KeyframeWanted: Eyesight._hear_want,
}
