"""What the media tests share: a forwarder, a tiny page server with WHIP and WHEP, and a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from visavis_media.aiortc_seam import host_addresses
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.settings import MediaSettings
from visavis_media.testing import eventually

HERE = pathlib.Path(__file__).parent
HUNG_SECONDS = 150
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)

PAGE = """<!doctype html><title>media</title><video id="seen" autoplay playsinline></video><script>
window.peers = {};
async function exchange(pc, address) {
  const offer = await pc.createOffer();
  await pc.setLocalDescription({type: 'offer', sdp: window.shape ? window.shape(offer.sdp) : offer.sdp});
  const answer = await fetch(address, {method: 'POST', headers: {'Content-Type': 'application/sdp'},
                                       body: pc.localDescription.sdp});
  if (answer.status !== 201) throw new Error(await answer.text());
  await pc.setRemoteDescription({type: 'answer', sdp: await answer.text()});
  pc.location = answer.headers.get('Location');
  pc.etag = answer.headers.get('ETag');
}
window.publish = async (name, constraints, codec, sizes) => {
  const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const stream = await navigator.mediaDevices.getUserMedia(constraints);
  for (const track of stream.getTracks()) {
    const sendEncodings = track.kind === 'video' && sizes ? sizes : undefined;
    const sender = pc.addTransceiver(track, {direction: 'sendonly', streams: [stream], sendEncodings});
    if (codec && track.kind === 'video') sender.setCodecPreferences(
      RTCRtpSender.getCapabilities('video').codecs.filter(c => c.mimeType === codec || c.mimeType === 'video/rtx'));
  }
  window.peers[name] = pc;
  await exchange(pc, '/whip/' + name);
};
window.subscribe = async (name, publisher, kinds) => {
  const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  for (const kind of kinds || ['audio', 'video']) pc.addTransceiver(kind, {direction: 'recvonly'});
  pc.ontrack = event => { document.getElementById('seen').srcObject = event.streams[0]; };
  window.peers[name] = pc;
  await exchange(pc, '/whep/' + publisher + '/' + name);
};
window.stats = async name => {
  const all = [];
  (await window.peers[name].getStats()).forEach(one => all.push(one));
  return all;
};
</script>"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A page that answers no more holds `evaluate` for ever: a short test that hangs is told sooner here."""
    for item in items:
        if item.path.parent == HERE and not any(item.get_closest_marker(name) for name in ("long", "timeout")):
            item.add_marker(pytest.mark.timeout(HUNG_SECONDS))


class Stage:
    """A forwarder with one open session, its page server's address, and the browser.

    `detour` replaces texts in the answers the browser gets: another address to send media to.
    """

    def __init__(self, control: MediaControl, address: str, browser: Browser, detour: dict[str, str]) -> None:
        self.control = control
        self.address = address
        self.browser = browser
        self.detour = detour

    async def page(self) -> Page:
        page = await (await self.browser.new_context()).new_page()
        await page.goto(self.address)
        return page


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def page_server(control: MediaControl, session: str, detour: dict[str, str]) -> Starlette:
    async def page(_request: Request) -> Response:
        return HTMLResponse(PAGE)

    async def open_link(request: Request) -> Response:
        offer = (await request.body()).decode()
        names = request.path_params
        try:
            if "publisher" in names:
                answer = await control.subscribe(session, names["publisher"], names["link"], offer)
            else:
                answer = await control.publish(session, names["link"], offer)
        except MediaRefused as refusal:
            return JSONResponse({"code": refusal.code, "detail": refusal.detail}, 422)
        location = f"/links/{names['link']}"
        return Response(
            detoured(answer.sdp, detour), 201, {"Location": location, "ETag": answer.etag}, "application/sdp"
        )

    return Starlette(
        routes=[
            Route("/", page),
            Route("/whip/{link}", open_link, methods=["POST"]),
            Route("/whep/{publisher}/{link}", open_link, methods=["POST"]),
        ]
    )


def detoured(sdp: str, detour: dict[str, str]) -> str:
    """The answer with its first candidates leading elsewhere, and without the others."""
    if not detour:
        return sdp
    kept = [line for line in sdp.split("\r\n") if not line.startswith("a=candidate:") or any(d in line for d in detour)]
    text = "\r\n".join(kept)
    for old, new in detour.items():
        text = text.replace(old, new)
    return text


@contextlib.asynccontextmanager
async def serving(app: Starlette, host: str = "127.0.0.1") -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign] # pytest owns the signals
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def control() -> AsyncIterator[MediaControl]:
    control = await MediaControl.start(MediaSettings())
    await control.open_session("s")
    yield control
    await control.close()


@pytest.fixture
def serve() -> Callable[[Starlette], contextlib.AbstractAsyncContextManager[str]]:
    """Serves any app on a free port of this machine; gives its address."""
    return serving


@pytest.fixture
def host() -> str:
    """The machine's own first address: what a browser on it would use."""
    return host_addresses()[0]


@pytest.fixture
async def stage(control: MediaControl) -> AsyncIterator[Stage]:
    detour: dict[str, str] = {}
    async with serving(page_server(control, "s", detour)) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        try:
            yield Stage(control, address, browser, detour)
        finally:
            await browser.close()
