"""What the forward latency counts: from the kernel's hands, so that waiting in the socket is seen, and nothing else."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from visavis_media.control import MediaControl
from visavis_media.latency import BUCKETS, ForwardLatency


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    receiving, sending = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    receiving.bind(("127.0.0.1", 0))
    sending.connect(receiving.getsockname())
    yield receiving, sending
    receiving.close()
    sending.close()


def test_a_packet_that_waited_in_the_socket_is_as_late_as_it_waited(pair: tuple[socket.socket, socket.socket]) -> None:
    receiving, sending = pair
    latency = ForwardLatency()
    latency.prepare(receiving)
    sending.send(b"packet")
    time.sleep(0.05)
    receiving.recv(100)
    latency.begin(receiving)
    latency.end()
    counts, seconds = latency.take()
    assert counts == (*[0] * len(BUCKETS), 1)
    assert seconds >= 0.05


def test_what_takes_a_moment_longer_is_in_the_bucket_of_that_moment(pair: tuple[socket.socket, socket.socket]) -> None:
    receiving, sending = pair
    latency = ForwardLatency()
    latency.prepare(receiving)
    for _ in range(20):
        sending.send(b"packet")
        receiving.recv(100)
        latency.begin(receiving)
        until = time.perf_counter() + 0.0012
        while time.perf_counter() < until:
            pass
        latency.end()
    counts, seconds = latency.take()
    assert sum(counts) == 20
    assert sum(counts[:5]) == 0, "nothing took less than the 1.2 ms that were spent"
    assert seconds >= 20 * 0.0012
    assert latency.take() == ((0,) * (len(BUCKETS) + 1), 0.0), "what was taken is taken"


def test_a_clock_that_jumped_is_no_latency(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiving, sending = pair
    latency = ForwardLatency()
    latency.prepare(receiving)
    for jump in (-3_600, 3_600):
        sending.send(b"packet")
        receiving.recv(100)
        latency.begin(receiving)
        real = time.time_ns()
        monkeypatch.setattr("visavis_media.latency.time_ns", lambda real=real, jump=jump: real + jump * 1_000_000_000)
        latency.end()
    assert latency.take() == ((0,) * (len(BUCKETS) + 1), 0.0)


async def test_a_worker_is_one_thread(control: MediaControl) -> None:
    """A second one would take the interpreter for milliseconds at a time (media.md: p99 from 0.2 to 10.8 ms)."""
    assert os.listdir(Path("/proc") / str(control.worker_pids[0]) / "task") == [str(control.worker_pids[0])]
