"""The harness itself: what it paints is read again, on paper, through a codec, and in a real browser."""

from __future__ import annotations

import asyncio
import base64
import http.server
import io
import pathlib
import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.e2e.harness.browser import Person, Stage, find_chromium
from tests.e2e.harness.cameras import Cameras
from tests.e2e.harness.code import Code, bits_of, decode_code
from tests.e2e.harness.picture import BIG, EXPERT, ON_SITE, USUAL, MadePicture, make_picture, paint_frame
from tests.e2e.harness.sound import TONES, find_tone, sing

CAMERA_PAGE = (
    b"""<!doctype html><meta charset="utf-8"><title>camera</title><video autoplay muted playsinline></video>"""
)


@pytest.mark.parametrize("size", [(320, 180), (640, 360), USUAL, BIG, (1280, 960)])
def test_a_painted_frame_says_its_number(size: tuple[int, int]) -> None:
    for number in (0, 1, 12, 35):
        image = np.asarray(paint_frame(ON_SITE, number, 36, size))
        assert decode_code(image) == Code(source=ON_SITE, frame=number)


def test_a_dim_and_grey_picture_still_reads_and_a_smeared_code_does_not_lie() -> None:
    image = np.asarray(paint_frame(EXPERT, 7, 36).convert("L"))
    assert decode_code((image * 0.35 + 30).astype(np.uint8)) == Code(source=EXPERT, frame=7)
    smeared = image.copy()
    smeared[60:100, 260:380] = 235  # three payload blocks painted white
    assert decode_code(smeared) is None
    assert decode_code(np.zeros((720, 1280), np.uint8)) is None


def test_every_code_is_its_own() -> None:
    seen = {bits_of(Code(source=source, frame=frame)) for source in (ON_SITE, EXPERT) for frame in range(500)}
    assert len(seen) == 1000


@pytest.mark.parametrize("bits_per_second", [120_000, 400_000])
def test_codes_survive_vp8_at_a_low_bitrate(bits_per_second: int) -> None:
    encoder: Any = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 640, 360, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.bit_rate = Fraction(1, 12), Fraction(12), bits_per_second
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    decoder: Any = av.CodecContext.create("vp8", "r")
    read: list[int] = []
    for number in range(24):
        painted = np.asarray(paint_frame(ON_SITE, number, 24, (640, 360)))
        frame: Any = av.VideoFrame.from_ndarray(painted, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 12)
        for packet in encoder.encode(frame):
            for out in decoder.decode(packet):
                code = decode_code(out.to_ndarray(format="rgb24"))
                if code is not None:
                    assert code.source == ON_SITE
                    read.append(code.frame)
    assert len(set(read)) >= 22  # of 24; one may be lost to the rate controller, none may be misread
    assert read == sorted(read)


def test_a_y4m_file_holds_what_its_header_says(tmp_path: pathlib.Path) -> None:
    made = make_picture(tmp_path, ON_SITE, (640, 360), frames=5, frames_per_second=12)
    header, _, body = made.path.read_bytes().partition(b"\n")
    assert header == b"YUV4MPEG2 W640 H360 F12:1 Ip A1:1 C420"
    assert len(body) == 5 * (len(b"FRAME\n") + 640 * 360 * 3 // 2)


def test_an_mjpeg_file_is_its_frames_one_after_the_other(tmp_path: pathlib.Path) -> None:
    content = make_picture(tmp_path, EXPERT, (640, 360), frames=3, form="mjpeg").path.read_bytes()
    starts = [at for at in range(len(content)) if content.startswith(b"\xff\xd8\xff", at)]
    read = [decode_code(np.asarray(Image.open(io.BytesIO(content[at:])).convert("RGB"))) for at in starts]
    assert read == [Code(source=EXPERT, frame=number) for number in range(3)]


def test_a_tone_is_found_again() -> None:
    for frequency in TONES.values():
        assert find_tone(sing(frequency, 1.0)) == pytest.approx(frequency, abs=5)


def test_a_missing_browser_fails_in_clear_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(pytest.fail.Exception, match="make browser"):
        find_chromium()


class _CameraPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(CAMERA_PAGE)

    def log_message(self, *_: object) -> None:
        """Quiet: the test speaks."""


@pytest.fixture
def camera_page() -> Iterator[str]:
    """Loopback counts as a secure context, which getUserMedia needs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _CameraPage)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


OPEN_CAMERA = """async ([width, height]) => {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: width }, height: { ideal: height } },
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const video = document.querySelector("video");
  video.srcObject = stream;
  await video.play();
  globalThis.stream = stream;
  return [video.videoWidth, video.videoHeight];
}"""


async def open_camera(stage: Stage, page_address: str, picture: MadePicture, voice: pathlib.Path) -> Person:
    person = await stage.enter(f"camera-{picture.source}", picture=picture, sound=voice)
    await person.page.goto(page_address)
    assert await person.page.evaluate(OPEN_CAMERA, list(picture.size)) == list(picture.size)
    return person


@pytest.mark.e2e
@pytest.mark.parametrize("source", [ON_SITE, EXPERT])
async def test_chromium_shows_the_made_camera_and_hears_the_made_voice(
    stage: Stage, camera_page: str, cameras: Cameras, voices: dict[int, pathlib.Path], source: int
) -> None:
    picture = cameras.on_site_light if source == ON_SITE else cameras.expert
    person = await open_camera(stage, camera_page, picture, voices[source])
    seen = await person.page.evaluate("harness.watch(document.querySelector('video'), 12, 8000)")
    assert seen["sources"] == [source]
    assert len(seen["frames"]) >= 12, seen
    heard = await person.page.evaluate("harness.listen(stream, 800)")
    assert heard["frequency"] == pytest.approx(TONES[source], abs=15)
    assert (await stage.keep(person, "camera"))[0].stat().st_size > 10_000
    assert person.complaints == []


@pytest.mark.e2e
async def test_a_photograph_is_a_frame_of_the_camera_at_its_full_size(
    stage: Stage, camera_page: str, cameras: Cameras, voices: dict[int, pathlib.Path]
) -> None:
    person = await open_camera(stage, camera_page, cameras.on_site, voices[ON_SITE])
    written = await person.page.evaluate(
        """async () => {
          const photograph = await new ImageCapture(stream.getVideoTracks()[0]).takePhoto();
          const reader = new FileReader();
          const read = new Promise((resolve) => { reader.onload = () => resolve(reader.result); });
          reader.readAsDataURL(photograph);
          return read;
        }"""
    )
    content = base64.b64decode(written.partition(",")[2])
    image = await asyncio.to_thread(lambda: np.asarray(Image.open(io.BytesIO(content)).convert("RGB")))
    assert image.shape == (BIG[1], BIG[0], 3)
    code = decode_code(image)
    assert code is not None
    assert code.source == ON_SITE
    painted = np.asarray(cameras.on_site.frame(code.frame)).astype(int)
    assert np.abs(painted - image).mean() < 4  # chroma at half size on the way in, nothing else
