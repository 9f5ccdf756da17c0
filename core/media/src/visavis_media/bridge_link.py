"""The sending end of a WHIP link outside a browser: ICE checks, DTLS, SRTP, and the RTCP a sender owes.

Knows: one link to one server, from its answer to its loss. Refuses to know: HTTP, encoders, devices.
aiortc's RTCPeerConnection is not used: it encodes Opus for speech whatever is asked, which takes 8 dB away at 40 Hz,
and answers no request for a key frame when it is given encoded frames.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import time
from collections import deque
from collections.abc import Sequence

import msgspec

from visavis_media import ice_lite, rtcp
from visavis_media.aiortc_seam import RTCCertificate
from visavis_media.dtls import Handshake
from visavis_media.plan import Fingerprint, IceCredentials
from visavis_media.rtp import HEADER, is_rtcp
from visavis_media.srtp import Keys, Workspace

__all__ = ["BridgeLink", "LinkFailed", "SentTrack"]

Address = tuple[str, int]

CHECK_INTERVAL = 0.05
KEEP_ALIVE = 0.75  # seconds between two checks once connected
LOST_SECONDS = 3.0  # without any answer; opening anew costs less than waiting to be sure
MOST_KEPT = 1_024  # sealed packets for repairs, per track
BURST = 12  # packets sent at once; the rest of a key frame follows in steps
BURST_PAUSE = 0.004
MOST_CANDIDATES = 16
PRIORITY, CONTROLLING = 0x0024, 0x802A
EPOCH_1900 = 2_208_988_800


class SentTrack(msgspec.Struct, frozen=True, kw_only=True):
    """`rtpmap` and `fmtp` as in SDP, without the payload type."""

    kind: str
    payload_type: int
    rtpmap: str
    fmtp: str = ""
    clock: int = 90_000


class LinkFailed(Exception):  # noqa: N818 a state of the network, not a fault of ours
    """`code`: unreachable, handshake_failed, bad_answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sending:
    """The numbers of one track on its way out."""

    def __init__(self, track: SentTrack) -> None:
        self.track = track
        self.ssrc = secrets.randbits(31) + 16
        self.sequence = secrets.randbits(15)
        self.offset = secrets.randbits(31)
        self.packets = self.octets = self.repaired = 0
        self.last = (0, 0.0)  # RTP timestamp, wall clock
        self.kept: dict[int, bytes] = {}
        self.order: deque[int] = deque()

    def keep(self, sequence: int, sealed: bytes) -> None:
        if len(self.order) >= MOST_KEPT:
            self.kept.pop(self.order.popleft(), None)
        self.kept[sequence] = sealed
        self.order.append(sequence)


class BridgeLink:
    """`offer()`, `await connect(answer)`, then `await send(...)`. `lost` turns true when the server is silent."""

    def __init__(self, tracks: Sequence[SentTrack]) -> None:
        self._certificate = RTCCertificate.generateCertificate()
        self._local = IceCredentials(ufrag=secrets.token_hex(4), password=secrets.token_hex(16))
        self._remote = IceCredentials(ufrag="", password="")
        self._workspace = Workspace()
        self._sockets: dict[int, socket.socket] = {}
        self._way: tuple[socket.socket, Address] | None = None
        self._checks: dict[bytes, tuple[socket.socket, Address, float]] = {}
        self._keys: Keys | None = None
        self._handshake: Handshake | None = None
        self._ended = asyncio.Event()
        self._failure = ""
        self._heard = 0.0
        self._tie = secrets.token_bytes(8)
        self._keeping: asyncio.Task[None] | None = None
        self._tracks = {track.kind: Sending(track) for track in tracks}
        self.keyframe_wanted = True
        self.allowed_bitrate = 0  # what the server last allowed for the picture, 0 = it has not said
        self.round_trip = 0.0

    @property
    def lost(self) -> bool:
        return bool(self._failure) or (self._keys is not None and time.monotonic() - self._heard > LOST_SECONDS)

    @property
    def repaired(self) -> int:
        return sum(sending.repaired for sending in self._tracks.values())

    def offer(self) -> str:
        value = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256").value
        kinds = list(self._tracks.values())
        lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
        lines.append("a=group:BUNDLE " + " ".join(str(index) for index in range(len(kinds))))
        for index, sending in enumerate(kinds):
            track = sending.track
            number = track.payload_type
            lines += [
                f"m={track.kind} 9 UDP/TLS/RTP/SAVPF {number}",
                "c=IN IP4 0.0.0.0",
                f"a=mid:{index}",
                "a=sendonly",
                "a=rtcp-mux",
                "a=rtcp-rsize",
                f"a=ice-ufrag:{self._local.ufrag}",
                f"a=ice-pwd:{self._local.password}",
                f"a=fingerprint:sha-256 {value}",
                "a=setup:actpass",
                f"a=rtpmap:{number} {track.rtpmap}",
                *([f"a=fmtp:{number} {track.fmtp}"] if track.fmtp else []),
                *[f"a=rtcp-fb:{number} {one}" for one in FEEDBACK[track.kind]],
                f"a=ssrc:{sending.ssrc} cname:visavis-bridge",
            ]
        return "\r\n".join(lines) + "\r\n"

    async def connect(self, answer: str, seconds: float = 10.0) -> None:
        """Raises `LinkFailed`; the sockets are closed then by `close`."""
        candidates, fingerprint, role = self._read(answer)
        try:
            async with asyncio.timeout(seconds):
                while self._way is None:
                    for address in candidates:
                        self._check(self._socket_for(address), address)
                    await asyncio.sleep(CHECK_INTERVAL)
                self._check(*self._way, nominate=True)
                self._handshake = Handshake(self._certificate, role, (fingerprint,), self._write)
                self._handshake.start(seconds, self._finish)
                await self._ended.wait()
        except TimeoutError:
            raise LinkFailed("unreachable") from None
        if self._failure:
            raise LinkFailed("handshake_failed")
        self._heard = time.monotonic()
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    async def send(self, kind: str, payloads: Sequence[bytes], timestamp: int, at: float) -> None:
        """One frame. `timestamp` in the track's clock; `at`: wall clock of its capture, in seconds since 1970."""
        sending = self._tracks[kind]
        keys = self._keys
        if keys is None or self._way is None:
            return
        stamp = (timestamp + sending.offset) & 0xFFFFFFFF
        sending.last = (stamp, at)
        track = sending.track
        area = self._workspace.outgoing
        for index, payload in enumerate(payloads):
            last = track.kind == "video" and index == len(payloads) - 1
            sending.sequence = (sending.sequence + 1) & 0xFFFF
            HEADER.pack_into(area, 0, 0x80, track.payload_type | last << 7, sending.sequence, stamp, sending.ssrc)
            area[12 : 12 + len(payload)] = payload
            size = keys.seal(12 + len(payload))
            if size > 0:
                sealed = bytes(area[:size])
                sending.keep(sending.sequence, sealed)
                sending.packets += 1
                sending.octets += len(payload)
                self._write(sealed)
            if index % BURST == BURST - 1:
                await asyncio.sleep(BURST_PAUSE)
                if self.lost or self._way is None:
                    return

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        if self._handshake is not None:
            await self._handshake.close()
        self._way, self._keys = None, None
        loop = asyncio.get_running_loop()
        for channel in self._sockets.values():
            loop.remove_reader(channel)
            channel.close()
        self._sockets.clear()

    # --- the way --------------------------------------------------------------------------------------------------

    def _read(self, answer: str) -> tuple[list[Address], Fingerprint, str]:
        values: dict[str, str] = {}
        candidates: list[Address] = []
        for line in answer.splitlines():
            name, _, value = line.removeprefix("a=").partition(":")
            values.setdefault(name, value)
            words = value.split()
            if name == "candidate" and len(words) > 5 and words[2].lower() == "udp" and words[5].isdigit():
                candidates.append((words[4], int(words[5])))
        algorithm, _, digest = values.get("fingerprint", "").partition(" ")
        if not candidates or not digest or "ice-pwd" not in values or "ice-ufrag" not in values:
            raise LinkFailed("bad_answer")
        self._remote = IceCredentials(ufrag=values["ice-ufrag"], password=values["ice-pwd"])
        role = "server" if values.get("setup") == "active" else "client"
        wanted = list(dict.fromkeys(candidates))[:MOST_CANDIDATES]
        return wanted, Fingerprint(algorithm=algorithm, value=digest), role

    def _socket_for(self, address: Address) -> socket.socket | None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        if family not in self._sockets:
            try:
                channel = socket.socket(family, socket.SOCK_DGRAM)
            except OSError:
                return None
            channel.setblocking(False)
            asyncio.get_running_loop().add_reader(channel, self._drain, channel)
            self._sockets[family] = channel
        return self._sockets[family]

    def _check(self, channel: socket.socket | None, address: Address, *, nominate: bool = False) -> None:
        """A connectivity check (RFC 8445 §7.2.2). Only the pair that answered first is nominated: an ICE-lite end
        sends to whichever was nominated last."""
        if channel is None:
            return
        username = f"{self._remote.ufrag}:{self._local.ufrag}".encode()
        body = ice_lite.attribute(ice_lite.USERNAME, username)
        body += ice_lite.attribute(PRIORITY, struct.pack("!I", 110 << 24 | 65_535 << 8 | 255))
        body += ice_lite.attribute(CONTROLLING, self._tie)
        body += ice_lite.attribute(ice_lite.USE_CANDIDATE, b"") if nominate else b""
        transaction = secrets.token_bytes(12)
        if len(self._checks) > 256:
            del self._checks[next(iter(self._checks))]
        self._checks[transaction] = (channel, address, time.monotonic())
        message = ice_lite.seal(ice_lite.BINDING_REQUEST, transaction, body, self._remote.password.encode())
        try:
            channel.sendto(message, address)
        except OSError:  # no route from here to there: another candidate may have one
            return

    def _drain(self, channel: socket.socket) -> None:
        while True:
            try:
                size, sender = channel.recvfrom_into(self._workspace.incoming)
            except OSError:
                return
            first = self._workspace.incoming[0]
            if first < 4 and size >= 20:
                self._take_answer(bytes(self._workspace.incoming[8:20]), sender[:2])
            elif self._way is None or sender[:2] != self._way[1]:
                continue
            elif 19 < first < 64 and self._handshake is not None:
                self._handshake.accept(bytes(self._workspace.incoming[:size]))
            elif self._keys is not None and size > 12 and is_rtcp(self._workspace.incoming[1]):
                opened = self._keys.open_control(size)
                if opened > 0:
                    self._heard = time.monotonic()
                    self._obey(self._workspace.incoming_view[:opened])

    def _take_answer(self, transaction: bytes, sender: Address) -> None:
        known = self._checks.pop(transaction, None)
        if known is None or known[1] != sender:
            return
        self._heard = time.monotonic()
        self.round_trip = self._heard - known[2]
        if self._way is None:
            self._way = (known[0], known[1])

    def _write(self, data: bytes) -> None:
        if self._way is not None:
            try:
                self._way[0].sendto(data, self._way[1])
            except OSError:  # full or gone: lost, as packets are; silence tells whether it lasts
                return

    def _finish(self, reason: str) -> None:
        self._failure = reason
        if not reason and self._handshake is not None:
            self._keys = Keys(self._handshake, self._workspace)
        self._ended.set()

    # --- what a sender owes ---------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Checks keep the way open and prove consent (RFC 7675); reports keep picture and sound together."""
        number = 0
        while True:
            await asyncio.sleep(KEEP_ALIVE / 3)
            number += 1
            if self._way is not None and number % 3 == 0:
                self._check(*self._way, nominate=True)
            for sending in self._tracks.values():
                if number % 4 == 0 and sending.packets:
                    self._report(sending)

    def _report(self, sending: Sending) -> None:
        stamp, at = sending.last
        now = time.time()
        ntp = int((now + EPOCH_1900) * 2**32)
        moved = stamp + round((now - at) * sending.track.clock)
        packet = rtcp.build_sender_report(sending.ssrc, ntp, moved & 0xFFFFFFFF, sending.packets, sending.octets)
        if self._keys is not None and (sealed := self._keys.seal_control(packet)):
            self._write(sealed)

    def _obey(self, data: memoryview) -> None:
        for part in rtcp.walk(data):
            asked = rtcp.read_nack(data, part)
            if asked is not None:
                self._repair(*asked)
            elif rtcp.read_keyframe_request(data, part) is not None:
                self.keyframe_wanted = True
            elif (bitrate := rtcp.read_remb(data, part)) is not None:
                self.allowed_bitrate = bitrate

    def _repair(self, ssrc: int, wanted: Sequence[int]) -> None:
        for sending in self._tracks.values():
            if sending.ssrc == ssrc:
                for sequence in wanted:
                    sealed = sending.kept.get(sequence)
                    if sealed is not None:
                        sending.repaired += 1
                        self._write(sealed)


FEEDBACK = {"video": ("goog-remb", "nack", "nack pli", "ccm fir"), "audio": ()}
