"""What a deployment decides about media: addresses, numbers of things, times.

Knows: every bound of the forwarder, with its unit in its name.
Refuses to know: where the values are written down (the deployment file is the core's business).
"""

from __future__ import annotations

import msgspec

__all__ = ["Limits", "MediaSettings"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every table, size and time of the forwarder has its bound here."""

    offer_bytes: int = 65_536
    offer_sections: int = 16
    offer_candidates: int = 64
    offer_lines: int = 4_000
    sessions: int = 256
    links_per_session: int = 64
    publishers_per_session: int = 16
    subscribers_per_publisher: int = 32
    addresses_per_link: int = 16
    sources_per_link: int = 16
    packets_per_second_per_link: int = 8_000
    kept_packets: int = 1_024  # per video track; a power of two, it is a ring
    silent_seconds: float = 3.0
    gone_seconds: float = 12.0
    setup_seconds: float = 20.0
    handshake_seconds: float = 10.0
    request_seconds: float = 5.0
    waiting_requests: int = 256
    waiting_events: int = 2_048
    connections: int = 256  # ICE-TCP, per worker
    unproven_per_address: int = 16  # of them, from one address and not yet proven by a check
    unproven_seconds: float = 5.0
    idle_connection_seconds: float = 30.0
    stalled_seconds: float = 6.0  # a client that takes nothing for so long is hung up on


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`port` 0 lets the system choose; with several workers, worker *i* listens on `port + i`.

    `advertised` names the addresses put in answers when they differ from the machine's own (a public address before
    a one-to-one NAT). Empty means: every address of the machine that a browser will check.
    """

    host: str = "0.0.0.0"  # noqa: S104 media must be reachable from the tablet, that is its purpose
    port: int = 0
    advertised: tuple[str, ...] = ()
    loopback: bool = False
    tcp: bool = True  # ICE-TCP on the same port numbers, for networks that let no UDP through
    workers: int = 1
    limits: Limits = Limits()
