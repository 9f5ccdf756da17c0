"""What can be seen and heard of a live room from outside its own code: pictures, packets, drawings, stills.

Knows: the harness's painted code, WebRTC's own statistics, pixels of the overlay.
Refuses to know: the room's modules. What the browser itself reports is the evidence.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import Any

import pypdf
from playwright.async_api import BrowserContext, Page

__all__ = [
    "Flow",
    "Seen",
    "advise",
    "clicks",
    "count_clicks",
    "draw",
    "events_of",
    "flow",
    "has_ink",
    "listen",
    "note_words",
    "poll",
    "vkey_of",
    "watch_picture",
    "witness",
]

# Keeps every peer connection the page makes, and the SHA-256 of every still it sends, before the app's scripts run.
_WITNESS = """
(() => {
  const connections = [], sent = [];
  const Real = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real {
    constructor(...all) { super(...all); connections.push(this); }
  };
  const send = fetch;
  globalThis.fetch = async (address, options = {}) => {
    if (options.method === "PUT" && options.body instanceof Blob) {
      const octets = await options.body.arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
      const hash = [...digest].map((octet) => octet.toString(16).padStart(2, "0")).join("");
      sent.push({ size: octets.byteLength, sha256: hash });
    }
    return send(address, options);
  };
  globalThis.witness = {
    sent,
    received: (kind) => connections
      .filter((each) => each.connectionState === "connected")
      .flatMap((each) => each.getReceivers().map(({ track }) => track))
      .filter((track) => track.kind === kind && track.readyState === "live"),
    flow: async () => {
      const total = { framesDecoded: 0, videoIn: 0, audioIn: 0, videoOut: 0, audioOut: 0, open: 0, width: 0 };
      for (const each of connections) {
        if (each.connectionState !== "connected") continue;
        total.open += 1;
        for (const report of (await each.getStats()).values()) {
          if (report.type === "inbound-rtp" && report.kind === "video") {
            total.framesDecoded += report.framesDecoded ?? 0;
            total.videoIn += report.packetsReceived ?? 0;
            total.width = Math.max(total.width, report.frameWidth ?? 0);
          }
          if (report.type === "inbound-rtp" && report.kind === "audio") total.audioIn += report.packetsReceived ?? 0;
          if (report.type === "outbound-rtp" && report.kind === "video") total.videoOut += report.packetsSent ?? 0;
          if (report.type === "outbound-rtp" && report.kind === "audio") total.audioOut += report.packetsSent ?? 0;
        }
      }
      return total;
    },
  };
})();
"""


@dataclass(frozen=True)
class Flow:
    """Totals over the page's connected links."""

    framesDecoded: int  # noqa: N815 - as WebRTC's statistics spell it
    videoIn: int  # noqa: N815 - same
    audioIn: int  # noqa: N815 - same
    videoOut: int  # noqa: N815 - same
    audioOut: int  # noqa: N815 - same
    open: int
    width: int


@dataclass(frozen=True)
class Seen:
    """Codes read in a playing picture: which source, and how many different frames of it."""

    frames: list[int]
    sources: list[int]
    looked: int
    unread: int


async def witness(context: BrowserContext) -> None:
    await context.add_init_script(_WITNESS)


async def flow(page: Page) -> Flow:
    return Flow(**await page.evaluate("witness.flow()"))


async def poll(what: str, check: Any, *, seconds: float = 20.0, every: float = 0.1) -> Any:
    """Waits until `await check()` is true and returns it. Fails by name when it does not come."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        value = await check()
        if value:
            return value
        if asyncio.get_running_loop().time() > until:
            raise AssertionError(f"not seen within {seconds:.0f} s: {what}")
        await asyncio.sleep(every)


async def watch_picture(page: Page, source: int, *, frames: int = 6, seconds: float = 40.0) -> Seen:
    """Reads the code painted in the pictures that play on the page until `frames` different ones of `source` came."""
    videos = "[...document.querySelectorAll('video')].filter((video) => video.videoWidth && !video.hidden)"

    async def once() -> Seen | None:
        found = await page.evaluate(
            f"Promise.all({videos}.map((video) => harness.watch(video, {frames}, 8000)))",
        )
        seen = [Seen(**each) for each in found]
        return next((each for each in seen if each.sources == [source] and len(each.frames) >= frames), None)

    result: Seen = await poll(f"picture of source {source} advancing", once, seconds=seconds)
    return result


async def listen(page: Page) -> float:
    """The loudest frequency, in Hz, among the voices that the page received from others."""
    heard: float = await page.evaluate(
        """async () => {
          const streams = witness.received("audio").map((track) => new MediaStream([track]));
          const all = await Promise.all(streams.map((stream) => harness.listen(stream, 1500)));
          return all.reduce((best, each) => (each.level > best.level ? each : best), { level: -200, frequency: 0 })
            .frequency;
        }"""
    )
    return heard


async def draw(page: Page, tool: str, path: list[tuple[float, float]]) -> None:
    """Chooses a tool and draws on the stage, in shares of the shown picture's box."""
    await page.click(f"[data-do=tool][data-tool={tool}]")
    canvas = await page.evaluate(
        """() => { const stage = document.querySelector("visavis-stage"), canvas = stage.querySelector(".overlay");
          const around = canvas.getBoundingClientRect(), box = stage.overlay.box;
          return { x: around.x + box.x, y: around.y + box.y, width: box.width, height: box.height }; }"""
    )
    points = [(canvas["x"] + x * canvas["width"], canvas["y"] + y * canvas["height"]) for x, y in path]
    await page.mouse.move(*points[0])
    if tool != "pointer":
        await page.mouse.down()
    for point in points[1:]:
        await page.mouse.move(*point, steps=8)
    if tool != "pointer":
        await page.mouse.up()
        await page.click(f"[data-do=tool][data-tool={tool}]")


async def has_ink(page: Page, at: tuple[float, float], radius: float = 0.03) -> bool:
    """Is something drawn on the stage's overlay near a place, in shares of the shown picture?"""
    found: bool = await page.evaluate(
        """([x, y, radius]) => {
          const stage = document.querySelector("visavis-stage"), canvas = stage.querySelector(".overlay");
          const box = stage.overlay.box, ratio = canvas.width / canvas.clientWidth;
          const reach = Math.max(2, radius * box.width * ratio);
          const left = (box.x + x * box.width) * ratio - reach, top = (box.y + y * box.height) * ratio - reach;
          const { data } = canvas.getContext("2d").getImageData(left, top, reach * 2, reach * 2);
          for (let at = 3; at < data.length; at += 4) if (data[at] > 128) return true;
          return false;
        }""",
        [*at, radius],
    )
    return found


async def advise(page: Page, text: str, reason: str, *, read_back: bool = False) -> None:
    """The expert notes one piece of advice: N, the words, the reason, Enter."""
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await page.locator("#advice-text").fill(text)
    await page.locator(".composer [name=other]").fill(reason)
    if read_back:
        await page.locator(".composer [name=read_back]").check()
    await page.click(".composer button")


async def count_clicks(context: BrowserContext) -> None:
    """Counts trusted clicks over all pages of a person, whatever they navigate to."""
    await context.add_init_script(
        "addEventListener('click', (event) => { if (event.isTrusted) "
        "localStorage.setItem('clicks', 1 + Number(localStorage.getItem('clicks') ?? 0)); }, { capture: true });"
    )


async def clicks(page: Page) -> int:
    counted: int = await page.evaluate("Number(localStorage.getItem('clicks') ?? 0)")
    return counted


async def events_of(page: Page, base: str, act: str) -> list[dict[str, Any]]:
    """The act's events as the API tells them to the person whose page this is."""
    events: list[dict[str, Any]] = []
    while True:
        after = events[-1]["n"] if events else -1
        answer = await page.request.get(f"{base}/api/acts/{act}/events?after={after}")
        assert answer.ok, answer.status
        more = (await answer.json())["events"]
        if not more:
            return events
        events += more


async def note_words(page: Page, base: str, act: str, note: str) -> str:
    """The words of a signed note's PDF."""
    octets = await (await page.request.get(f"{base}/acts/{act}/notes/{note}.pdf")).body()
    return " ".join(" ".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(octets)).pages).split())


async def vkey_of(page: Page, base: str, act: str) -> str:
    """The house's key, as its proof page shows it to anyone who wants to keep it elsewhere."""
    await page.goto(f"{base}/acts/{act}/proof")
    return (await page.locator("dl.pairs dd").nth(2).inner_text()).strip()
