"""A WebRTC peer without a browser, for tests and benchmarks: real ICE, DTLS and SRTP, packets of one's own making.

Knows: how to offer, connect, send and receive exact bytes. Refuses to know: codecs; a payload is any bytes.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from visavis_media import ice_lite
from visavis_media.aiortc_seam import RTCCertificate
from visavis_media.control import MediaControl
from visavis_media.dtls import Handshake
from visavis_media.messages import LinkConnected
from visavis_media.plan import Fingerprint, IceCredentials
from visavis_media.rtp import is_rtcp
from visavis_media.srtp import Keys, Workspace

__all__ = ["OfferedTrack", "SyntheticPeer", "eventually", "pack_rtp"]

MOST_KEPT = 100_000
CHECK_INTERVAL = 0.05
VIDEO_FEEDBACK = ("goog-remb", "nack", "nack pli", "ccm fir")


class OfferedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """`codec` as in a=rtpmap; `rtx` -1 = none offered."""

    kind: str
    codec: str
    payload_type: int
    rtx: int = -1
    parameters: str = ""
    feedback: tuple[str, ...] = ()
    extensions: tuple[tuple[int, str], ...] = ()
    attributes: tuple[str, ...] = ()  # further lines of the section, without `a=`


class SyntheticPeer:
    """Use: `sdp = peer.offer("sendonly", tracks)`, `await peer.connect(answer)`, then `send` and `received`."""

    def __init__(self, host: str) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        self.local = IceCredentials(ufrag=secrets.token_hex(4), password=secrets.token_hex(16))
        self.host = host
        self.channel = self._open()
        self.remote = IceCredentials(ufrag="", password="")
        self.server: tuple[str, int] = ("", 0)
        self.workspace = Workspace()
        self.keys: Keys | None = None
        self.received: deque[bytes] = deque(maxlen=MOST_KEPT)
        self.controls: deque[bytes] = deque(maxlen=MOST_KEPT)
        self.answered = 0  # checks answered by the server
        self.failure = ""
        self.on_packet: Callable[[bytes], None] = self.received.append
        self._handshake: Handshake | None = None

    def offer(self, direction: str, tracks: Sequence[OfferedTrack], setup: str = "actpass") -> str:
        value = next(f for f in self.certificate.getFingerprints() if f.algorithm == "sha-256").value
        mids = " ".join(str(index) for index in range(len(tracks)))
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {mids}"]
        for index, track in enumerate(tracks):
            numbers = f"{track.payload_type} {track.rtx}" if track.rtx >= 0 else str(track.payload_type)
            lines += [
                f"m={track.kind} 9 UDP/TLS/RTP/SAVPF {numbers}",
                "c=IN IP4 0.0.0.0",
                f"a=mid:{index}",
                f"a={direction}",
                "a=rtcp-mux",
                f"a=ice-ufrag:{self.local.ufrag}",
                f"a=ice-pwd:{self.local.password}",
                f"a=fingerprint:sha-256 {value}",
                f"a=setup:{setup}",
                f"a=rtpmap:{track.payload_type} {track.codec}",
                *[f"a=rtcp-fb:{track.payload_type} {one}" for one in track.feedback],
                *[f"a=extmap:{number} {uri}" for number, uri in track.extensions],
                *[f"a={attribute}" for attribute in track.attributes],
            ]
            if track.parameters:
                lines.append(f"a=fmtp:{track.payload_type} {track.parameters}")
            if track.rtx >= 0:
                clock = track.codec.split("/")[1]
                lines += [f"a=rtpmap:{track.rtx} rtx/{clock}", f"a=fmtp:{track.rtx} apt={track.payload_type}"]
        return "\r\n".join(lines) + "\r\n"

    async def join(self, control: MediaControl, link: str, answer: str) -> None:
        """`connect`, until the server too has its keys: what is sent to a link before is dropped, as it must be."""
        connected = asyncio.create_task(hear_of(control, link))
        await asyncio.sleep(0)  # it listens from its first step on
        await self.connect(answer)
        await asyncio.wait_for(connected, 10)

    async def connect(self, answer: str, seconds: float = 10.0) -> None:
        """Checks the first candidate of its own address family until it answers, then does the handshake.

        Raises TimeoutError, or ConnectionError when the handshake was refused.
        """
        attributes = [line[2:].partition(":") for line in answer.splitlines() if line.startswith("a=")]
        first = {name: value for name, _, value in reversed(attributes)}
        self.remote = IceCredentials(ufrag=first["ice-ufrag"], password=first["ice-pwd"])
        reachable = (value.split() for name, _, value in attributes if name == "candidate")
        self.server = next((w[4], int(w[5])) for w in reachable if (":" in w[4]) == (":" in self.host))
        algorithm, _, value = first["fingerprint"].partition(" ")
        role = "server" if first["setup"] == "active" else "client"
        self._handshake = Handshake(
            self.certificate, role, (Fingerprint(algorithm=algorithm, value=value),), self._write
        )
        async with asyncio.timeout(seconds):
            while not self.answered:
                self.check()
                await eventually(lambda: self.answered, CHECK_INTERVAL, strict=False)
            self._handshake.start(seconds, self._finish)
            await eventually(lambda: self.keys or self.failure, seconds)
        if self.failure:
            raise ConnectionError(self.failure)

    def check(self, nominate: bool = True, channel: socket.socket | None = None) -> bytes:
        """Sends one connectivity check; returns its bytes."""
        username = f"{self.remote.ufrag}:{self.local.ufrag}".encode()
        body = ice_lite.attribute(ice_lite.USERNAME, username) + ice_lite.attribute(0x0024, bytes(4))
        if nominate:
            body += ice_lite.attribute(ice_lite.USE_CANDIDATE, b"")
        message = ice_lite.seal(ice_lite.BINDING_REQUEST, secrets.token_bytes(12), body, self.remote.password.encode())
        (channel or self.channel).sendto(message, self.server)
        return message

    def send(self, packet: bytes) -> None:
        """One RTP packet, sealed."""
        if self.keys is None:
            raise ConnectionError("not connected")
        self.workspace.outgoing[: len(packet)] = packet
        size = self.keys.seal(len(packet))
        if size > 0:
            self.channel.sendto(self.workspace.outgoing_view[:size], self.server)

    def send_control(self, packet: bytes) -> None:
        if self.keys is not None:
            self.channel.sendto(self.keys.seal_control(packet), self.server)

    def move(self) -> None:
        """Goes on from another port, as after a change of network; the server learns it at the next check."""
        self._leave()
        self.channel = self._open()

    async def close(self) -> None:
        if self._handshake is not None:
            await self._handshake.close()
        self._leave()

    def vanish(self) -> None:
        """Goes without a word, as when the power fails."""
        self._leave()

    def _open(self) -> socket.socket:
        channel = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_DGRAM)
        channel.setblocking(False)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        channel.bind((self.host, 0))
        asyncio.get_running_loop().add_reader(channel, self._drain)
        return channel

    def _leave(self) -> None:
        asyncio.get_running_loop().remove_reader(self.channel)
        self.channel.close()

    def _write(self, data: bytes) -> None:
        self.channel.sendto(data, self.server)

    def _finish(self, reason: str) -> None:
        if reason:
            self.failure = reason
        elif self._handshake is not None:
            self.keys = Keys(self._handshake, self.workspace)

    def _drain(self) -> None:
        while True:
            try:
                size = self.channel.recv_into(self.workspace.incoming)
            except OSError:
                return
            self._take(size)

    def _take(self, size: int) -> None:
        first = self.workspace.incoming[0]
        if first < 4:
            self.answered += 1
        elif 19 < first < 64 and self._handshake is not None:
            self._handshake.accept(bytes(self.workspace.incoming[:size]))
        elif self.keys is not None:
            self._open_packet(self.keys, size)

    def _open_packet(self, keys: Keys, size: int) -> None:
        control = is_rtcp(self.workspace.incoming[1])
        opened = keys.open_control(size) if control else keys.open(size)
        if opened > 0:
            packet = bytes(self.workspace.incoming[:opened])
            self.controls.append(packet) if control else self.on_packet(packet)


def pack_rtp(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, marker: bool = False
) -> bytes:
    header = bytes([0x80, payload_type | marker << 7]) + (sequence & 0xFFFF).to_bytes(2)
    return header + (timestamp & 0xFFFFFFFF).to_bytes(4) + ssrc.to_bytes(4) + payload


async def eventually(found: Callable[[], object], seconds: float = 10.0, strict: bool = True) -> bool:
    """Waits until `found()` is true; past `seconds` raises TimeoutError, or returns False when not strict."""
    try:
        async with asyncio.timeout(seconds):
            while not found():  # noqa: ASYNC110 what is waited for happens in another process
                await asyncio.sleep(0.002)
    except TimeoutError:
        if strict:
            raise
        return False
    return True


async def hear_of(control: MediaControl, link: str) -> None:
    async for event in control.events():
        if isinstance(event, LinkConnected) and event.link == link:
            return
