"""What the control process and a worker say to each other, and how it is framed on their socket.

Knows: shapes and the bound of a frame. Refuses to know: what either side does about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from visavis_media.plan import Fingerprint, LinkPlan
from visavis_media.settings import Limits

__all__ = [
    "FAILED",
    "Builder",
    "CloseLink",
    "CloseSession",
    "Done",
    "Draining",
    "LinkClosed",
    "LinkConnected",
    "LinkSilent",
    "LinkStats",
    "OpenLink",
    "OpenSession",
    "Ready",
    "Refused",
    "RequestKeyframe",
    "RequestRefused",
    "RestartIce",
    "Start",
    "StartMirror",
    "Started",
    "StatsSummary",
    "StopMirror",
    "TrackStats",
    "WorkerLost",
    "read_frame",
    "read_message",
    "write_frame",
]

MAX_FRAME = 1_048_576
FAILED = "failed"  # the code of a refusal that was no decision but a fault of the worker


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all; `request` 0 = nobody waits for an answer."""


class Ready(Message, frozen=True, kw_only=True):
    """The process has loaded what it needs and waits for `Start`; without a port yet, it may replace any worker."""


class Start(Message, frozen=True, kw_only=True):
    host: str
    port: int
    loopback: bool
    tcp: bool = True
    limits: Limits


class Started(Message, frozen=True, kw_only=True):
    addresses: tuple[tuple[str, int], ...]
    fingerprint: Fingerprint


class OpenSession(Message, frozen=True, kw_only=True):
    """`again`: it was admitted before, on a worker that is gone; it is not judged a second time."""

    request: int
    session: str
    again: bool = False


class Draining(Message, frozen=True, kw_only=True):
    """The worker was asked to end (SIGTERM): it keeps what it has and takes no new session."""


class OpenLink(Message, frozen=True, kw_only=True):
    request: int
    plan: LinkPlan


class RestartIce(Message, frozen=True, kw_only=True):
    request: int
    plan: LinkPlan


class CloseLink(Message, frozen=True, kw_only=True):
    request: int
    link: str
    reason: str = "closed"


class CloseSession(Message, frozen=True, kw_only=True):
    request: int
    session: str


class RequestKeyframe(Message, frozen=True, kw_only=True):
    request: int
    link: str


class StartMirror(Message, frozen=True, kw_only=True):
    """Copies a published track to the eye that listens at `path`, under `key`."""

    request: int
    link: str
    kind: str
    key: int
    path: str


class StopMirror(Message, frozen=True, kw_only=True):
    request: int
    key: int


class Done(Message, frozen=True, kw_only=True):
    request: int


class Refused(Message, frozen=True, kw_only=True):
    request: int
    code: str


class LinkConnected(Message, frozen=True, kw_only=True):
    """Checked, handshaken, keyed: media can flow. `seconds` since the link was opened."""

    session: str
    link: str
    seconds: float


class LinkSilent(Message, frozen=True, kw_only=True):
    """Nothing authentic was heard for `seconds`; `LinkClosed` follows if it lasts. `back` = it is heard again."""

    session: str
    link: str
    seconds: float
    back: bool = False


class LinkClosed(Message, frozen=True, kw_only=True):
    """`reason`: closed, session_closed, publisher_closed, gone, never_connected, handshake_failed, handshake_timeout,
    closed_by_peer, worker_lost, worker_drained."""

    session: str
    link: str
    reason: str


class TrackStats(Message, frozen=True, kw_only=True):
    """Of the last second, except `lost` (total). `jitter` and `round_trip` in seconds, `bitrate` in bits per second.

    `frozen`: seconds in which a sent picture did not move; None where that means nothing (sound, a picture at rest).
    """

    kind: str
    packets: int
    bitrate: int
    lost: int
    jitter: float
    round_trip: float
    repaired: int
    nacks: int
    keyframe_requests: int
    frozen: float | None = None


class LinkStats(Message, frozen=True, kw_only=True):
    session: str
    link: str
    publisher: str
    tracks: tuple[TrackStats, ...]
    rejected: int
    allowed_bitrate: int = 0


class StatsSummary(Message, frozen=True, kw_only=True):
    """One per second and worker; counts are of that second.

    Datagrams dropped by cause: `foreign` (no proven address), `malformed`, `rejected` (from a proven address, but not
    authentic, replayed, or above the link's rate), `unsent` (the socket would not take it), `faults` (an exception in
    the loop: none is expected). `load`: share of one core. `lag`: mean lateness of the tick, seconds. `latency`:
    sampled forwarded packets per bucket of `latency.BUCKETS` and one beyond, `latency_seconds` their sum. `capacity`:
    packets per second that this worker could forward at its ceiling; 0 = not known yet. `busy`: why it takes no new
    session, empty if it does.
    """

    links: tuple[LinkStats, ...]
    received: int
    sent: int
    foreign: int
    malformed: int
    unsent: int
    load: float
    rejected: int = 0
    faults: int = 0
    lag: float = 0.0
    latency: tuple[int, ...] = ()
    latency_seconds: float = 0.0
    capacity: int = 0
    sessions: int = 0
    open_links: int = 0
    memory: int = 0  # bytes resident
    busy: str = ""


class WorkerLost(Message, frozen=True, kw_only=True):
    """A worker process is gone; its links are gone, its sessions are open again on its replacement.

    `cause`: died, silent (it ran but did not speak), drained. `seconds` from the loss to the replacement.
    """

    worker: int
    sessions: tuple[str, ...]
    links: tuple[str, ...]
    cause: str = "died"
    seconds: float = 0.0


class RequestRefused(Exception):  # noqa: N818 a refusal with its code, not a fault
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Builder = Callable[[int], Message]  # from a request number to the message that carries it
ToWorker = (
    Start | OpenSession | OpenLink | RestartIce | CloseLink | CloseSession | RequestKeyframe | StartMirror | StopMirror
)
FromWorker = Ready | Started | Done | Refused | Draining | LinkConnected | LinkSilent | LinkClosed | StatsSummary

Decoded = TypeVar("Decoded")
_encoder = msgspec.msgpack.Encoder()


def write_frame(writer: asyncio.StreamWriter, message: Message) -> None:
    body = _encoder.encode(message)
    writer.write(len(body).to_bytes(4) + body)


def read_message(decoder: msgspec.msgpack.Decoder[Decoded], body: bytes) -> Decoded:
    """The message in a frame. ConnectionError for any other bytes: a line that carries nonsense is no line any more."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # the latter is not among msgspec's own
        raise ConnectionError("not a message") from error


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame's body; raises EOFError or ConnectionError when the other side is gone."""
    size = int.from_bytes(await reader.readexactly(4))
    if size > MAX_FRAME:
        raise ConnectionError("frame too large")
    return await reader.readexactly(size)
