"""A browser that will not let go: it never closes a link, never stops a camera, and counts what still reaches it.

Knows: which browser calls end media, and how to make them do nothing.
Refuses to know: the app. It stands for a modified or broken client, against which only the core protects the patient.
"""

from __future__ import annotations

import asyncio

from playwright.async_api import BrowserContext, Page

__all__ = ["received_after", "refuse_to_stop", "still_sends"]

_STUBBORN = """
(() => {
  const connections = [], arrivals = [];
  const Real = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real {
    constructor(...all) { super(...all); connections.push(this); }
    close() {}
  };
  RTCRtpSender.prototype.replaceTrack = async () => {};
  MediaStreamTrack.prototype.stop = () => {};
  const totals = async (direction, field) => {
    let packets = 0;
    for (const each of connections) {
      const reports = [...(await each.getStats()).values()].filter(({ type }) => type === direction);
      packets += reports.reduce((sum, report) => sum + (report[field] ?? 0), 0);
    }
    return packets;
  };
  let last = 0;
  setInterval(async () => {
    const now = Date.now(), packets = await totals("inbound-rtp", "packetsReceived");
    if (packets > last) arrivals.push([now / 1000, packets - last]);
    last = packets;
    if (arrivals.length > 5000) arrivals.splice(0, 1000);
  }, 100);
  globalThis.stubborn = { arrivals, sent: () => totals("outbound-rtp", "packetsSent") };
})();
"""


async def refuse_to_stop(context: BrowserContext) -> None:
    await context.add_init_script(_STUBBORN)


async def received_after(page: Page, moment: float, *, watched_seconds: float) -> int:
    """Packets counted after `moment` (seconds since 1970, the same machine's clock), watching a while longer."""
    await asyncio.sleep(watched_seconds)
    late: int = await page.evaluate(
        "moment => stubborn.arrivals.filter(([at]) => at > moment).reduce((all, [, packets]) => all + packets, 0)",
        moment,
    )
    return late


async def still_sends(page: Page) -> bool:
    before = await page.evaluate("stubborn.sent()")
    await asyncio.sleep(0.5)
    return bool(await page.evaluate("stubborn.sent()") > before)
