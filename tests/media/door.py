"""The real media door and the room's real scripts around a forwarder, with an act of one person who may do everything.

What a browser does here is what it does in a room: `publish()` and `watch()` use the room's own modules.
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import visavis_core
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from visavis_core.deployment import Deployment, Media, Turn
from visavis_core.identity.subject import Subject
from visavis_core.moments import read_clock
from visavis_core.web.whip import routes
from visavis_media.control import MediaControl

__all__ = ["door_app"]

STATIC = f"{visavis_core.__path__[0]}/web/static"

PAGE = """<!doctype html><title>door</title><video id="seen" autoplay playsinline muted></video><script type="module">
import { Publisher } from "/static/room/whip.js";
import { Subscriber } from "/static/room/whep.js";
window.states = [];
const note = (name, link) => link.addEventListener("state", ({ detail }) => window.states.push([name, detail]));
const connected = (link) => new Promise((resolve) => {
  if (link.state === "connected") resolve();
  else link.addEventListener("state", ({ detail }) => detail === "connected" && resolve());
});
window.publish = async (constraints) => {
  const stream = await navigator.mediaDevices.getUserMedia(constraints);
  const publisher = window.publisher = new Publisher({ act: "act", source: "clinical", stream });
  note("publisher", publisher);
  publisher.open();
  await connected(publisher);
  return publisher.link;
};
window.watch = async (link) => {
  const subscriber = window.subscriber = new Subscriber({ act: "act", source: { link, source: "clinical" } });
  note("subscriber", subscriber);
  document.getElementById("seen").srcObject = subscriber.stream;
  subscriber.open();
  await connected(subscriber);
};
// Milliseconds from wanting to watch to the first picture on the screen.
window.join = async (link) => {
  const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true, playsInline: true });
  document.body.append(video);
  const began = performance.now();
  const subscriber = new Subscriber({ act: "act", source: { link, source: "clinical" } });
  video.srcObject = subscriber.stream;
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(performance.now() - began)));
  subscriber.open();
  const milliseconds = await shown;
  subscriber.close();
  video.remove();
  return milliseconds;
};
// Over all links: a new one counts from nothing.
const frames = { past: 0, last: 0 };
window.decoded = async () => {
  const stats = [...((await window.subscriber.peer?.getStats()) ?? new Map()).values()];
  const now = stats.find((each) => each.type === "inbound-rtp" && each.kind === "video")?.framesDecoded ?? 0;
  if (now < frames.last) frames.past += frames.last;
  frames.last = now;
  return frames.past + now;
};
// The transport and kind of the local end of the path in use.
window.path = async (link) => {
  const stats = [...(await link.peer.getStats()).values()];
  const transport = stats.find((each) => each.type === "transport" && each.selectedCandidatePairId);
  const pair = stats.find((each) => each.id === transport?.selectedCandidatePairId);
  const local = stats.find((each) => each.id === pair?.localCandidateId);
  return local ? [local.candidateType, local.relayProtocol ?? local.protocol] : null;
};
window.ready = true;
</script>"""


class OneAct:
    """Everything is allowed to the one person there is."""

    id = "act"
    session = "s"

    def participant_of(self, _account: str) -> str:
        return "par-1"

    def listen(self, _listener: Any) -> None:
        return

    async def check(self, *_: Any) -> OneAct:
        return self

    async def perform(self, *_: Any) -> None:
        return


class SomebodySignedIn:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["subject"] = Subject(kind="account", id="acc")
        await self.app(scope, receive, send)


def door_app(control: MediaControl, relays: tuple[Turn, ...] = ()) -> Starlette:
    async def page(_request: Request) -> HTMLResponse:
        return HTMLResponse(PAGE)

    numbers = itertools.count(1)
    app = Starlette(
        routes=[Route("/", page), Mount("/static", StaticFiles(directory=STATIC)), *routes],
        middleware=[Middleware(SomebodySignedIn)],
    )
    app.state.house = SimpleNamespace(
        practice=OneAct(),
        rooms=SimpleNamespace(source_published=lambda *_: None, source_ended=lambda *_: None),
        media=control,
        clock=read_clock,
        ids=lambda prefix: f"{prefix}-{next(numbers)}",
        deployment=Deployment(media=Media(turn=relays)),
    )
    return app
