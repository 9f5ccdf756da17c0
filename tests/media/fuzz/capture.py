"""Takes the seeds anew: peers and a real browser publish and watch through a worker in this process, and what the
parsers are given is written down. `python -m tests.media.fuzz.capture` (`--peers`: without the browser).

Knows: where the bytes pass. Refuses to know: what they mean. Payloads are Chromium's own test picture and tone.
"""

from __future__ import annotations

import asyncio
import hashlib
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import msgspec
from playwright.async_api import async_playwright
from visavis_media import datagram, downlink, messages, rtcp, uplink
from visavis_media.aiortc_seam import host_addresses
from visavis_media.control import MediaControl
from visavis_media.framing import frame
from visavis_media.messages import RequestRefused
from visavis_media.negotiation import Endpoint
from visavis_media.settings import MediaSettings
from visavis_media.testing import VIDEO_FEEDBACK, OfferedTrack, SyntheticPeer, pack_rtp
from visavis_media.transport_feedback import build_feedback
from visavis_media.worker import Worker

from tests.media.conftest import CHROMIUM, CHROMIUM_ARGUMENTS, page_server, serving

SEEDS = pathlib.Path(__file__).with_name("seeds")
MOST = 24  # of one kind; the first of each shape say most
SECONDS = 6
TRACKS = (
    OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111),
    OfferedTrack(kind="video", codec="VP8/90000", payload_type=96, rtx=97, feedback=VIDEO_FEEDBACK),
)


class Notebook:
    def __init__(self) -> None:
        self.kept: dict[str, dict[tuple[int, bytes], bytes]] = {}

    def note(self, name: str, data: bytes) -> None:
        """One of each length class and beginning."""
        kept = self.kept.setdefault(name, {})
        if len(kept) < MOST:
            kept.setdefault((len(data) // 64, bytes(data[:2])), bytes(data))

    def write(self) -> None:
        for name, kept in self.kept.items():
            folder = SEEDS / name
            folder.mkdir(parents=True, exist_ok=True)
            for data in kept.values():
                (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


class InProcess:
    """What `WorkerProcess` is to the control, with the worker in this very process."""

    index, draining, is_open, pid = 0, False, True, 0

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._refusal = ""
        start = messages.Start(host="0.0.0.0", port=0, loopback=False, tcp=False, limits=MediaSettings().limits)
        self.worker = Worker(start, self._hear)
        started = self.worker.listen()
        self.endpoint = Endpoint(addresses=started.addresses, fingerprint=started.fingerprint, tcp=False)
        notebook.note("messages", msgspec.msgpack.encode(start))
        notebook.note("messages", msgspec.msgpack.encode(started))

    def _hear(self, message: Any) -> None:
        self._notebook.note("messages", msgspec.msgpack.encode(message))
        if isinstance(message, messages.Refused):
            self._refusal = message.code

    async def request(self, build: Callable[[int], Any]) -> None:
        message, self._refusal = build(1), ""
        self._notebook.note("messages", msgspec.msgpack.encode(message))
        self.worker.handle(message)
        if self._refusal:
            raise RequestRefused(self._refusal)

    stop = request

    async def close(self) -> None:
        await self.worker.stop()


def listen_in(notebook: Notebook) -> None:
    """The parsers are called through their modules; here each call is noted first."""
    walk, read_check, receive = rtcp.walk, datagram.read_check, uplink.Uplink.receive

    def noted_walk(data: Any) -> Any:
        notebook.note("rtcp", bytes(data))
        for part in walk(data):
            if part.kind == rtcp.RTPFB:
                notebook.note("feedback", bytes(data[part.start : part.end]))
            yield part

    def noted_check(data: bytes) -> Any:
        notebook.note("stun", data)
        return read_check(data)

    packets: list[bytes] = []

    def noted_receive(self: uplink.Uplink, size: int, now: float) -> None:
        packet = bytes(self._workspace.incoming[:size])
        notebook.note("rtp", packet)
        notebook.note("framing", b"\x40" + frame(packet[:200]) + frame(packet[:60]))
        packets.append(packet)
        if len(packets) == 5:
            notebook.note("peer", b"".join(len(one).to_bytes(2) + one for one in packets))
            packets.clear()
        receive(self, size, now)

    def noted_control(method: Callable[..., None], mark: bytes) -> Callable[..., None]:
        def control(self: Any, data: memoryview, now: float) -> None:
            one = mark + bytes(data)
            notebook.note("peer", len(one).to_bytes(2) + one)
            method(self, data, now)

        return control

    rtcp.walk = noted_walk
    datagram.read_check = noted_check
    uplink.Uplink.receive = noted_receive  # type: ignore[method-assign] # to listen in is this program's whole purpose
    uplink.Uplink.control = noted_control(uplink.Uplink.control, b"\xfe")  # type: ignore[method-assign] # same
    downlink.Downlink.control = noted_control(downlink.Downlink.control, b"\xff")  # type: ignore[method-assign] # same


async def capture() -> None:
    notebook = Notebook()
    listen_in(notebook)
    control = MediaControl(MediaSettings())
    control._workers = [InProcess(notebook)]  # type: ignore[list-item] # stands in for the process
    read = control._read

    def noted_read(text: str) -> Any:
        notebook.note("sdp", text.encode())
        return read(text)

    control._read = noted_read  # type: ignore[method-assign] # as above
    await control.open_session("s")
    try:
        await let_peers_talk(control)
        if "--peers" not in sys.argv:
            await let_a_browser_talk(control)
    finally:
        await control.close()
    notebook.write()


async def let_peers_talk(control: MediaControl) -> None:
    host = host_addresses()[0]
    publisher, viewer = SyntheticPeer(host), SyntheticPeer(host)
    answer = await control.publish("s", "camera", publisher.offer("sendonly", TRACKS))
    await publisher.connect(answer.sdp)
    answer = await control.subscribe("s", "camera", "viewer", viewer.offer("recvonly", TRACKS))
    await viewer.connect(answer.sdp)
    for number in range(60):
        payload = bytes([0x10, number]) + bytes(40 + 9 * number)
        publisher.send(pack_rtp(96, number, 3_000 * number, 5, payload, marker=number % 4 == 3))
        publisher.send(pack_rtp(111, number, 960 * number, 6, bytes(80)))
        if number % 20 == 7:
            publisher.send_control(rtcp.build_sender_report(5, number << 32, 3_000 * number, number, 100 * number))
            viewer.send_control(rtcp.build_receiver_report(1, [rtcp.Report(9, 1, 2, 70_000, 8, 7, 6)]))
            viewer.send_control(rtcp.build_nack(1, 9, [number, number - 1, number - 6]) + rtcp.build_pli(1, 9))
            viewer.send_control(rtcp.build_remb(1, 900_000 + number, [9, 10]))
            arrivals = [None if at % 5 == 2 else 100 + 0.01 * at for at in range(30)]
            viewer.send_control(build_feedback(1, 9, number, arrivals, number))
        await asyncio.sleep(0.02)
    for peer in (publisher, viewer):
        await peer.close()
    for link in ("viewer", "camera"):
        await control.close_link(link)


async def let_a_browser_talk(control: MediaControl) -> None:
    async with serving(page_server(control, "s", {})) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        page = await (await browser.new_context()).new_page()
        await page.goto(address)
        for number, codec in enumerate(("video/VP8", "video/H264")):
            media = {"audio": True, "video": {"width": 320, "height": 180}}
            await page.evaluate("([n, m, c]) => publish(n, m, c)", [f"camera-{number}", media, codec])
            await page.evaluate("([n, p]) => subscribe(n, p)", [f"viewer-{number}", f"camera-{number}"])
            await asyncio.sleep(SECONDS)
            await control.request_keyframe(f"camera-{number}")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(capture())
