"""A device, a file or a screen, opened by PyAV and read in a thread of its own until it ends or goes away.

Knows: how each kind of source is named and opened, and pacing of files. Refuses to know: encoding and networks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import msgspec

__all__ = ["BadSource", "SourceSpec", "SourceThread", "parse_source"]

KINDS = ("file", "v4l2", "alsa", "rtsp", "rtsps", "screen")
OPEN_SECONDS, READ_SECONDS = 8.0, 5.0
Frame = tuple[str, Any]  # "video" | "audio", an av frame


class BadSource(ValueError):  # noqa: N818 a refusal in the house's words
    """`code`: unknown_kind, no_name. The text is for who typed it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What `av.open` is given. `paced`: it delivers as fast as it is read, so that time has to be kept here."""

    kind: str
    name: str
    format: str = ""
    options: dict[str, str] = {}
    paced: bool = False
    again: bool = False


def parse_source(text: str, *, width: int = 0, height: int = 0, rate: int = 0, again: bool = True) -> SourceSpec:
    """`file:PATH` (or a path), `v4l2:/dev/video0`, `alsa:hw:1`, `rtsp://…`, `screen:` (or `screen::0.0+10,20`)."""
    kind, colon, rest = text.partition(":")
    if kind in ("rtsp", "rtsps"):
        # A camera that stops answering must not hold the reader: `timeout` is in microseconds.
        options = {"rtsp_transport": "tcp", "timeout": str(round(READ_SECONDS * 1_000_000))}
        return SourceSpec(kind=kind, name=text, options=options)
    if not colon or kind not in KINDS:
        if colon and "/" not in kind and "." not in kind:
            raise BadSource("unknown_kind", f"{kind!r}: one of {', '.join(KINDS)}")
        kind, rest = "file", text
    if kind == "file":
        if not rest:
            raise BadSource("no_name", "file: needs a path")
        return SourceSpec(kind="file", name=rest, paced=True, again=again)
    if kind == "screen":
        options = {"framerate": str(rate or 15), "draw_mouse": "0"}
        if width and height:
            options["video_size"] = f"{width}x{height}"
        return SourceSpec(kind="screen", name=rest or ":0.0", format="x11grab", options=options)
    if not rest:
        raise BadSource("no_name", f"{kind}: needs a device")
    if kind == "alsa":
        return SourceSpec(kind="alsa", name=rest, format="alsa", options={"channels": "2", "sample_rate": "48000"})
    options = {"framerate": str(rate)} if rate else {}
    if width and height:
        options["video_size"] = f"{width}x{height}"
    return SourceSpec(kind="v4l2", name=rest, format="v4l2", options=options)


class SourceThread:
    """Gives every frame to `take` from its own thread until `stop`, the end, or an error. `gone` says that it ended.

    A read that never returns (a USB device pulled out at the wrong moment) cannot be ended from outside: the thread is
    left behind and dies with the process.
    """

    def __init__(self, spec: SourceSpec, kinds: frozenset[str], take: Callable[[str, Any], None]) -> None:
        self.spec = spec
        self.gone = threading.Event()
        self.error = ""
        self.read_at = time.monotonic()
        self._kinds = kinds
        self._take = take
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bridge-source", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def is_stuck(self) -> bool:
        return not self.gone.is_set() and time.monotonic() - self.read_at > OPEN_SECONDS + READ_SECONDS

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._read_once()
                if not self.spec.again:
                    break
        except (av.error.FFmpegError, OSError, ValueError) as error:
            self.error = type(error).__name__  # the class alone: a text may name what was filmed
        finally:
            self.gone.set()

    def _read_once(self) -> None:
        if self.spec.kind == "file" and not Path(self.spec.name).is_file():
            raise FileNotFoundError
        container = av.open(
            self.spec.name,
            format=self.spec.format or None,
            options=dict(self.spec.options),
            timeout=(OPEN_SECONDS, READ_SECONDS),
        )
        with container:
            started = time.monotonic()
            for kind, frame in self._frames(container):
                if self._stopping.is_set() or (self.spec.kind == "file" and not Path(self.spec.name).exists()):
                    break
                self.read_at = time.monotonic()
                if self.spec.paced and frame.time is not None:
                    wait = started + frame.time - time.monotonic()
                    if wait > 0 and self._stopping.wait(min(wait, 5.0)):
                        break
                self._take(kind, frame)

    def _frames(self, container: Any) -> Iterator[Frame]:
        streams = [
            stream
            for kind, found in (("video", container.streams.video), ("audio", container.streams.audio))
            if kind in self._kinds
            for stream in found[:1]
        ]
        if not streams:
            raise ValueError("no stream of the wanted kind")
        for packet in container.demux(*streams):
            for frame in packet.decode():
                yield packet.stream.type, frame
