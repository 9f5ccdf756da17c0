"""The bridge: a device's picture or sound into a session over WHIP, for as long as it may, whatever is unplugged.

Knows: the two things that come and go (source and link) and how each is brought back. Refuses to know: terminals,
and whose session it is: address and token are given.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.error
import urllib.request
from collections import deque
from typing import Any
from urllib.parse import urljoin

import msgspec
import numpy as np

from visavis_media.adequacy import measure_loudness
from visavis_media.bridge_encoding import PictureEncoder, Profile, SoundEncoder, tracks_of
from visavis_media.bridge_link import BridgeLink, LinkFailed
from visavis_media.bridge_source import SourceSpec, SourceThread
from visavis_media.packetisation import split_frame

__all__ = ["Bridge", "BridgeSettings", "Meter", "PublishRefused"]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
MOST_WAITING = 40  # encoded frames between the source's thread and the network; the oldest go
HTTP_SECONDS = 10.0
LARGEST_ANSWER = 262_144
# Asking again would not change these. 403 and 404 may pass: the session begins later, the patient consents again.
FINAL = frozenset({400, 401, 406, 410, 413, 415, 422})
FINAL_CODES = frozenset({"other_source", "token_for_other_use"})
LAST_SECONDS = 1.0
MOST_LEFT_BEHIND = 4  # source threads that never came back


class PublishRefused(Exception):  # noqa: N818 the server's answer, not a fault
    """`status` and `code` as the server gave them (RFC 9457), or `source_stuck`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class BridgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    endpoint: str
    token: str
    source: SourceSpec
    profile: Profile
    codec: str = "h264"


class Meter(msgspec.Struct, kw_only=True):
    """What is going on now, for a person to read. `level` in dBFS, None without sound."""

    link: str = "connecting"  # connecting | connected | lost
    source: str = "opening"  # opening | running | lost
    frames: int = 0
    octets: int = 0
    dropped: int = 0
    repaired: int = 0
    round_trip: float = 0.0
    level: float | None = None
    width: int = 0
    height: int = 0
    links_opened: int = 0
    sources_opened: int = 0
    trouble: str = ""


class Outgoing(msgspec.Struct, frozen=True):
    kind: str
    payloads: list[bytes]
    timestamp: int
    at: float


class Bridge:
    """`await run(stop)` until `stop` is set. Raises `PublishRefused` when the server says no for good."""

    def __init__(self, settings: BridgeSettings) -> None:
        self._settings = settings
        self._tracks = tracks_of(settings.profile, settings.codec)
        self._waiting: deque[Outgoing] = deque(maxlen=MOST_WAITING)
        self._ready = asyncio.Event()
        self._link: BridgeLink | None = None
        self._key_wanted = True
        self._next_picture = 0.0
        self._picture: PictureEncoder | None = None
        self._sound: SoundEncoder | None = None
        self._left_behind = 0
        self.meter = Meter()

    async def run(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        work = [self._loop.create_task(one) for one in (self._keep_source(), self._keep_link(), stop.wait())]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    # --- the source -----------------------------------------------------------------------------------------------

    async def _keep_source(self) -> None:
        pause = FIRST_PAUSE
        kinds = frozenset(track.kind for track in self._tracks)
        while True:
            profile = self._settings.profile
            self._picture = PictureEncoder(profile, self._settings.codec) if profile.picture else None
            self._sound = self._sound or (SoundEncoder(profile.sound_bitrate) if profile.sound else None)
            self._key_wanted = True
            source = SourceThread(self._settings.source, kinds, self._take)
            before = self.meter.frames
            source.start()
            self.meter.sources_opened += 1
            try:
                while not source.gone.is_set() and not source.is_stuck:
                    self.meter.source = "running" if self.meter.frames > before else "opening"
                    await asyncio.sleep(0.1)
            finally:
                source.stop()
            if not (self._settings.source.again or source.error or source.is_stuck) and source.spec.kind == "file":
                await asyncio.sleep(LAST_SECONDS)  # what waits still leaves
                return
            self.meter.source, self.meter.trouble = "lost", source.error
            if source.is_stuck:
                self._left_behind += 1
                if self._left_behind > MOST_LEFT_BEHIND:
                    raise PublishRefused(0, "source_stuck")
            pause = FIRST_PAUSE if self.meter.frames > before else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    def _take(self, kind: str, frame: Any) -> None:
        """In the source's thread: encode, and put in line."""
        now = time.monotonic()
        if kind == "video" and self._picture is not None:
            self._take_picture(self._picture, frame, now)
        elif kind == "audio" and self._sound is not None:
            for timestamp, packet, block in self._sound.encode(frame):
                loud = measure_loudness(block.to_ndarray().astype(np.float32) / 32_768)
                self.meter.level = loud.level
                self._put(Outgoing("audio", [packet], timestamp, time.time()))

    def _take_picture(self, encoder: PictureEncoder, frame: Any, now: float) -> None:
        interval = 1 / self._settings.profile.frames_per_second
        if now < self._next_picture - interval / 4:
            return
        self._next_picture = max(self._next_picture + interval, now)
        link = self._link
        key = self._key_wanted or (link is not None and link.keyframe_wanted)
        # Taken back before encoding: who asks while it goes on asks for the next one.
        self._key_wanted = False
        if link is not None and key:
            link.keyframe_wanted = False
        data = encoder.encode(frame, now, key=key, allowed=link.allowed_bitrate if link is not None else 0)
        if not data:
            self._key_wanted = key
            return
        self.meter.width, self.meter.height = encoder.size
        payloads = split_frame(encoder.codec, data)
        self._put(Outgoing("video", payloads, round(now * 90_000), time.time()))

    def _put(self, outgoing: Outgoing) -> None:
        if len(self._waiting) == self._waiting.maxlen:
            self.meter.dropped += 1
            self._key_wanted = True
        self._waiting.append(outgoing)
        self.meter.frames += 1
        self.meter.octets += sum(map(len, outgoing.payloads))
        with contextlib.suppress(RuntimeError):  # the loop may be closed when a thread left behind comes back
            self._loop.call_soon_threadsafe(self._ready.set)

    # --- the link -------------------------------------------------------------------------------------------------

    async def _keep_link(self) -> None:
        pause = FIRST_PAUSE
        while True:
            link, location = BridgeLink(self._tracks), ""
            self.meter.link = "connecting"
            try:
                location, answer = await asyncio.to_thread(self._post, link.offer())
                await link.connect(answer)
                pause = FIRST_PAUSE
                self.meter.links_opened += 1
                self.meter.link, self.meter.trouble = "connected", ""
                self._link = link
                await self._feed(link)
                self.meter.trouble = "link_lost"
            except LinkFailed as failed:
                self.meter.trouble = failed.code
            except PublishRefused as refused:
                if refused.status in FINAL or refused.code in FINAL_CODES:
                    raise
                self.meter.trouble = refused.code
            finally:
                self._link = None
                await link.close()
                if location:
                    await asyncio.shield(asyncio.to_thread(self._delete, location))
            self.meter.link = "lost"
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _feed(self, link: BridgeLink) -> None:
        """Sends until the link is lost. What waited for it is the past, and goes."""
        self._waiting.clear()
        self._key_wanted = True
        while not link.lost:
            self.meter.round_trip, self.meter.repaired = link.round_trip, link.repaired
            if not self._waiting:
                self._ready.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await self._ready.wait()
                continue
            one = self._waiting.popleft()
            await link.send(one.kind, one.payloads, one.timestamp, one.at)

    def _post(self, offer: str) -> tuple[str, str]:
        """(the link's address, the answer). PublishRefused; `LinkFailed` when nobody answers."""
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self._settings.token}"}
        request = urllib.request.Request(self._settings.endpoint, offer.encode(), headers, method="POST")  # noqa: S310 the scheme is checked by who builds the endpoint
        try:
            with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as response:  # noqa: S310 same
                answer = response.read(LARGEST_ANSWER).decode("utf-8", "replace")
                return urljoin(self._settings.endpoint, response.headers.get("Location", "")), answer
        except urllib.error.HTTPError as error:
            raise PublishRefused(error.code, problem_code(error.read(LARGEST_ANSWER))) from None
        except OSError:
            raise LinkFailed("unreachable") from None

    def _delete(self, location: str) -> None:
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        request = urllib.request.Request(location, headers=headers, method="DELETE")  # noqa: S310 same
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=2):  # noqa: S310 same
            pass


def problem_code(body: bytes) -> str:
    """The code in a problem document, or `refused`."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return "refused"
    code = found.get("code", "refused") if isinstance(found, dict) else "refused"
    return code if isinstance(code, str) and len(code) <= 60 else "refused"
