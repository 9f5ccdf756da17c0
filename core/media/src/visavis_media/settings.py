"""What a deployment decides about media: addresses, numbers of things, times.

Knows: every bound of the forwarder, with its unit in its name, its default and the range it may have.
Refuses to know: where the values are written down (the deployment file is the core's business).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = ["Limits", "MediaSettings"]

Some = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Bytes = Annotated[int, msgspec.Meta(ge=1_024, le=1 << 30)]
Seconds = Annotated[float, msgspec.Meta(ge=0.1, le=3_600)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every table, size and time of the forwarder has its bound here. docs/deploy.md says what each is for."""

    offer_bytes: Bytes = 65_536
    offer_sections: Annotated[int, msgspec.Meta(ge=1, le=64)] = 16
    offer_candidates: Annotated[int, msgspec.Meta(ge=1, le=1_024)] = 64
    offer_lines: Annotated[int, msgspec.Meta(ge=50, le=100_000)] = 4_000
    sessions: Some = 256  # per worker
    links_per_session: Some = 64
    links_per_participant: Some = 48
    publishers_per_session: Some = 16
    subscribers_per_publisher: Some = 32
    addresses_per_link: Annotated[int, msgspec.Meta(ge=2, le=64)] = 16
    sources_per_link: Annotated[int, msgspec.Meta(ge=2, le=256)] = 16
    packets_per_second_per_link: Annotated[int, msgspec.Meta(ge=100, le=100_000)] = 8_000
    bytes_per_link: Bytes = 24 * 1024 * 1024  # of packets kept for repair
    kept_packets: Literal[64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384] = 1_024  # per track; it is a ring
    silent_seconds: Seconds = 3.0
    gone_seconds: Seconds = 12.0
    setup_seconds: Seconds = 20.0
    handshake_seconds: Seconds = 10.0
    request_seconds: Seconds = 5.0
    worker_silent_seconds: Annotated[float, msgspec.Meta(ge=2, le=60)] = 4.0
    waiting_requests: Some = 256
    waiting_events: Some = 2_048
    connections: Some = 256  # ICE-TCP, per worker
    unproven_per_address: Some = 16  # of them, from one address and not yet proven by a check
    unproven_seconds: Seconds = 5.0
    idle_connection_seconds: Seconds = 30.0
    stalled_seconds: Seconds = 6.0  # a client that takes nothing for so long is hung up on
    # Past one of these, measured over some seconds, a worker takes no new session.
    admit_load: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.75  # of one core
    admit_lag_seconds: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.025


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`port` 0 lets the system choose; with several workers, worker *i* listens on `port + i`.

    `advertised` names the addresses put in answers when they differ from the machine's own (a public address before
    a one-to-one NAT). Empty means: every address of the machine that a browser will check.
    `drain_seconds`: how long a worker that was asked to end keeps the sessions it has.
    """

    host: str = "0.0.0.0"  # noqa: S104 media must be reachable from the tablet, that is its purpose
    port: int = 0
    advertised: tuple[str, ...] = ()
    loopback: bool = False
    tcp: bool = True  # ICE-TCP on the same port numbers, for networks that let no UDP through
    workers: int = 1
    drain_seconds: float = 30.0
    limits: Limits = Limits()
