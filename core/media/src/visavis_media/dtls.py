"""The handshake of one link: aiortc's DTLS over an object shaped like its ICE transport.

Knows: DTLS datagrams in, DTLS datagrams out, done or failed. Refuses to know: RTP, SDP, addresses.
It is started only once an address is proven: before that the first flight goes nowhere and the retransmission timer
costs a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from visavis_media import aiortc_seam
from visavis_media.plan import Fingerprint

__all__ = ["Handshake"]

MAX_WAITING = 64


class Handshake:
    """Its `role` property is read by aiortc; `finished` is called once with None or with why it failed."""

    role = "controlled"

    def __init__(
        self,
        certificate: aiortc_seam.RTCCertificate,
        dtls_role: str,
        fingerprints: tuple[Fingerprint, ...],
        send: Callable[[bytes], None],
    ) -> None:
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self._transport = aiortc_seam.create_transport(self, certificate, dtls_role)
        self._remote = aiortc_seam.remote_parameters([(f.algorithm, f.value) for f in fingerprints])
        self._write = send
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def started(self) -> bool:
        return self._task is not None

    def start(self, seconds: float, finished: Callable[[str], None]) -> None:
        """`finished("")` after success, `finished(reason)` after failure or when the peer closes later."""
        self._task = asyncio.get_running_loop().create_task(self._run(seconds, finished))

    def accept(self, data: bytes) -> bool:
        """A DTLS datagram from a proven address; False when it had to be dropped."""
        if self._waiting.full():
            return False
        self._waiting.put_nowait(data)
        return True

    def sessions(self) -> tuple[Any, Any]:
        return aiortc_seam.srtp_sessions(self._transport)

    async def close(self) -> None:
        """Says goodbye (close_notify) if there is somebody to say it to."""
        self._closed = True
        if self._task is not None and not self._task.done() and self._transport.state != "connected":
            self._task.cancel()
        await self._transport.stop()

    async def _run(self, seconds: float, finished: Callable[[str], None]) -> None:
        ended = asyncio.Event()

        def watch() -> None:
            if self._transport.state in ("closed", "failed"):
                ended.set()

        self._transport.on("statechange", watch)
        try:
            # Not wait_for: its own task would end two turns of the loop later, and the peer, who is done already, would
            # lose what it sends in that time.
            async with asyncio.timeout(seconds):
                await self._transport.start(self._remote)
        except TimeoutError:
            finished("handshake_timeout")
            return
        except Exception:  # noqa: BLE001 whatever a forged flight makes OpenSSL raise ends this link and no other
            finished("handshake_failed")
            return
        if self._transport.state != "connected":
            finished("handshake_failed")
            return
        finished("")
        await ended.wait()
        if not self._closed:
            finished("closed_by_peer")

    async def _recv(self) -> bytes:
        return await self._waiting.get()

    async def _send(self, data: bytes) -> None:
        self._write(data)
