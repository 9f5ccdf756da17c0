"""`visavis serve` in a process of its own, until its test is over."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

__all__ = ["free_port", "serving", "visavis"]

READY_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def visavis(config: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "visavis_core.cli", *words, "-c", str(config)]


@contextlib.contextmanager
def serving(
    config: Path, address: str, *, end: signal.Signals = signal.SIGTERM, environment: Mapping[str, str] | None = None
) -> Iterator[httpx.Client]:
    """A client of the server, once it is ready. `end` is the signal it gets; it must answer SIGTERM with 0."""
    process = subprocess.Popen(
        visavis(config, "serve"), stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    )
    try:
        with httpx.Client(base_url=address, timeout=30) as client:
            until = time.monotonic() + READY_SECONDS
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if client.get("/readyz").status_code == 200:
                        break
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                assert time.monotonic() < until, "never ready"
                time.sleep(0.05)
            yield client
    finally:
        process.send_signal(end)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    if end is signal.SIGTERM:
        assert process.returncode == 0
