"""Systems that are a library: a small server of ours (a shim) around each, offers in by HTTP, answers out.

Knows: the two addresses every shim has. Refuses to know: what the library does. The npm packages are installed by name
into the scratch folder; nothing of them is kept.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.peers.peer import LoadPeer
from benchmarks.peers.systems.system import Ground, System, Unavailable, post

__all__ = ["Shim", "ShimSystem", "node_shim", "python_shim"]

START_SECONDS = 20
HERE = Path(__file__).parent
PACKAGES = ("werift", "node-datachannel")


class Shim(msgspec.Struct, frozen=True):
    """`command(ground, port)` starts it."""

    command: Callable[[Ground, int], list[str]]


class ShimSystem(System):
    def __init__(self, ground: Ground, shim: Shim, stamped: bool = True, carries_requests: bool = True) -> None:
        super().__init__(ground)
        self.shim = shim
        self.stamped = stamped
        self.carries_requests = carries_requests
        self.port = free_port()

    def start(self) -> None:
        self.launch(self.shim.command(self.ground, self.port), {"HOST": self.ground.host})
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                self.version = post(f"http://127.0.0.1:{self.port}/version", b"").decode()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise Unavailable(f"it did not start: {self.said()}")

    def publish(self, peer: LoadPeer, room: int) -> None:
        self._join(peer, f"publish/{room}", "sendonly")

    def subscribe(self, peer: LoadPeer, room: int, number: int) -> None:
        self._join(peer, f"subscribe/{room}/{number}", "recvonly")

    def _join(self, peer: LoadPeer, place: str, direction: str) -> None:
        peer.take_description(post(f"http://127.0.0.1:{self.port}/{place}", peer.offer(direction).encode()).decode())


def python_shim(name: str) -> Shim:
    return Shim(lambda _ground, port: [sys.executable, "-m", f"benchmarks.peers.systems.{name}", str(port)])


def node_shim(name: str) -> Shim:
    def command(ground: Ground, port: int) -> list[str]:
        install_packages(ground.folder)
        script = ground.folder / f"{name}.mjs"  # modules are looked for beside the script
        shutil.copy(HERE / f"{name}.mjs", script)
        return ["node", str(script), str(port)]

    return Shim(command)


def install_packages(folder: Path) -> None:
    if all((folder / "node_modules" / package).exists() for package in PACKAGES):
        return
    if shutil.which("npm") is None:
        raise Unavailable("npm is not installed")
    command = ["npm", "install", "--no-fund", "--no-audit", "--prefix", str(folder), *PACKAGES]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"npm could not install {' '.join(PACKAGES)}: {error}") from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
