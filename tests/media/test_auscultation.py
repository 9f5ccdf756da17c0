"""Heart sounds arrive as they were: through the room's own scripts, two browsers and the forwarder between them.

A stethoscope's file of steady tones plays in one Chromium; what the other one hears is measured tone by tone.
"""

from __future__ import annotations

import base64
import pathlib
import wave
from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt
import pytest
from playwright.async_api import Browser, Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.testing import OfferedTrack, SyntheticPeer

SCRIPTS = pathlib.Path(__file__).parents[2] / "core/src/visavis_core/web/static"
RATE = 48_000
TONES = (20, 25, 40, 63, 100, 160, 250, 400, 630, 1000)  # Hz
STEP = 0.8  # seconds of each tone
WINDOW = 0.25  # judged at once: five periods of the lowest
TAKES = 5  # a busy machine loses packets of sound; what it loses is not judged, and is played again
ENOUGH = 3  # windows of each tone
AMPLITUDE = (0.4, 0.2)  # left and right differ, so that two channels must really arrive
FLAGS = (
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
PUBLISH = """async () => {
  const { Publisher } = await import("/static/room/whip.js");
  const { STETHOSCOPE, openStethoscope } = await import("/static/room/stethoscope.js");
  const stream = await openStethoscope();
  window.publisher = new Publisher({ act: "a", source: STETHOSCOPE, stream });
  await window.publisher.open();
  return stream.getAudioTracks()[0].getSettings();
}"""
LISTEN = """async () => {
  const { Subscriber } = await import("/static/room/whep.js");
  const { STETHOSCOPE } = await import("/static/room/stethoscope.js");
  const subscriber = new Subscriber({ act: "a", source: { link: "stethoscope", source: STETHOSCOPE } });
  window.subscriber = subscriber;
  const connected = new Promise((resolve) => {
    subscriber.addEventListener("state", ({ detail }) => detail === "connected" && resolve());
  });
  await subscriber.open();
  await connected;
  const played = Object.assign(new Audio(), { srcObject: subscriber.stream, muted: true }); // Chromium pulls only then
  await played.play();
  const context = new AudioContext({ sampleRate: 48000 });
  const source = context.createMediaStreamSource(subscriber.stream);
  const code = `registerProcessor("tape", class extends AudioWorkletProcessor {
    process([input]) { if (input.length) this.port.postMessage(input.map((each) => each.slice())); return true; } });`;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const tape = new AudioWorkletNode(context, "tape", { channelCount: 2, channelCountMode: "explicit" });
  window.blocks = [];
  tape.port.onmessage = ({ data }) => window.blocks.push(data);
  source.connect(tape);
  tape.connect(context.destination);
}"""
RECORD = """async (seconds) => {
  window.blocks.length = 0;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const blocks = window.blocks.slice();
  const joined = [0, 1].map((channel) => {
    const all = new Float32Array(blocks.reduce((sum, each) => sum + each[0].length, 0));
    let at = 0;
    for (const each of blocks) { all.set(each[channel] ?? each[0], at); at += each[0].length; }
    return all;
  });
  return joined.map((samples) => {
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  });
}"""


def write_tones(path: pathlib.Path) -> pathlib.Path:
    """Each tone for `STEP` seconds, faded in and out so that a change of tone is no click."""
    time = np.arange(int(RATE * STEP)) / RATE
    fade = np.minimum(1, np.minimum(time, STEP - time) / 0.02)
    both = [np.concatenate([level * fade * np.sin(2 * np.pi * tone * time) for tone in TONES]) for level in AMPLITUDE]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.stack(both, axis=1) * 32_767).astype("<i2").tobytes())
    return path


def strength(samples: npt.NDArray[np.float64], tone: float) -> tuple[float, float]:
    """(amplitude of the sine that fits best, share of the power it explains): least squares, any phase."""
    phase = 2 * np.pi * tone * np.arange(len(samples)) / RATE
    basis = np.stack([np.sin(phase), np.cos(phase)], axis=1)
    found, *_ = np.linalg.lstsq(basis, samples, rcond=None)
    power = float(np.square(samples).sum())
    explained = float(np.square(basis @ found).sum()) / power if power > 1e-6 else 0.0
    return float(np.hypot(*found)), explained


def windows(samples: npt.NDArray[np.float64]) -> dict[int, list[float]]:
    """The amplitudes of each tone in the windows that hold that tone and nothing else: a gap or a change is neither."""
    found: dict[int, list[float]] = {}
    size = int(RATE * WINDOW)
    for start in range(0, len(samples) - size, size // 4):
        window = samples[start : start + size]
        fits = {tone: strength(window, tone) for tone in TONES}
        tone, (amplitude, explained) = max(fits.items(), key=lambda item: item[1][1])
        if explained > 0.995:
            found.setdefault(tone, []).append(amplitude)
    return found


def room_server(control: MediaControl) -> Starlette:
    async def page(_request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>room</title>")

    async def open_link(request: Request) -> Response:
        offer = (await request.body()).decode()
        publisher = request.path_params.get("publisher")
        try:
            if publisher:
                answer = await control.subscribe("s", publisher, "listener", offer)
            else:
                answer = await control.publish("s", request.query_params["source"], offer)
        except MediaRefused as refusal:
            return JSONResponse({"code": refusal.code}, 422)
        return Response(answer.sdp, 201, {"Location": f"/links/{publisher or 'x'}"}, "application/sdp")

    return Starlette(
        routes=[
            Route("/", page),
            Route("/media/a/whip", open_link, methods=["POST"]),
            Route("/media/a/whep/{publisher}", open_link, methods=["POST"]),
            Mount("/static", StaticFiles(directory=SCRIPTS)),
        ]
    )


@pytest.fixture
async def pages(control: MediaControl, serve, tmp_path: pathlib.Path) -> AsyncIterator[tuple[Page, Page]]:
    sound = write_tones(tmp_path / "heart.wav")
    async with serve(room_server(control)) as address, async_playwright() as playwright:
        browsers: list[Browser] = []
        opened: list[Page] = []
        for flags in ((f"--use-file-for-fake-audio-capture={sound}",), ()):
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, *flags])
            browsers.append(browser)
            page = await browser.new_page()
            await page.goto(address)
            opened.append(page)
        yield opened[0], opened[1]
        for browser in browsers:
            await browser.close()


async def test_every_tone_from_20_to_1000_hz_arrives_within_one_decibel(pages: tuple[Page, Page]) -> None:
    nurse, physician = pages
    settings = await nurse.evaluate(PUBLISH)
    assert not settings["echoCancellation"]
    assert not settings["noiseSuppression"]
    assert not settings["autoGainControl"]

    await physician.evaluate(LISTEN)
    heard: list[dict[int, list[float]]] = [{}, {}]
    for _ in range(TAKES):
        tapes = await physician.evaluate(RECORD, len(TONES) * STEP * 1.2)
        for tape, tones in zip(tapes, heard, strict=True):
            for tone, found in windows(np.frombuffer(base64.b64decode(tape), "<f4").astype(np.float64)).items():
                tones.setdefault(tone, []).extend(found)
        if all(len(tones.get(tone, ())) >= ENOUGH for tones in heard for tone in TONES):
            break
    for tones, level in zip(heard, AMPLITUDE, strict=True):
        assert set(tones) == set(TONES)
        error = {tone: 20 * np.log10(float(np.median(found)) / level) for tone, found in tones.items()}
        assert all(abs(decibels) <= 1 for decibels in error.values()), error


async def test_stereo_is_agreed_at_both_ends(control: MediaControl, host: str) -> None:
    wishes = "minptime=10;stereo=1;sprop-stereo=1;maxaveragebitrate=128000;usedtx=0;useinbandfec=0"
    peers = [SyntheticPeer(host) for _ in range(4)]

    def offer(number: int, direction: str, parameters: str) -> str:
        track = OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111, parameters=parameters)
        return peers[number].offer(direction, [track])

    sending = await control.publish("s", "stethoscope", offer(0, "sendonly", wishes))
    hearing = await control.subscribe("s", "stethoscope", "listener", offer(1, "recvonly", "minptime=10;stereo=1"))
    assert f"a=fmtp:111 {wishes}\r\n" in sending.sdp
    assert "a=fmtp:111 minptime=10;stereo=1;sprop-stereo=1\r\n" in hearing.sdp

    voice = await control.publish("s", "voice", offer(2, "sendonly", "useinbandfec=1"))
    plain = await control.subscribe("s", "voice", "other", offer(3, "recvonly", "useinbandfec=1"))
    assert "a=fmtp:111 useinbandfec=1\r\n" in voice.sdp
    assert "stereo" not in plain.sdp
    for peer in peers:
        await peer.close()
