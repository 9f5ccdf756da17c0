"""What the eye sees of a live track, and that nobody on the path ever waits for it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pathlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.eye_messages import PictureMeasured, SoundMeasured, StillRefused, TakeStill, Watch
from visavis_media.eye_tracks import PictureTrack
from visavis_media.eyesight import Eyesight, StillNotTaken
from visavis_media.forwarder import Egress, Ingress
from visavis_media.layers import Layers
from visavis_media.messages import RequestRefused
from visavis_media.mirror import LARGEST_COPY, Copy, Mirror, Mirrors, read_copy
from visavis_media.packetisation import split_frame
from visavis_media.plan import Codec, TrackPlan
from visavis_media.reassembly import Frames
from visavis_media.srtp import Workspace
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

spec = importlib.util.spec_from_file_location("moving_pictures", pathlib.Path(__file__).with_name("moving_pictures.py"))
assert spec is not None
assert spec.loader is not None
moving = importlib.util.module_from_spec(spec)
sys.modules["moving_pictures"] = moving
spec.loader.exec_module(moving)

PATIENCE = 45.0  # a process starts, imports numpy and av, and waits for its key frame, on a machine that is busy


class Viewing:
    def __init__(self, control: MediaControl) -> None:
        self.control = control
        self.seen: list[tuple[str, Any]] = []
        self.eye = Eyesight(control, lambda link, _kind, measure: self.seen.append((link, measure)))

    def pictures(self, link: str = "scope") -> list[PictureMeasured]:
        return [one for who, one in self.seen if who == link and isinstance(one, PictureMeasured) and one.pictures]

    async def next_picture(self, link: str = "scope") -> PictureMeasured:
        """A measure of an interval that began after now."""
        self.seen.clear()
        await eventually(lambda: len(self.pictures(link)) >= 2, PATIENCE)
        return self.pictures(link)[-1]


@pytest.fixture
async def viewing(control: MediaControl) -> AsyncIterator[Viewing]:
    made = Viewing(control)
    yield made
    await made.eye.close()


@pytest.fixture
async def camera(control: MediaControl, host: str) -> AsyncIterator[Any]:
    peer = await moving.publish(control, host, "scope", "vp8")
    made = moving.Camera(peer, "vp8", moving.textured())
    made.start()
    yield made
    await made.stop()
    await peer.close()


async def test_it_measures_a_picture_and_notices_blur_darkness_and_stillness(viewing: Viewing, camera: Any) -> None:
    await viewing.eye.watch("scope", "video", every=0.5, luma_width=160)
    sharp = await viewing.next_picture()
    assert (sharp.width, sharp.height) == (320, 240)
    assert (sharp.luma_width, sharp.luma_height, len(sharp.luma)) == (160, 120, 160 * 120)
    assert sharp.frames_per_second > 2
    assert sharp.unchanged_ms == 0
    assert 80 < sharp.mean_luma < 160

    draw = camera.draw
    camera.draw = lambda number: np.roll(draw(number), 0, 0) // 8  # somebody turned the light off
    dark = await viewing.next_picture()
    assert dark.mean_luma < sharp.mean_luma / 3

    smooth = draw(0)[::16, ::16].repeat(16, 0).repeat(16, 1)  # the same light without its detail
    camera.draw = lambda number: np.roll(smooth, number, axis=1)
    soft = await viewing.next_picture()
    assert soft.sharpness < sharp.sharpness / 2

    still = draw(0)
    camera.draw = lambda _number: still  # frames go on, the picture does not
    async with asyncio.timeout(PATIENCE):
        while (await viewing.next_picture()).unchanged_ms < 1_500:
            pass


async def test_a_picture_that_stops_coming_is_told_as_absent_and_never_as_zero(viewing: Viewing, camera: Any) -> None:
    await viewing.eye.watch("scope", "video", every=0.5)
    await viewing.next_picture()
    await camera.stop()
    await eventually(lambda: [one for _, one in viewing.seen if not one.pictures and one.absent_ms > 1_000], PATIENCE)
    last = viewing.seen[-1][1]
    assert last.frames_per_second == 0
    assert last.sharpness is None
    assert last.mean_luma is None


@pytest.mark.parametrize("codec", ["vp8", "h264"])
async def test_a_still_is_the_next_key_frame_at_its_own_size(
    viewing: Viewing, control: MediaControl, host: str, codec: str
) -> None:
    peer = await moving.publish(control, host, "scope", codec)
    camera = moving.Camera(peer, codec, moving.textured(1280, 720), rate=6)
    camera.start()
    still = await viewing.eye.take_still("scope", PATIENCE)
    asked = camera.key_frames
    await camera.stop()
    await peer.close()

    assert asked >= 2  # the first of the stream, and the one that was asked for
    assert (still.width, still.height) == (1280, 720)
    decoder = av.CodecContext.create("png", "r")
    [picture] = decoder.decode(av.Packet(still.png))
    shown = picture.to_ndarray(format="gray")[::2, ::2].ravel()
    drawn = av.VideoFrame.from_ndarray(moving.textured(1280, 720)(0), "rgb24").to_ndarray(format="gray")
    likeness = [np.corrcoef(shown, np.roll(drawn, shift, 1)[::2, ::2].ravel())[0, 1] for shift in range(200)]
    assert max(likeness) > 0.8  # one frame of the random pattern, and
    assert np.median(likeness) < 0.2  # no other


async def test_a_camera_that_ignores_the_question_gives_no_still_and_a_reason(viewing: Viewing, camera: Any) -> None:
    await viewing.eye.watch("scope", "video")
    await viewing.next_picture()
    camera.obeys = False
    with pytest.raises(StillNotTaken, match="no_key_frame"):
        await viewing.eye.take_still("scope", 1.5)
    with pytest.raises(StillNotTaken, match="unknown_link"):
        await viewing.eye.take_still("nobody", 1.5)


async def test_a_sound_is_measured_and_its_silence_counted(viewing: Viewing, control: MediaControl, host: str) -> None:
    peer = await moving.publish(control, host, "stethoscope", "opus")
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.bit_rate, encoder.options = 128_000, {"application": "audio", "frame_duration": "20"}
    amplitude = [0.25]

    async def play() -> None:
        for number in range(10_000):
            time = (np.arange(960) + 960 * number) / 48_000
            tone = (amplitude[0] * np.sin(2 * np.pi * 100 * time) * 32_767).astype(np.int16)
            block = av.AudioFrame.from_ndarray(tone.repeat(2)[None, :], "s16", "stereo")
            block.sample_rate, block.pts = 48_000, 960 * number
            for packet in encoder.encode(block):
                peer.send(pack_rtp(111, number, 960 * number, 0xBEEF, bytes(packet)))
            await asyncio.sleep(0.02)

    playing = asyncio.get_running_loop().create_task(play())
    await viewing.eye.watch("stethoscope", "audio", every=0.5)
    heard = [one for _, one in viewing.seen if isinstance(one, SoundMeasured)]
    async with asyncio.timeout(PATIENCE):
        while not heard or heard[-1].level is None or heard[-1].packets < 5:
            await asyncio.sleep(0.1)
            heard = [one for _, one in viewing.seen if isinstance(one, SoundMeasured)]
    assert heard[-1].level == pytest.approx(-15.05, abs=1)  # 0.25 of full scale, RMS of a sine
    assert heard[-1].clipped_per_mille == 0
    amplitude[0] = 0.0
    await eventually(lambda: viewing.seen[-1][1].silent_ms > 1_000, PATIENCE)
    playing.cancel()
    await asyncio.wait([playing])
    await peer.close()


def test_a_line_nobody_reads_costs_copies_and_never_a_wait(tmp_path: pathlib.Path) -> None:
    plan = TrackPlan(kind="video", mid="0", codec=Codec(name="vp8", clock=90_000, payload_type=96))
    path = str(tmp_path / "eye.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(path)
        listening.listen(1)
        mirrors = Mirrors()
        line = mirrors.connect(path)
        mirror = Mirror(plan, 7, line)
        for number in range(20_000):
            mirror.forward(bytes(1_100), 0x80, number & 0xFFFF, 90 * number, 0.0)
        assert mirror.copied > 100
        assert mirror.copied + mirror.dropped == 20_000
        reading, _ = listening.accept()
        with reading:
            first = read_copy(reading.recv(LARGEST_COPY))
        assert first == (7, 0, True, False, 0, 0, bytes(1_100))
        mirror.forward(b"x", 0, 1, 1, 0.0)  # the eye is gone: no error leaves here either
        mirrors.close()
    with pytest.raises(RequestRefused, match="eye_not_there"):
        mirrors.connect(path)


def test_another_size_of_the_picture_begins_its_numbers_anew_and_costs_no_viewer_its_rate() -> None:
    """Simulcast: the copy follows the largest size, and is no path whose strength the publisher must be told."""
    plan = TrackPlan(kind="video", mid="0", codec=Codec(name="vp8", clock=90_000, payload_type=96))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        mirror = Mirror(plan, 7, ours)
        small, large = (Ingress(plan, 64, Workspace()) for _ in range(2))
        mirror.change(small, 100)
        mirror.forward(b"small", 0x80, 100, 9_000, 0.0)
        mirror.forward(b"small", 0x80, 101, 12_000, 0.0)
        mirror.change(large, 90)  # its own numbers, a little behind: without a word they would pass for late
        mirror.forward(b"large", 0x80, 90, 15_000, 0.0)
        copies = [read_copy(theirs.recv(LARGEST_COPY)) for _ in range(3)]
    assert [(copy.begins, copy.sequence) for copy in copies if copy] == [(True, 100), (False, 101), (True, 90)]

    frames = Frames()
    shown = []
    for copy in copies:
        assert copy is not None
        if copy.begins:
            frames.restart(copy.sequence)
        frames.add(copy.sequence, copy.timestamp, copy.marker, copy.payload, 0.0)
        shown += [b"".join(payloads) for _, payloads in frames.take(0.0)]
    assert shown == [b"small", b"small", b"large"]

    def ceiling(*viewers: Egress) -> int:
        layers = Layers([Ingress(plan, 64, Workspace()) for _ in range(2)])
        for one in viewers:
            layers.enter(one)
        layers.allow(viewer, 400_000)
        return layers.ceiling()

    viewer = Egress(plan, lambda size: size, Workspace(), lambda _: None)
    assert ceiling(mirror, viewer) == ceiling(viewer)


def test_a_picture_beyond_bounds_is_refused_before_it_takes_memory() -> None:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 5_000, 4_000, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 30), {"deadline": "realtime", "cpu-used": "8"}
    huge = av.VideoFrame(5_000, 4_000, "yuv420p")
    huge.pts = 0
    data = b"".join(bytes(packet) for packet in [*encoder.encode(huge), *encoder.encode(None)])
    told: list[Any] = []
    track = PictureTrack(Watch(key=1, kind="video", codec="vp8"), told.append, 0.0)
    track.take_still(TakeStill(key=1, request=9, seconds=5), 0.0)
    payloads = split_frame("vp8", data)
    for number, payload in enumerate(payloads):
        copy = Copy(1, 0, number == len(payloads) - 1, False, number, 0, payload)
        track.inbox.append((copy, 0.0))
    track.decode(0.1, lambda: False)
    assert StillRefused(request=9, code="picture_too_large") in told


def test_a_still_asks_again_while_its_key_frame_does_not_come() -> None:
    told: list[Any] = []
    track = PictureTrack(Watch(key=1, kind="video", codec="vp8", every=60), told.append, 0.0)
    track.take_still(TakeStill(key=1, request=9, seconds=3), 0.0)
    for tenths in range(1, 35):
        track.tick(tenths / 10)
    assert [type(one).__name__ for one in told] == ["KeyframeWanted"] * 3 + ["StillRefused"]


async def test_an_eye_that_dies_or_hangs_is_replaced_and_no_viewer_notices(
    viewing: Viewing, control: MediaControl, host: str, camera: Any
) -> None:
    viewer = SyntheticPeer(host)
    answer = await control.subscribe("s", "scope", "viewer", viewer.offer("recvonly", [moving.TRACKS["vp8"]]))
    await viewer.connect(answer.sdp)
    await viewing.eye.watch("scope", "video", every=0.5)
    await viewing.next_picture()

    for number in (signal.SIGKILL, signal.SIGSTOP):  # a crash; then a hang, with the line to it filling up
        former = viewing.eye.pid
        before = len(viewer.received)
        os.kill(former, number)
        await eventually(lambda before=before: len(viewer.received) > before + 60, PATIENCE)
        await viewing.next_picture()
        assert viewing.eye.pid not in (0, former)

    numbers = [int.from_bytes(packet[2:4]) for packet in viewer.received]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))  # every packet, in order
    await viewer.close()


async def test_a_codec_it_cannot_read_is_not_asked_for_key_frames(
    viewing: Viewing, control: MediaControl, host: str
) -> None:
    track = OfferedTrack(kind="video", codec="AV1/90000", payload_type=45, feedback=moving.FEEDBACK)
    peer = SyntheticPeer(host)
    await peer.connect((await control.publish("s", "scope", peer.offer("sendonly", [track]))).sdp)
    with pytest.raises(MediaRefused, match="codec_not_seen"):
        await viewing.eye.watch("scope", "video")
    with pytest.raises(StillNotTaken, match="codec_not_seen"):
        await viewing.eye.take_still("scope", 5)
    assert viewing.eye.pid == 0
    await peer.close()


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264", "video/VP9"])
async def test_a_browser_s_picture_is_measured_and_photographed(stage: Any, codec: str) -> None:
    viewing = Viewing(stage.control)
    page = await stage.page()
    wanted = {"audio": False, "video": {"width": 640, "height": 480, "frameRate": 15}}
    await page.evaluate("([c, codec]) => window.publish('scope', c, codec)", [wanted, codec])
    await viewing.eye.watch("scope", "video", every=0.5)
    seen = await viewing.next_picture()
    assert seen.width / seen.height == pytest.approx(4 / 3, abs=0.01)  # a browser begins small when it is busy
    still = await viewing.eye.take_still("scope", PATIENCE)
    [picture] = av.CodecContext.create("png", "r").decode(av.Packet(still.png))
    assert (picture.width, picture.height) == (still.width, still.height)
    assert picture.to_ndarray(format="gray").std() > 10
    await viewing.eye.close()
