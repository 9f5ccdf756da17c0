"""The private names we lean on are still there, and do what we believe, in the pinned versions."""

from __future__ import annotations

import importlib.metadata
import inspect

import pylibsrtp
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from visavis_media import aiortc_seam


class Line:
    role = "controlled"

    async def _recv(self) -> bytes:
        raise ConnectionError

    async def _send(self, data: bytes) -> None:
        raise ConnectionError


def test_aiortc_is_the_version_this_was_read_in() -> None:
    assert importlib.metadata.version("aiortc") == "1.16.0"


def test_a_transport_has_the_private_names() -> None:
    transport = aiortc_seam.create_transport(Line(), RTCCertificate.generateCertificate(), "server")
    assert transport._role == "server"
    assert transport._rx_srtp is transport._tx_srtp is None
    assert [profile.openssl_profile for profile in transport._srtp_profiles][:2] == [
        b"SRTP_AEAD_AES_128_GCM",
        b"SRTP_AEAD_AES_256_GCM",
    ]
    assert transport.state == "new"


def test_the_transport_reads_only_through_the_line_we_give_it() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    assert "self.transport._recv()" in source
    assert "self.transport._send(data)" in source
    for name in ("_set_role", "_setup_srtp", "_validate_peer_identity"):
        assert hasattr(RTCDtlsTransport, name)


def test_in_place_crypto_gives_what_the_public_methods_give() -> None:
    def session(kind: int) -> pylibsrtp.Session:
        profile = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM
        return pylibsrtp.Session(pylibsrtp.Policy(key=bytes(28), ssrc_type=kind, srtp_profile=profile))

    packet = b"\x80\x60\x00\x01" + bytes(4) + b"\x00\x00\x00\x07" + b"payload" * 10
    sealed = session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND).protect(packet)
    buffer = bytearray(2_048)
    buffer[: len(packet)] = packet
    size = aiortc_seam.make_crypto(session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND), "srtp_protect", buffer)(len(packet))
    assert bytes(buffer[:size]) == sealed

    opening = aiortc_seam.make_crypto(session(pylibsrtp.Policy.SSRC_ANY_INBOUND), "srtp_unprotect", buffer)
    size = opening(size)
    assert bytes(buffer[:size]) == packet
    buffer[: len(sealed)] = sealed
    assert opening(len(sealed)) < 0, "a replay is refused by its number, without an exception"
