"""The bridge: a file becomes a live source over WHIP, and comes back by itself after everything that happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import pathlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import av
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from visavis_media.bridge_encoding import PROFILES, PictureEncoder, fit
from visavis_media.bridge_link import BridgeLink
from visavis_media.bridge_source import BadSource, parse_source
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.depacketisation import join_frame
from visavis_media.packetisation import nal_units
from visavis_media.publish import Bridge, BridgeSettings, PublishRefused
from visavis_media.reassembly import Frames
from visavis_media.rtp import is_rtcp
from visavis_media.settings import MediaSettings
from visavis_media.testing import SyntheticPeer, eventually


def load(name: str) -> Any:
    """A module beside this file: test folders are not packages."""
    spec = importlib.util.spec_from_file_location(name, pathlib.Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


moving = load("moving_pictures")
film = moving.film

PATIENCE = 40.0


class Desk:
    """A forwarder behind WHIP that can be taken away and put back on the same address."""

    def __init__(self, control: MediaControl) -> None:
        self.control: MediaControl | None = control
        self.links: list[str] = []
        self.tokens: list[str] = []
        self.status = 201

    async def whip(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization", ""))
        if self.status != 201:
            return JSONResponse({"code": "signed_out"}, self.status)
        if self.control is None:
            return JSONResponse({"code": "media_unavailable"}, 503)
        link = f"device-{len(self.links)}"
        try:
            answer = await self.control.publish("s", link, (await request.body()).decode())
        except MediaRefused as refusal:
            return JSONResponse({"code": refusal.code, "detail": refusal.detail}, 422)
        self.links.append(link)
        return Response(answer.sdp, 201, {"Location": f"/links/{link}"}, "application/sdp")

    async def delete(self, request: Request) -> Response:
        if self.control is not None:
            await self.control.close_link(request.path_params["link"])
        return Response(status_code=200)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/whip", self.whip, methods=["POST"]),
                Route("/links/{link}", self.delete, methods=["DELETE"]),
            ]
        )


@pytest.fixture
async def desk(control: MediaControl) -> AsyncIterator[Desk]:
    made = Desk(control)
    yield made
    if made.control not in (None, control):
        await made.control.close()


@contextlib.asynccontextmanager
async def bridging(address: str, source: pathlib.Path, profile: str, codec: str = "h264") -> AsyncIterator[Bridge]:
    settings = BridgeSettings(
        endpoint=f"{address}/whip",
        token="a-token",
        source=parse_source(f"file:{source}"),
        profile=PROFILES[profile],
        codec=codec,
    )
    bridge, stop = Bridge(settings), asyncio.Event()
    running = asyncio.get_running_loop().create_task(bridge.run(stop))
    try:
        yield bridge
        stop.set()
        async with asyncio.timeout(20):
            await running
    finally:
        running.cancel()
        await asyncio.wait([running])


class Viewer:
    """Decodes what it gets, as a browser would."""

    def __init__(self, host: str, codec: str) -> None:
        self.peer, self.codec = SyntheticPeer(host), codec
        self.frames = Frames()
        self.decoder = av.CodecContext.create("libopus" if codec == "opus" else codec, "r")
        self.pictures: list[Any] = []
        self.sounds: list[Any] = []

    async def watch(self, control: MediaControl, link: str) -> None:
        offer = self.peer.offer("recvonly", [moving.TRACKS[self.codec]])
        await self.peer.connect((await control.subscribe("s", link, f"viewer-of-{link}", offer)).sdp)

    def look(self) -> int:
        while self.peer.received:
            packet = self.peer.received.popleft()
            start = 20 if packet[0] & 0x10 else 12
            sequence, stamp = int.from_bytes(packet[2:4]), int.from_bytes(packet[4:8])
            if self.codec == "opus":
                self.sounds += self.decoder.decode(av.Packet(packet[start:]))
                continue
            self.frames.add(sequence, stamp, bool(packet[1] & 0x80), packet[start:], 0.0)
        for _, payloads in self.frames.take(0.0):
            frame = join_frame(self.codec, payloads)
            if frame is not None and (self.pictures or frame.is_key):
                self.pictures += self.decoder.decode(av.Packet(frame.data))
        return len(self.pictures) + len(self.sounds)


@pytest.mark.parametrize("codec", ["h264", "vp8"])
async def test_a_file_is_seen_live_at_its_own_size(
    desk: Desk, serve: Callable[..., Any], host: str, tmp_path: pathlib.Path, codec: str
) -> None:
    async with serve(desk.app) as address, bridging(address, film(tmp_path / "scope.mkv"), "smooth", codec) as bridge:
        await eventually(lambda: bridge.meter.link == "connected", PATIENCE)
        assert desk.tokens == ["Bearer a-token"]
        viewer = Viewer(host, codec)
        assert desk.control is not None
        await viewer.watch(desk.control, desk.links[0])
        await eventually(lambda: viewer.look() > 20, PATIENCE)
        assert (viewer.pictures[-1].width, viewer.pictures[-1].height) == (320, 240)
        shown = viewer.pictures[-1].to_ndarray(format="gray")[::2, ::2].ravel()
        drawn = av.VideoFrame.from_ndarray(moving.textured(320, 240)(0), "rgb24").to_ndarray(format="gray")
        likeness = [np.corrcoef(shown, np.roll(drawn, shift, 1)[::2, ::2].ravel())[0, 1] for shift in range(320)]
        assert max(likeness) > 0.8
        await viewer.peer.close()


async def test_a_sound_for_auscultation_keeps_its_lowest_tones(
    desk: Desk, serve: Callable[..., Any], host: str, tmp_path: pathlib.Path
) -> None:
    async with serve(desk.app) as address, bridging(address, film(tmp_path / "heart.mkv"), "auscultation") as bridge:
        await eventually(lambda: bridge.meter.link == "connected", PATIENCE)
        viewer = Viewer(host, "opus")
        assert desk.control is not None
        await viewer.watch(desk.control, desk.links[0])
        await eventually(lambda: viewer.look() > 100, PATIENCE)
        blocks = [block.to_ndarray() for block in viewer.sounds[50:100]]
        samples = np.concatenate(blocks, axis=-1).astype(np.float64)
        left = samples.reshape(-1, 2)[:, 0] / 32_768 if samples.shape[0] == 1 else samples[0]
        rms = float(np.sqrt(np.mean(np.square(left))))
        assert 20 * np.log10(rms / (0.25 / np.sqrt(2))) == pytest.approx(
            0, abs=1
        )  # 40 Hz, where speech coding loses 8 dB
        assert bridge.meter.level == pytest.approx(-15, abs=2)
        await viewer.peer.close()


async def test_it_comes_back_after_the_source_is_gone_and_after_the_server_was(
    desk: Desk, serve: Callable[..., Any], tmp_path: pathlib.Path
) -> None:
    path = film(tmp_path / "scope.mkv")
    async with serve(desk.app) as address, bridging(address, path, "sharp") as bridge:
        meter = bridge.meter
        await eventually(lambda: meter.link == "connected" and meter.source == "running", PATIENCE)

        kept = path.rename(tmp_path / "unplugged.mkv")
        await eventually(lambda: meter.source == "lost", PATIENCE)
        assert meter.links_opened == 1  # the link waits for the device
        kept.rename(path)
        await eventually(lambda: meter.source == "running", PATIENCE)

        former, desk.control = desk.control, None
        assert former is not None
        await former.close()
        await eventually(lambda: meter.link != "connected", PATIENCE)
        desk.control = await MediaControl.start(MediaSettings())
        await desk.control.open_session("s")
        await eventually(lambda: meter.link == "connected", PATIENCE)
        assert meter.links_opened >= 2
        before = meter.frames
        await eventually(lambda: meter.frames > before + 10, PATIENCE)


async def test_a_token_that_is_no_longer_good_ends_it(
    desk: Desk, serve: Callable[..., Any], tmp_path: pathlib.Path
) -> None:
    desk.status = 401
    settings = BridgeSettings(
        endpoint="", token="old", source=parse_source(str(film(tmp_path / "a.mkv", 1))), profile=PROFILES["sharp"]
    )
    async with serve(desk.app) as address:
        settings = BridgeSettings(
            endpoint=f"{address}/whip", token="old", source=settings.source, profile=settings.profile
        )
        with pytest.raises(PublishRefused, match="401 signed_out"):
            async with asyncio.timeout(20):
                await Bridge(settings).run(asyncio.Event())
    assert len(desk.tokens) == 1


async def test_what_is_lost_on_the_way_is_sent_again(
    desk: Desk, serve: Callable[..., Any], host: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, sent = BridgeLink._write, [0]

    def lose(link: BridgeLink, data: bytes) -> None:
        """Every twentieth packet of media, repairs among them."""
        media = 127 < data[0] < 192 and not is_rtcp(data[1])
        sent[0] += media
        if not media or sent[0] % 20:
            write(link, data)

    monkeypatch.setattr(BridgeLink, "_write", lose)
    async with serve(desk.app) as address, bridging(address, film(tmp_path / "scope.mkv"), "smooth") as bridge:
        await eventually(lambda: bridge.meter.link == "connected", PATIENCE)
        viewer = Viewer(host, "h264")
        assert desk.control is not None
        await viewer.watch(desk.control, desk.links[0])
        await eventually(lambda: viewer.look() > 60, PATIENCE)
        assert bridge.meter.repaired > 5
        assert viewer.frames.gaps == 0
        await viewer.peer.close()


def idr(data: bytes) -> bool:
    return any(unit[0] & 0x1F == 5 for unit in nal_units(data))


def test_the_encoder_obeys_key_frames_and_the_band_and_keeps_the_size() -> None:
    encoder = PictureEncoder(PROFILES["sharp"], "h264")
    draw = moving.textured(640, 360)
    rates = {}
    number = 0
    for allowed in (0, 400_000):
        sizes = []
        for _ in range(40):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(draw(3 * number)), "rgb24")
            data = encoder.encode(picture, number / 8, key=number == 20, allowed=allowed)
            assert idr(data) == (number in (0, 20, 40)), number  # the first, the one asked for, and the new encoder's
            sizes.append(len(data))
            number += 1
        assert encoder.size == (640, 360)
        rates[allowed] = 8 * 8 * sum(sizes[10:]) / len(sizes[10:])  # bits a second at 8 pictures a second
    assert rates[0] < 1.3 * PROFILES["sharp"].bitrate
    assert rates[400_000] < 1.3 * 400_000


@pytest.mark.parametrize(
    ("typed", "kind", "name", "format_", "options"),
    [
        ("clip.mp4", "file", "clip.mp4", "", {}),
        ("file:/media/a:b.mp4", "file", "/media/a:b.mp4", "", {}),
        ("./a:b.mkv", "file", "./a:b.mkv", "", {}),
        ("v4l2:/dev/video2", "v4l2", "/dev/video2", "v4l2", {"framerate": "30", "video_size": "1280x720"}),
        ("alsa:hw:1,0", "alsa", "hw:1,0", "alsa", {"channels": "2", "sample_rate": "48000"}),
        ("screen:", "screen", ":0.0", "x11grab", {"framerate": "30", "draw_mouse": "0", "video_size": "1280x720"}),
    ],
)
def test_sources_are_named_as_people_name_them(
    typed: str, kind: str, name: str, format_: str, options: dict[str, str]
) -> None:
    parsed = parse_source(typed, width=1280, height=720, rate=30)
    assert (parsed.kind, parsed.name, parsed.format, parsed.options) == (kind, name, format_, options)


def test_a_camera_on_the_network_is_given_up_when_it_is_silent() -> None:
    parsed = parse_source("rtsp://camera.local/one")
    assert parsed.name == "rtsp://camera.local/one"
    assert parsed.options == {"rtsp_transport": "tcp", "timeout": "5000000"}


@pytest.mark.parametrize(("typed", "code"), [("file:", "no_name"), ("v4l2:", "no_name"), ("usb:3", "unknown_kind")])
def test_a_source_that_is_none_is_refused_in_words(typed: str, code: str) -> None:
    with pytest.raises(BadSource) as refused:
        parse_source(typed)
    assert refused.value.code == code


def test_a_picture_is_made_smaller_only_when_it_must_and_keeps_its_shape() -> None:
    assert fit(1280, 720, PROFILES["sharp"]) == (1280, 720)
    assert fit(3840, 2160, PROFILES["sharp"]) == (1920, 1080)
    assert fit(1024, 768, PROFILES["smooth"]) == (960, 720)
    assert fit(641, 481, PROFILES["smooth"]) == (640, 480)
    assert PROFILES["smooth"].frames_per_second >= 25
