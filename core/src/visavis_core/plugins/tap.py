"""A plugin alone in a process, shown one picture after the other.

Knows: its entry point, its configuration, and the line to the house. Refuses to know: media, acts, other plugins.
`python -m visavis_core.plugins.tap <fd>` ends when the line does. The house bounds its time; what hangs is killed.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import threading
import time
from typing import Any

import msgspec
from visavis_sdk.hooks import Spec
from visavis_sdk.hosting import Failure, Hooks
from visavis_sdk.media import Observation, PictureSeen

__all__ = ["LARGEST_TAP_FRAME", "TapAnswer", "TapStart", "main"]

LARGEST_TAP_FRAME = 8 * 1024 * 1024
NICE = 10


class TapStart(msgspec.Struct, frozen=True, kw_only=True):
    plugin: str
    entry: str  # module:attribute
    config: dict[str, Any] = {}


class TapAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """To each picture one; `failure` instead of a missing answer, or beside a late one."""

    observations: tuple[Observation, ...] = ()
    failure: Failure | None = None


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the house decides, by closing the line
    with contextlib.suppress(OSError):
        os.nice(NICE)
    threading.Thread(target=leave_with, args=(os.getppid(),), daemon=True).start()
    with socket.socket(fileno=int(sys.argv[1])) as line, line.makefile("rwb") as stream:
        start = msgspec.msgpack.decode(read(stream), type=TapStart)
        failures: list[Failure] = []
        module, _, attribute = start.entry.partition(":")
        plugin = getattr(importlib.import_module(module), attribute)(start.config)
        hooks = Hooks({start.plugin: plugin}, on_failure=failures.append)
        write(stream, TapAnswer())
        decoder = msgspec.msgpack.Decoder(PictureSeen)
        while body := read(stream):
            failures.clear()
            answers = hooks.collect(Spec.observe_picture, context=decoder.decode(body))
            observations = tuple(one for answer in answers for one in answer.value)
            write(stream, TapAnswer(observations=observations, failure=failures[0] if failures else None))
    return 0


def leave_with(house: int) -> None:
    """A plugin that hangs never sees the line close; a house that was killed must not leave it behind."""
    while os.getppid() == house:
        time.sleep(1)
    os._exit(0)


def read(stream: Any) -> bytes:
    """The next frame's body, empty at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return b""
    size = int.from_bytes(head)
    if size > LARGEST_TAP_FRAME:
        raise ValueError("frame too large")
    body: bytes = stream.read(size)
    return body if len(body) == size else b""


def write(stream: Any, answer: TapAnswer) -> None:
    body = msgspec.msgpack.encode(answer)
    stream.write(len(body).to_bytes(4) + body)
    stream.flush()


if __name__ == "__main__":
    raise SystemExit(main())
