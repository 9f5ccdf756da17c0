"""A stuck eye costs the viewers nothing: the delay through the forwarder, with and without one, in turns."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time

import pytest
from visavis_media.control import MediaControl
from visavis_media.eyesight import Eyesight
from visavis_media.testing import OfferedTrack, SyntheticPeer, eventually, pack_rtp

VIDEO = OfferedTrack(kind="video", codec="VP8/90000", payload_type=96)
RATE = 400  # packets a second
ROUND = 1.0  # seconds
ROUNDS = 5


async def delays(publisher: SyntheticPeer, viewer: SyntheticPeer, first: int) -> tuple[list[float], int]:
    """One-way delays in ms of one round of packets that carry the moment they left."""
    found: list[float] = []
    viewer.on_packet = lambda packet: found.append((time.perf_counter_ns() - int.from_bytes(packet[-8:])) / 1e6)
    viewer.check()  # a viewer that never says anything is taken for gone
    started = time.perf_counter()
    count = int(RATE * ROUND)
    for number in range(count):
        wait = started + number / RATE - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        payload = bytes(1_000) + time.perf_counter_ns().to_bytes(8)
        publisher.send(pack_rtp(96, first + number, 225 * (first + number), 0xABCD, payload, True))
    await eventually(lambda: len(found) >= count, 5, strict=False)
    return found, first + count


@pytest.mark.long
async def test_p99_moves_by_less_than_two_milliseconds(control: MediaControl, host: str) -> None:
    publisher, viewer = SyntheticPeer(host), SyntheticPeer(host)
    await publisher.connect((await control.publish("s", "scope", publisher.offer("sendonly", [VIDEO]))).sdp)
    subscribed = await control.subscribe("s", "scope", "viewer", viewer.offer("recvonly", [VIDEO]))
    await viewer.connect(subscribed.sdp)
    alone: list[float] = []
    stuck: list[float] = []
    sequence = 1
    _, sequence = await delays(publisher, viewer, sequence)  # the first round warms everything up
    for _ in range(ROUNDS):
        found, sequence = await delays(publisher, viewer, sequence)
        alone.append(statistics.quantiles(found, n=100)[98])
        eye = Eyesight(control, lambda *_: None)
        await eye.watch("scope", "video")
        await eventually(lambda eye=eye: eye.pid, 30)
        await asyncio.sleep(2)
        viewer.check()
        os.kill(eye.pid, signal.SIGSTOP)
        found, sequence = await delays(publisher, viewer, sequence)
        assert len(found) == RATE * ROUND  # nothing was lost either
        stuck.append(statistics.quantiles(found, n=100)[98])
        await eye.close()
    await publisher.close()
    await viewer.close()
    print(f"p99 alone {alone}, with a stuck eye {stuck} (ms)")  # noqa: T201 the figure is the point of the run
    assert statistics.median(stuck) - statistics.median(alone) < 2.0
