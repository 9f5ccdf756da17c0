"""One watched track inside the eye: packets in, measures and stills out.

Knows: its decoder, its last picture, its interval. Refuses to know: sockets and processes; `now` is given, in seconds.
Decoding begins at a key frame and stops at the first gap: what a decoder makes of half a picture is not worth
measuring, and must never become a still.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import av
import numpy as np

from visavis_media.adequacy import (
    MEASURED_WIDTH,
    QUIETEST,
    measure_exposure,
    measure_loudness,
    measure_sharpness,
)
from visavis_media.depacketisation import UNPACKED, join_frame
from visavis_media.eye_messages import (
    FromEye,
    KeyframeWanted,
    PictureMeasured,
    SoundMeasured,
    StillRefused,
    StillTaken,
    TakeStill,
    Watch,
)
from visavis_media.mirror import Copy
from visavis_media.reassembly import Frames

__all__ = ["MOST_INBOX", "PictureTrack", "SoundTrack", "Track", "track_of"]

MOST_INBOX = 2_048  # copies; the oldest go first
MOST_PIXELS = 16_777_216
MOST_STILLS = 4  # asked for at once, per track
STILL_ASKS_AGAIN = 1.0  # seconds, while a still waits for its key frame
# Seconds between two key frames we ask for, doubled while they do not help: an eye that cannot keep up must not make
# the sender spend its bits on key frames. The viewers' own requests are not slowed by it.
KEYFRAME_EVERY, KEYFRAME_SELDOM = 2.0, 60.0
STANDSTILL = 0.5  # of 255, mean difference between two measures
SILENCE = -60.0  # dBFS: under it a microphone that works gives its own noise
LONGEST_KEPT = 2.0  # seconds of sound per measure
RATE = 48_000

Tell = Callable[[FromEye], None]
Arrived = tuple[Copy, float]  # and when


class Track(Protocol):
    inbox: deque[Arrived]
    dropped: int

    def decode(self, now: float, until: Callable[[], bool]) -> None: ...
    def tick(self, now: float) -> None: ...
    def take_still(self, wanted: TakeStill, now: float) -> None: ...


def track_of(watch: Watch, tell: Tell, now: float) -> Track:
    return PictureTrack(watch, tell, now) if watch.kind == "video" else SoundTrack(watch, tell, now)


class PictureTrack:
    """`dropped` is the sender's count of copies that did not fit the line."""

    def __init__(self, watch: Watch, tell: Tell, now: float) -> None:
        self.inbox: deque[Arrived] = deque(maxlen=MOST_INBOX)
        self.dropped = 0
        self._watch = watch
        self._tell = tell
        self._frames = Frames()
        self._decoder: Any = None
        self._lost = self._gaps = self._told_dropped = 0
        self._pictures = 0
        self._last: Any = None
        self._thumb: Any = None
        self._changed = self._measured = self._came = now
        self._keyframe_asked = -KEYFRAME_EVERY
        self._keyframe_pause = KEYFRAME_EVERY
        self._stills: list[tuple[TakeStill, float]] = []

    def decode(self, now: float, until: Callable[[], bool]) -> None:
        """Decodes what waits; leaves the rest for the next turn once `until()` says that the time is over."""
        while self.inbox and not until():
            copy, at = self.inbox.popleft()
            if copy.begins:
                self._frames.restart(copy.sequence)
            self._frames.add(copy.sequence, copy.timestamp, copy.marker, copy.payload, at)
            self._take(now)
        self._take(now)

    def _take(self, now: float) -> None:
        for _, payloads in self._frames.take(now):
            if self._frames.gaps != self._gaps:
                self._gaps = self._frames.gaps
                self._give_up(now)
            frame = join_frame(self._watch.codec, payloads)
            if frame is None:
                self._give_up(now)
            elif frame.is_key or self._decoder is not None:
                self._feed(frame.data, frame.is_key, now)
            else:
                self._want_keyframe(now)

    def _feed(self, data: bytes, is_key: bool, now: float) -> None:
        try:
            if self._decoder is None:
                self._decoder = open_decoder(self._watch.codec)
            pictures = self._decoder.decode(av.Packet(data))
        except (av.error.FFmpegError, ValueError) as error:
            if isinstance(error, av.error.ArgumentError):  # what a decoder says to a size beyond its bound
                self._refuse_stills("picture_too_large")
            self._give_up(now)
            return
        for picture in pictures:
            self._pictures += 1
            self._last = picture
            self._came = now
            if is_key:
                self._give_stills(picture)

    def _give_up(self, now: float) -> None:
        self._decoder = None
        self._lost += 1
        self._want_keyframe(now)

    def _want_keyframe(self, now: float) -> None:
        if now - self._keyframe_asked >= self._keyframe_pause:
            self._keyframe_asked = now
            self._keyframe_pause = min(2 * self._keyframe_pause, KEYFRAME_SELDOM)
            self._tell(KeyframeWanted(key=self._watch.key))

    # --- stills ---------------------------------------------------------------------------------------------------

    def take_still(self, wanted: TakeStill, now: float) -> None:
        if len(self._stills) >= MOST_STILLS:
            self._tell(StillRefused(request=wanted.request, code="too_many_stills"))
            return
        self._stills.append((wanted, now + wanted.seconds))
        # Whatever waits in the inbox was sent before the question; the key frame that answers it comes after.
        self._keyframe_asked = now
        self._tell(KeyframeWanted(key=self._watch.key))

    def _give_stills(self, picture: Any) -> None:
        if not self._stills:
            return
        try:
            png = encode_png(picture)
        except (av.error.FFmpegError, ValueError):
            self._refuse_stills("not_encoded")
            return
        for wanted, _ in self._stills:
            self._tell(StillTaken(request=wanted.request, png=png, width=picture.width, height=picture.height))
        self._stills = []

    def _refuse_stills(self, code: str) -> None:
        for wanted, _ in self._stills:
            self._tell(StillRefused(request=wanted.request, code=code))
        self._stills = []

    # --- measures -------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        late = [one for one in self._stills if now >= one[1]]
        if late:
            self._stills = [one for one in self._stills if now < one[1]]
            for wanted, _ in late:
                self._tell(StillRefused(request=wanted.request, code="no_key_frame"))
        if self._stills and now - self._keyframe_asked >= STILL_ASKS_AGAIN:
            self._keyframe_asked = now  # a request is one small packet, and may be lost like any other
            self._tell(KeyframeWanted(key=self._watch.key))
        if now - self._measured >= self._watch.every:
            self._tell(self._measure(now))

    def _measure(self, now: float) -> PictureMeasured:
        passed, self._measured = now - self._measured, now
        picture, pictures = self._last, self._pictures
        lost = self._lost + self.dropped - self._told_dropped
        self._last, self._pictures, self._lost, self._told_dropped = None, 0, 0, self.dropped
        seen = PictureMeasured(
            key=self._watch.key,
            pictures=pictures,
            frames_per_second=round(pictures / passed, 1),
            absent_ms=round(1000 * (now - self._came)),
            unchanged_ms=round(1000 * (now - self._changed)),
            lost=lost,
        )
        if picture is None:
            return seen
        if not lost:
            self._keyframe_pause = max(KEYFRAME_EVERY, self._keyframe_pause / 2)
        luma = luma_of(picture, MEASURED_WIDTH)
        if self._thumb is None or differs(self._thumb, luma):
            self._changed = now
        self._thumb = luma
        exposure = measure_exposure(luma)
        shown = luma_of(picture, self._watch.luma_width) if self._watch.luma_width else luma[:0]
        return PictureMeasured(
            key=seen.key,
            pictures=pictures,
            frames_per_second=seen.frames_per_second,
            absent_ms=seen.absent_ms,
            unchanged_ms=round(1000 * (now - self._changed)),
            lost=lost,
            width=picture.width,
            height=picture.height,
            sharpness=round(measure_sharpness(luma), 5),
            mean_luma=round(exposure.mean, 1),
            white_per_mille=exposure.white_per_mille,
            black_per_mille=exposure.black_per_mille,
            luma=shown.tobytes(),
            luma_width=shown.shape[1] if shown.size else 0,
            luma_height=shown.shape[0] if shown.size else 0,
        )


class SoundTrack:
    """Opus packets need no company: each is decoded alone, a missing one is a missing 20 ms."""

    def __init__(self, watch: Watch, tell: Tell, now: float) -> None:
        self.inbox: deque[Arrived] = deque(maxlen=MOST_INBOX)
        self.dropped = 0
        self._watch = watch
        self._tell = tell
        self._decoder: Any = None
        self._heard: list[Any] = []
        self._kept = self._packets = self._lost = self._told_dropped = 0
        self._measured = self._sounded = now

    def decode(self, now: float, until: Callable[[], bool]) -> None:  # noqa: ARG002 a sound is judged at its interval
        while self.inbox and not until():
            payload = self.inbox.popleft()[0].payload
            if not payload:
                continue
            try:
                if self._decoder is None:
                    self._decoder = open_decoder("opus")
                blocks = self._decoder.decode(av.Packet(payload))
            except (av.error.FFmpegError, ValueError):
                self._decoder = None
                self._lost += 1
                continue
            self._packets += 1
            for block in blocks:
                samples = samples_of(block)
                if self._kept + samples.shape[-1] <= LONGEST_KEPT * RATE:
                    self._heard.append(samples)
                    self._kept += samples.shape[-1]

    def take_still(self, wanted: TakeStill, now: float) -> None:  # noqa: ARG002 a sound has no picture, at any time
        self._tell(StillRefused(request=wanted.request, code="not_watched"))

    def tick(self, now: float) -> None:
        if now - self._measured < self._watch.every:
            return
        self._measured = now
        heard, packets = self._heard, self._packets
        lost = self._lost + self.dropped - self._told_dropped
        self._heard, self._kept, self._packets, self._lost, self._told_dropped = [], 0, 0, 0, self.dropped
        loud = measure_loudness(np.concatenate(heard, axis=-1)) if heard else None
        if loud is not None and loud.level > SILENCE:
            self._sounded = now
        self._tell(
            SoundMeasured(
                key=self._watch.key,
                packets=packets,
                silent_ms=round(1000 * (now - self._sounded)),
                lost=lost,
                level=None if loud is None else round(max(loud.level, QUIETEST), 1),
                peak=None if loud is None else round(loud.peak, 1),
                clipped_per_mille=None if loud is None else loud.clipped_per_mille,
            )
        )


def open_decoder(codec: str) -> Any:
    if codec != "opus" and codec not in UNPACKED:
        raise ValueError(codec)
    decoder: Any = av.CodecContext.create("libopus" if codec == "opus" else codec, "r")
    if codec == "opus":
        decoder.sample_rate, decoder.layout = RATE, "stereo"
    else:
        decoder.thread_count = 1  # the machine's other cores belong to the workers
        decoder.options = {"max_pixels": str(MOST_PIXELS)}  # refused before memory for them is taken
    return decoder


def luma_of(picture: Any, width: int) -> Any:
    """The picture's luma in full range, at most `width` wide, its shape kept: height x width, 0..255."""
    wide = min(width, picture.width)
    high = max(2, round(picture.height * wide / picture.width))
    return picture.reformat(wide, high, "gray", interpolation="AREA").to_ndarray()


def differs(before: Any, now: Any) -> bool:
    """Not "not equal": an encoder refines what stands still for seconds, by less than an eye could tell."""
    return before.shape != now.shape or bool(np.abs(before.astype(np.int16) - now).mean() >= STANDSTILL)


def samples_of(block: Any) -> Any:
    """channels x time, -1..1."""
    samples = block.to_ndarray()
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 32_768
    channels = len(block.layout.channels)
    return samples if samples.shape[0] == channels else samples.reshape(-1, channels).T


def encode_png(picture: Any) -> bytes:
    """The whole picture at its own size, without any other word about where or when."""
    coloured = picture.reformat(format="rgb24")
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = coloured.width, coloured.height, "rgb24"
    encoder.time_base = Fraction(1, 1)
    packets = [*encoder.encode(coloured), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
