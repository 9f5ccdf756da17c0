"""The eye: a process beside the media workers that decodes copies of what they forward.

Knows: its control line, the socket workers send copies to, the tracks it watches. Refuses to know: links, people, and
anything about the path; whatever happens here, no packet there waits.
`python -m visavis_media.eye <fd> <folder>` ends when its control line does. One thread: a decoder that hangs stops the
pulse, and whoever misses the pulse replaces the process.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import sys
from time import monotonic
from typing import Any

import av
import msgspec

from visavis_media import eye_messages
from visavis_media.eye_messages import EyeStarted, Forget, FromEye, Pulse, StillRefused, TakeStill, Watch
from visavis_media.eye_tracks import Track, track_of
from visavis_media.mirror import LARGEST_COPY, read_copy

__all__ = ["Eye", "main"]

TURN = 0.050  # seconds of decoding before the sockets are read again, so that the oldest copies go and not the newest
WAIT = 0.020
PULSE = 0.5
MOST_LINES = 64
MOST_TRACKS = 64
READ_AT_ONCE = 4_096  # copies from one worker before the next gets its turn
SEND_SECONDS = 5.0  # a control process that reads nothing for so long is gone
NICE = 10


class Eye:
    def __init__(self, line: socket.socket, path: str) -> None:
        self._line = line
        self._path = path
        self._tracks: dict[int, Track] = {}
        self._arrived = bytearray()
        self._selector = selectors.DefaultSelector()
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(eye_messages.ToEye)
        self._pulsed = 0.0
        self._lines = 0
        self._ended = False

    def run(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(self._path)
            listening.listen(MOST_LINES)
            listening.setblocking(False)
            self._selector.register(listening, selectors.EVENT_READ, self._accept)
            self._selector.register(self._line, selectors.EVENT_READ, self._listen)
            self._tell(EyeStarted(path=self._path))
            while not self._ended:
                self._turn()

    def _turn(self) -> None:
        waiting = any(track.inbox for track in self._tracks.values())
        for key, _ in self._selector.select(0 if waiting else WAIT):
            key.data(key.fileobj)
        now = monotonic()
        share = TURN / max(1, len(self._tracks))
        for track in list(self._tracks.values()):
            end = monotonic() + share
            track.decode(now, lambda end=end: monotonic() >= end)  # type: ignore[misc] # mypy infers no default
            track.tick(now)
        if now - self._pulsed >= PULSE:
            self._pulsed = now
            self._tell(Pulse())

    # --- the control process --------------------------------------------------------------------------------------

    def _listen(self, line: socket.socket) -> None:
        line.setblocking(False)
        try:
            data = line.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended = True
            return
        self._arrived += data
        while len(self._arrived) >= 4:
            size = int.from_bytes(self._arrived[:4])
            if len(self._arrived) < 4 + size:
                break
            body = bytes(self._arrived[4 : 4 + size])
            del self._arrived[: 4 + size]
            self._handle(self._decoder.decode(body))

    def _handle(self, message: Any) -> None:
        if isinstance(message, Watch):
            if len(self._tracks) < MOST_TRACKS or message.key in self._tracks:
                self._tracks[message.key] = track_of(message, self._tell, monotonic())
        elif isinstance(message, Forget):
            self._tracks.pop(message.key, None)
        elif isinstance(message, TakeStill):
            track = self._tracks.get(message.key)
            if track is None:
                self._tell(StillRefused(request=message.request, code="not_watched"))
            else:
                track.take_still(message, monotonic())

    def _tell(self, message: FromEye) -> None:
        body = self._encoder.encode(message)
        self._line.settimeout(SEND_SECONDS)
        try:
            self._line.sendall(len(body).to_bytes(4) + body)
        except OSError:
            self._ended = True

    # --- the workers ----------------------------------------------------------------------------------------------

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            line, _ = listening.accept()
            if self._lines >= MOST_LINES:
                line.close()
                return
            self._lines += 1
            line.setblocking(False)
            self._selector.register(line, selectors.EVENT_READ, self._drain)

    def _drain(self, line: socket.socket) -> None:
        now = monotonic()
        for _ in range(READ_AT_ONCE):
            try:
                copy = line.recv(LARGEST_COPY)
            except BlockingIOError:
                return
            except OSError:
                copy = b""
            if not copy:
                self._selector.unregister(line)
                line.close()
                self._lines -= 1
                return
            read = read_copy(copy)
            track = self._tracks.get(read.key) if read is not None else None
            if read is not None and track is not None:
                track.dropped = read.dropped
                track.inbox.append((read, now))


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the control process decides, by closing the line
    with contextlib.suppress(OSError):
        os.nice(NICE)
    av.logging.set_level(av.logging.PANIC)  # a decoder's complaints about damaged input are counted, not printed
    with socket.socket(fileno=int(sys.argv[1])) as line:
        Eye(line, os.path.join(sys.argv[2], "eye.sock")).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
