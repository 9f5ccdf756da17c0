"""Every private name of aiortc, aioice and pylibsrtp that we touch, and nothing else.

Knows: how those libraries look inside, at the pinned version. Refuses to know: links and packets.
`tests/media/test_aiortc_seam.py` fails when an upgrade changes one of them. Rejected: subclassing RTCPeerConnection
(it decodes what it receives) and aioice (one task wake-up and one exception per datagram).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import pylibsrtp
from aioice.ice import get_host_addresses
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp._binding import ffi, lib

__all__ = [
    "DatagramLine",
    "RTCCertificate",
    "create_transport",
    "host_addresses",
    "make_crypto",
    "remote_parameters",
    "srtp_sessions",
]

# 128-bit keys cost 10 to 20 % less per packet than 256-bit ones and are preferred by RFC 7714; CM-SHA1 comes last.
PROFILES = sorted(SRTP_PROFILES, key=lambda profile: profile is not SRTP_AEAD_AES_128_GCM)


class DatagramLine(Protocol):
    """What RTCDtlsTransport needs of an ICE transport."""

    role: str

    async def _recv(self) -> bytes: ...
    async def _send(self, data: bytes) -> None: ...


def create_transport(line: DatagramLine, certificate: RTCCertificate, role: str) -> Any:
    transport = RTCDtlsTransport(cast(Any, line), [certificate])
    transport._srtp_profiles = PROFILES
    transport._set_role(role)
    return transport


def remote_parameters(fingerprints: list[tuple[str, str]]) -> RTCDtlsParameters:
    return RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(algorithm=a, value=v) for a, v in fingerprints])


def srtp_sessions(transport: Any) -> tuple[pylibsrtp.Session, pylibsrtp.Session]:
    """(receiving, sending), valid once the handshake is done."""
    return transport._rx_srtp, transport._tx_srtp


def make_crypto(session: pylibsrtp.Session, operation: str, buffer: bytearray) -> Callable[[int], int]:
    """`operation` of libsrtp on `buffer` in place: takes the used size, returns the new size or minus the error code.

    The public methods copy the packet twice, allocate an int and raise on every forged packet. The closure keeps the
    session alive; the buffer must leave libsrtp's trailer room behind the used part, which the caller guarantees.
    """
    call = getattr(lib, operation)
    handle = session._srtp[0]
    area = ffi.from_buffer("unsigned char[]", buffer)
    size = ffi.new("int *")

    def run(used: int, _alive: pylibsrtp.Session = session) -> int:
        size[0] = used
        status: int = call(handle, area, size)
        return -status if status else size[0]

    return run


def host_addresses() -> list[str]:
    """The machine's addresses without loopback and link-local ones, IPv4 first."""
    found: list[str] = get_host_addresses(use_ipv4=True, use_ipv6=True)
    return sorted(found, key=lambda address: ":" in address)
