"""A call between two synthetic peers that keeps itself alive as a room page does: its link ended, it asks again.

Knows: one publisher, one viewer, what was sent and what arrived. Refuses to know: who ended the link and why.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from visavis_media.control import MediaControl, MediaRefused, MediaUnavailable
from visavis_media.messages import LinkClosed
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

AUDIO = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111)
RETRY = 0.3  # as peer.js waits before its first new try
PATIENCE = 40.0


class Call:
    """Sends a numbered packet every `interval` seconds; `arrived` holds the numbers the viewer got, in order."""

    def __init__(self, control: MediaControl, session: str, host: str, interval: float = 0.01) -> None:
        self.control, self.session, self.host, self.interval = control, session, host, interval
        self.arrived: list[int] = []
        self.sent = 0
        self.openings = 0
        self._links: set[str] = set()
        self._peers: list[SyntheticPeer] = []
        self._ended = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        following = asyncio.Event()
        self._tasks = [asyncio.create_task(self._follow(following)), asyncio.create_task(self._keep())]
        await following.wait()
        await self.flow()

    async def flow(self, beyond: int = 0) -> None:
        """Returns once the viewer has got a packet numbered beyond `beyond`."""
        await eventually(lambda: self.arrived and self.arrived[-1] > beyond, PATIENCE)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for task in self._tasks:
            if not task.cancelled():
                task.result()
        await self._close()

    async def _follow(self, following: asyncio.Event) -> None:
        events = self.control.events()
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)  # the listener is registered when the generator first runs
        following.set()
        while True:
            event = await waiting
            if isinstance(event, LinkClosed) and event.link in self._links:
                self._ended.set()
            waiting = asyncio.ensure_future(anext(events))

    async def _keep(self) -> None:
        while True:
            self._ended.clear()
            try:
                await self._open()
            except (MediaUnavailable, MediaRefused, TimeoutError, ConnectionError):
                await self._close()
                await asyncio.sleep(RETRY)
                continue
            await self._send_until_ended()
            await self._close()

    async def _open(self) -> None:
        await self.control.open_session(self.session)
        publisher, viewer = SyntheticPeer(self.host), SyntheticPeer(self.host)
        self._peers = [publisher, viewer]
        self.openings += 1
        camera, screen = f"{self.session}-camera-{self.openings}", f"{self.session}-screen-{self.openings}"
        self._links = {camera, screen}
        viewer.on_packet = lambda packet: self.arrived.append(int.from_bytes(packet[12:16]))
        answer = await self.control.publish(self.session, camera, publisher.offer("sendonly", [AUDIO]))
        await publisher.connect(answer.sdp, 5)
        answer = await self.control.subscribe(self.session, camera, screen, viewer.offer("recvonly", [AUDIO]))
        await viewer.connect(answer.sdp, 5)

    async def _send_until_ended(self) -> None:
        publisher = self._peers[0]
        first = self.sent
        while not self._ended.is_set():
            self.sent += 1
            number = (self.sent - first) & 0xFFFF
            publisher.send(pack_rtp(111, number, number * 480, 5, self.sent.to_bytes(4) + bytes(156)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self.interval)

    async def _close(self) -> None:
        links, self._links = self._links, set()
        for link in links:
            with contextlib.suppress(MediaUnavailable, MediaRefused):
                await self.control.close_link(link)
        peers, self._peers = self._peers, []
        for peer in peers:
            await peer.close()


@contextlib.asynccontextmanager
async def calling(
    control: MediaControl, sessions: list[str], host: str, interval: float = 0.01
) -> AsyncIterator[list[Call]]:
    calls = [Call(control, session, host, interval) for session in sessions]
    try:
        for call in calls:
            await call.begin()
        yield calls
    finally:
        for call in calls:
            await call.end()
