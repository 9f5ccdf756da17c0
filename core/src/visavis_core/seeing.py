"""The eye at work in a house: which sources are looked at, what their rooms are told, and stills from a stream.

Knows: links that are watched and the act each belongs to; the plugins' taps. Refuses to know: decoding, limits, words.
Faces are not looked at: nobody judges a face by its sharpness, and nobody asked them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from visavis_media.control import MediaControl, MediaRefused, MediaUnavailable
from visavis_media.eye_messages import PictureMeasured, SoundMeasured
from visavis_media.eyesight import Eyesight, Still, StillNotTaken

from visavis_core.plugins.running import LoadedPlugins
from visavis_core.plugins.tapping import Taps
from visavis_core.session.rooms import Rooms
from visavis_core.session.sight import Looked, look, read_limits, report_of
from visavis_core.session.views import SightNote, SightView

__all__ = ["LUMA_WIDTH", "Seeing"]

FACE = "face"
EVERY = 1.0  # seconds between two measures of a source
LUMA_WIDTH = 640  # of the copy that plugins see
MOST_WATCHED = 256

log = structlog.get_logger(__name__)


class Watching:
    """One link: whose act, which source, and what was seen of it."""

    def __init__(self, act: str, source: str) -> None:
        self.act = act
        self.source = source
        self.looked = Looked()
        self.notes: tuple[SightNote, ...] = ()


class Seeing:
    """One per house. `source_begins` returns at once; `await close()` at the end."""

    def __init__(
        self,
        media: MediaControl,
        rooms: Rooms,
        plugins: LoadedPlugins,
        *,
        enabled: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._media = media
        self._rooms = rooms
        self._eye = Eyesight(media, self._seen)
        self._taps = Taps(plugins, self._noticed)
        self._enabled = enabled
        self._monotonic = monotonic
        self._links: dict[str, Watching] = {}
        self._lost = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def source_begins(self, act: str, link: str, source: str) -> None:
        if source == FACE or not self._enabled:
            return
        while len(self._links) >= MOST_WATCHED:
            del self._links[next(iter(self._links))]
        self._links[link] = Watching(act, source)
        self._spawn(self._watch(link))

    async def take_still(self, link: str) -> Still:
        """Raises `StillNotTaken`."""
        if not self._enabled:
            raise StillNotTaken("eye_not_there")
        return await self._eye.take_still(link)

    def figure(self, name: str) -> float:
        """For `/metrics`; the names are `gauges.EYE`'s."""
        return {
            "sources_watched": self._eye.watching,
            "replacements": self._eye.replaced,
            "frames_lost": self._lost,
            "pictures_missed": self._taps.missed,
        }[name]

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._taps.close()
        await self._eye.close()

    async def _watch(self, link: str) -> None:
        with contextlib.suppress(MediaRefused, MediaUnavailable):
            try:
                await self._eye.watch(link, "video", every=EVERY, luma_width=LUMA_WIDTH if self._taps.wanted else 0)
            except MediaRefused as refused:
                if refused.code != "unknown_track":
                    raise
                # A source without any picture is a stethoscope; the voice beside a camera is nobody's to measure.
                await self._eye.watch(link, "audio", every=EVERY)

    def _seen(self, link: str, _kind: str, measure: PictureMeasured | SoundMeasured) -> None:
        watching = self._links.get(link)
        if watching is None:
            return
        self._lost += measure.lost
        limits = read_limits()
        watching.looked = look(watching.looked, measure, limits, self._monotonic() * 1000)
        report = report_of(link, measure, limits=limits) if isinstance(measure, PictureMeasured) else None
        if isinstance(measure, PictureMeasured) and measure.luma:
            self._taps.show(link, watching.source, measure)
        if not getattr(measure, "pictures", 1):
            watching.notes = ()
        view = SightView(
            link=link,
            words=watching.looked.words,
            notes=watching.notes,
            frames_per_second=getattr(measure, "frames_per_second", None),
            sharpness=getattr(measure, "sharpness", None),
            mean_luma=getattr(measure, "mean_luma", None),
            level=getattr(measure, "level", None),
        )
        self._rooms.see(watching.act, view, report)

    def _noticed(self, link: str, plugin: str, notes: tuple[SightNote, ...]) -> None:
        watching = self._links.get(link)
        if watching is not None:
            others = tuple(note for note in watching.notes if note.plugin != plugin)
            watching.notes = (*others, *notes)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("eye.not_watching", error=type(error).__name__)
