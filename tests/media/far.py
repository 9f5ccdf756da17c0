"""A network of its own for a browser, behind a cable that can be cut, filtered and renumbered (Linux, root).

Nothing of the machine's own network is touched: a namespace, a pair of virtual interfaces, and routes inside it.
netem and packet filters are absent from some kernels; a wrong hardware address loses every packet just as silently, and
routing by protocol loses one kind of them.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

import pytest

__all__ = ["FarNetwork", "far"]

NOBODY = "02:00:00:00:00:99"
LOST = "100"  # a routing table that leads to nobody


class FarNetwork:
    """`near` is this machine's address on the cable, `address` the browser's."""

    def __init__(self, folder: pathlib.Path) -> None:
        number = os.getpid() % 250 + 1
        self.name = f"far{os.getpid()}"
        self._subnet = f"10.213.{number}"
        self.near = f"{self._subnet}.1"
        self.address = f"{self._subnet}.2"
        self._ends = (f"fa{os.getpid()}", f"fb{os.getpid()}")
        self.browser = folder / "far-chromium"
        self.browser.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} /usr/bin/chromium "$@"\n')
        self.browser.chmod(0o755)

    def lay(self) -> None:
        ours, theirs = self._ends
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs)
        run("ip", "link", "set", theirs, "netns", self.name)
        run("ip", "addr", "add", f"{self.near}/24", "dev", ours)
        run("ip", "link", "set", ours, "up")
        self.inside("ip", "link", "set", "lo", "up")
        self.inside("ip", "addr", "add", f"{self.address}/24", "dev", theirs)
        self.inside("ip", "link", "set", theirs, "up")
        self.inside("ip", "route", "add", "default", "via", self.near)
        hole = f"{self._subnet}.250"
        self.inside("ip", "neigh", "add", hole, "lladdr", NOBODY, "dev", theirs, "nud", "permanent")
        self.inside("ip", "route", "add", "default", "via", hole, "dev", theirs, "table", LOST)

    def remove(self) -> None:
        subprocess.run(("ip", "link", "del", self._ends[0]), capture_output=True, check=False)
        subprocess.run(("ip", "netns", "del", self.name), capture_output=True, check=False)

    def inside(self, *command: str) -> None:
        run("ip", "netns", "exec", self.name, *command)

    def block(self, protocol: str, port: int = 0) -> None:
        """Loses what leaves over `udp` or `tcp`, to one port or to all."""
        where = ("dport", str(port)) if port else ()
        self.inside("ip", "rule", "add", "ipproto", protocol, *where, "table", LOST, "priority", "10")

    def black_out(self) -> None:
        """Loses everything, both ways, without a sign."""
        ours, theirs = self._ends
        for far_address in (self.address, f"{self._subnet}.3"):
            run("ip", "neigh", "replace", far_address, "lladdr", NOBODY, "dev", ours, "nud", "permanent")
        self.inside("ip", "neigh", "replace", self.near, "lladdr", NOBODY, "dev", theirs, "nud", "permanent")

    def light_up(self) -> None:
        ours, theirs = self._ends
        for far_address in (self.address, f"{self._subnet}.3"):
            run("ip", "neigh", "del", far_address, "dev", ours)
        self.inside("ip", "neigh", "del", self.near, "dev", theirs)

    def renumber(self) -> None:
        """The former address is gone, another is there: another network, for the browser."""
        _, theirs = self._ends
        self.inside("ip", "addr", "add", f"{self._subnet}.3/24", "dev", theirs)
        self.inside("ip", "addr", "del", f"{self.address}/24", "dev", theirs)
        # Removing the first address of a network may remove the others and the routes with it, by the kernel's setting.
        self.inside("ip", "addr", "replace", f"{self._subnet}.3/24", "dev", theirs)
        self.inside("ip", "route", "replace", "default", "via", self.near)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


@pytest.fixture
def far(tmp_path: pathlib.Path) -> Iterator[FarNetwork]:
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("a network namespace needs root and iproute2")
    network = FarNetwork(tmp_path)
    try:
        try:
            network.lay()
        except OSError as error:
            pytest.skip(f"this kernel has no network namespaces, veth or policy routing: {error}")
        yield network
    finally:
        network.remove()
