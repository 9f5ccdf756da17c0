"""A served app as a process of its own, with its own folder and port, that a test can kill and start again.

Knows: the `visavis` command line, readiness (`/readyz`), signals.
Refuses to know: what is served. The same port and folder come back after a kill, as after a power cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import httpx
import pytest

__all__ = ["NotReadyError", "Server", "demo_command", "demo_server", "find_free_port", "serve_command"]

READY_WITHIN_SECONDS: Final = 60.0
STOPPED_WITHIN_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
_LOG_TAIL: Final = 4_000

Command = Callable[[int, pathlib.Path], list[str]]


class NotReadyError(AssertionError):
    """The server did not come up, or not down; its last words are in the message."""


def demo_command(port: int, folder: pathlib.Path) -> list[str]:
    """`visavis demo` with its invented people, keeping its data under `folder`."""
    arguments = ["demo", "--port", str(port), "--no-browser", "--folder", str(folder / "demo")]
    return [sys.executable, "-m", "visavis_core.cli", *arguments]


def serve_command(_port: int, folder: pathlib.Path) -> list[str]:
    """`visavis serve` of the `visavis.toml` in `folder`, which must name the server's port."""
    return [sys.executable, "-m", "visavis_core.cli", "serve", "--config", str(folder / "visavis.toml")]


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`await server.start()`, `server.kill()`, `await server.start()` again; `address` never changes."""

    def __init__(self, folder: pathlib.Path, command: Command = demo_command, port: int = 0) -> None:
        self.folder = folder
        self.port = port or find_free_port()
        self.address = f"http://localhost:{self.port}"  # what the app calls itself: Origin is checked against it
        self.log = folder / "server.log"
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._groups: list[int] = []
        self.starts = 0

    @property
    def process_id(self) -> int:
        if self._process is None:
            raise NotReadyError("the server was not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Returns once the server says it is ready. Raises `NotReadyError` with the end of its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.starts += 1
        self._spawn()
        await self._wait_until_ready()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            log.write(f"--- start {self.starts}\n".encode())
            log.flush()
            # A session of its own: whatever it starts can be ended with it, by group.
            self._process = subprocess.Popen(
                self._command(self.port, self.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._groups.append(self._process.pid)

    async def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN_SECONDS
        async with httpx.AsyncClient(base_url=self.address, timeout=2, trust_env=False) as client:
            while time.monotonic() < until:
                if not self.is_running:
                    raise NotReadyError(f"the server ended before it was ready:\n{self.last_words()}")
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(_POLL_SECONDS)
        raise NotReadyError(f"the server was not ready in {READY_WITHIN_SECONDS:.0f} s:\n{self.last_words()}")

    def kill(self) -> None:
        """`kill -9` of the server itself: no warning, no goodbye. What it had started must notice alone."""
        process = self._running()
        process.kill()
        process.wait(STOPPED_WITHIN_SECONDS)

    async def stop(self) -> int:
        """Ask it to end (SIGTERM) and return its exit code."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        until = time.monotonic() + STOPPED_WITHIN_SECONDS
        while process.poll() is None:
            if time.monotonic() > until:
                raise NotReadyError(f"the server did not end:\n{self.last_words()}")
            await asyncio.sleep(_POLL_SECONDS)
        return process.returncode

    def end(self) -> None:
        """Nothing of it is left: the process and all it started, running or not."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        self._groups.clear()
        if self._process is not None:
            self._process.wait(STOPPED_WITHIN_SECONDS)

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-_LOG_TAIL:] if self.log.exists() else ""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise NotReadyError(f"the server is not running:\n{self.last_words()}")
        return self._process


@pytest.fixture
async def demo_server(tmp_path: pathlib.Path) -> AsyncIterator[Server]:
    """The demonstration, ready, with an empty store of its own."""
    server = Server(tmp_path / "server")
    try:
        await server.start()
        yield server
    finally:
        server.end()
