"""One end of a link as the load generator plays it: ICE, DTLS and SRTP of a browser, driven by somebody else's loop.

Knows: its socket, its keys, what its description says. Refuses to know: when to send, what is measured.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable

import pylibsrtp
from visavis_media import aiortc_seam, ice_lite
from visavis_media.aiortc_seam import RTCCertificate
from visavis_media.dtls import Handshake
from visavis_media.plan import Fingerprint, IceCredentials
from visavis_media.rtp import is_rtcp
from visavis_media.srtp import Workspace

__all__ = ["CODECS", "EXTENSIONS", "OPUS", "VP8", "LoadPeer"]

VP8, VP8_REPAIR, OPUS = 96, 97, 111
# (id, name): what a browser offers and a forwarder may take; the ids are Chromium's.
EXTENSIONS = {
    2: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    3: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    4: "urn:ietf:params:rtp-hdrext:sdes:mid",
}
CODECS = {
    "audio": (
        f"{OPUS}",
        [
            f"a=rtpmap:{OPUS} opus/48000/2",
            f"a=rtcp-fb:{OPUS} transport-cc",
            f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
        ],
    ),
    "video": (
        f"{VP8} {VP8_REPAIR}",
        [f"a=rtpmap:{VP8} VP8/90000"]
        + [f"a=rtcp-fb:{VP8} {one}" for one in ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")]
        + [f"a=rtpmap:{VP8_REPAIR} rtx/90000", f"a=fmtp:{VP8_REPAIR} apt={VP8}"],
    ),
}
# Janus makes its end of the handshake only some ms after it answered a check. A browser repeats a lost first flight
# after 50 ms, OpenSSL (which we use) after a second: everybody gets these 20 ms, and nobody is charged that second.
HELLO_DELAY = 0.02
WORKSPACE = Workspace()  # one thread, one peer at work at a time


class LoadPeer:
    """`on_media(size)` and `on_control(size)` are called with the opened packet in `WORKSPACE.incoming`."""

    def __init__(self, host: str, certificate: RTCCertificate) -> None:
        self.certificate = certificate
        self.host = host
        self.local = IceCredentials(ufrag=secrets.token_hex(4), password=secrets.token_hex(16))
        self.remote = IceCredentials(ufrag="", password="")
        self.channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.channel.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self.channel.setsockopt(socket.SOL_SOCKET, option, 4 * 1024 * 1024)
        self.channel.bind((host, 0))
        self.server: tuple[str, int] = ("", 0)
        self.checked = self.connected = False
        self.failure = ""
        self.ssrcs = {"audio": secrets.randbits(31) | 1, "video": secrets.randbits(31) | 1}
        self.on_media: Callable[[int], None] = lambda _size: None
        self.on_control: Callable[[int], None] = lambda _size: None
        self._handshake: Handshake | None = None

    # --- descriptions ---------------------------------------------------------------------------------------------

    def offer(self, direction: str) -> str:
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1", "a=msid-semantic: WMS *"]
        for mid, (kind, (numbers, codec)) in enumerate(CODECS.items()):
            lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"]
            lines += [*self._transport("actpass"), f"a=mid:{mid}", f"a={direction}", "a=rtcp-mux", *codec]
            lines += [f"a=extmap:{number} {uri}" for number, uri in EXTENSIONS.items()]
            if direction == "sendonly":
                lines += [f"a=msid:load {kind}", f"a=ssrc:{self.ssrcs[kind]} cname:load"]
        return "\r\n".join(lines) + "\r\n"

    def answer(self, offer: str) -> str:
        """To a server that offers (Janus): everything it proposes is taken."""
        header, *sections = offer.replace("\r\n", "\n").split("\nm=")
        bundle = next(line for line in header.split("\n") if line.startswith("a=group:"))
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", bundle, "a=msid-semantic: WMS *"]
        kept = ("a=mid:", "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")
        for section in sections:
            first, *rest = section.split("\n")
            lines += [f"m={first}", "c=IN IP4 0.0.0.0", *self._transport("active"), "a=recvonly", "a=rtcp-mux"]
            lines += [line.strip() for line in rest if line.startswith(kept)]
        return "\r\n".join(lines) + "\r\n"

    def _transport(self, setup: str) -> list[str]:
        value = next(f for f in self.certificate.getFingerprints() if f.algorithm == "sha-256").value
        port = self.channel.getsockname()[1]
        return [
            f"a=ice-ufrag:{self.local.ufrag}", f"a=ice-pwd:{self.local.password}", f"a=fingerprint:sha-256 {value}",
            f"a=setup:{setup}", f"a=candidate:1 1 udp 2130706431 {self.host} {port} typ host", "a=end-of-candidates",
        ]  # fmt: skip

    def take_description(self, text: str) -> None:
        """The other side's offer or answer. `a=floor-key` stands for keys agreed without a handshake."""
        attributes = [line[2:].partition(":") for line in text.splitlines() if line.startswith("a=")]
        first = {name: value.strip() for name, _, value in reversed(attributes)}
        candidates = [value.split() for name, _, value in attributes if name == "candidate"]
        self.server = next((w[4], int(w[5])) for w in candidates if w[4] == self.host and w[2].lower() == "udp")
        self.channel.connect(self.server)
        if "floor-key" in first:
            key = bytes.fromhex(first["floor-key"])
            self._take_keys(*(shared_key_session(key, kind) for kind in ("inbound", "outbound")))
            self.channel.send(bytes.fromhex(first["floor-token"]))
            self.checked = self.connected = True
            return
        self.remote = IceCredentials(ufrag=first["ice-ufrag"], password=first["ice-pwd"])
        algorithm, _, value = first["fingerprint"].partition(" ")
        role = "client" if first["setup"] in ("passive", "actpass") else "server"
        fingerprint = Fingerprint(algorithm=algorithm, value=value)
        self._handshake = Handshake(self.certificate, role, (fingerprint,), self.write)

    # --- datagrams ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """A connectivity check that nominates; also what keeps consent (RFC 7675)."""
        if self._handshake is None:
            return
        username = f"{self.remote.ufrag}:{self.local.ufrag}".encode()
        body = ice_lite.attribute(ice_lite.USERNAME, username) + ice_lite.attribute(0x0024, bytes([126, 0, 0, 255]))
        body += ice_lite.attribute(0x802A, b"loadpeer") + ice_lite.attribute(ice_lite.USE_CANDIDATE, b"")
        password = self.remote.password.encode()
        self.write(ice_lite.seal(ice_lite.BINDING_REQUEST, secrets.token_bytes(12), body, password))

    def write(self, data: bytes) -> None:
        try:
            self.channel.send(data)
        except OSError:
            return

    def drain(self) -> None:
        receive, incoming = self.channel.recv_into, WORKSPACE.incoming
        while True:
            try:
                size = receive(incoming)
            except OSError:
                return
            first = incoming[0]
            if 127 < first < 192:
                if self.connected:
                    self._open(size)
            elif first < 4:
                self._take_check(bytes(incoming[:size]))
            elif 19 < first < 64 and self._handshake is not None:
                self._handshake.accept(bytes(incoming[:size]))

    def _open(self, size: int) -> None:
        if is_rtcp(WORKSPACE.incoming[1]):
            opened = self.open_control(size)
            if opened > 0:
                self.on_control(opened)
        else:
            opened = self.open(size)
            if opened > 0:
                self.on_media(opened)

    def _take_check(self, data: bytes) -> None:
        if data[:2] == ice_lite.BINDING_SUCCESS.to_bytes(2):
            if not self.checked:
                self.checked = True
                asyncio.get_running_loop().call_later(HELLO_DELAY, self._greet)
            return
        check = ice_lite.read_check(data)
        if check is not None:
            self.write(ice_lite.answer_check(check, *self.server, self.local.password.encode()))

    def _greet(self) -> None:
        if self._handshake is not None:
            self._handshake.start(10.0, self._finish)

    def send_control(self, packet: bytes) -> None:
        area = WORKSPACE.control
        area[: len(packet)] = packet
        size = self.seal_control(len(packet))
        if size > 0:
            self.write(bytes(area[:size]))

    # --- keys -----------------------------------------------------------------------------------------------------

    def _finish(self, reason: str) -> None:
        if reason:
            self.failure = reason
            self.connected = False
        elif self._handshake is not None:
            self._take_keys(*self._handshake.sessions())
            self.connected = True

    def _take_keys(self, receiving: pylibsrtp.Session, sending: pylibsrtp.Session) -> None:
        make = aiortc_seam.make_crypto
        self.open = make(receiving, "srtp_unprotect", WORKSPACE.incoming)
        self.open_control = make(receiving, "srtp_unprotect_rtcp", WORKSPACE.incoming)
        self.seal = make(sending, "srtp_protect", WORKSPACE.outgoing)
        self.seal_control = make(sending, "srtp_protect_rtcp", WORKSPACE.control)

    async def close(self) -> None:
        if self._handshake is not None:
            await self._handshake.close()
        self.channel.close()


def shared_key_session(key: bytes, direction: str) -> pylibsrtp.Session:
    kind = {"inbound": pylibsrtp.Policy.SSRC_ANY_INBOUND, "outbound": pylibsrtp.Policy.SSRC_ANY_OUTBOUND}[direction]
    profile = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    policy = pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=profile)
    policy.window_size = 1_024
    return pylibsrtp.Session(policy)
