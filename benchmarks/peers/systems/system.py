"""What every system under test has: a process pinned to its core, a way in, and what /proc says of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import msgspec

from benchmarks.peers.peer import LoadPeer

__all__ = ["Ground", "System", "Unavailable", "post"]

STOP_SECONDS = 5
SETTLE_TRIES = 30


class Unavailable(Exception):  # noqa: N818 a state of affairs, not a fault
    """Why this one cannot run here."""


class Ground(msgspec.Struct, frozen=True):
    """Where a run happens: the scratch folder, the address media uses, the core for the system under test."""

    folder: Path
    host: str
    core: int


class System:
    stamped = True  # payloads come out as they went in, so a time stamp in them survives
    carries_requests = True  # a viewer's wish for a key frame reaches the publisher

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.process: subprocess.Popen[bytes] | None = None
        self.version = ""

    def start(self) -> None:
        """Returns when it answers; raises `Unavailable`."""
        raise NotImplementedError

    def publish(self, peer: LoadPeer, room: int) -> None:
        raise NotImplementedError

    def subscribe(self, peer: LoadPeer, room: int, number: int) -> None:
        raise NotImplementedError

    def launch(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        if shutil.which(command[0]) is None:
            raise Unavailable(f"{command[0]} is not installed")
        self.log = (self.ground.folder / "system.log").open("wb")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(self.ground.core), *command],
            stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})},
            start_new_session=True,
        )  # fmt: skip

    def settle(self) -> None:
        """Waits until starting is over: spare processes and threads, which are no part of a session's cost."""
        for _ in range(SETTLE_TRIES):
            before = self.cpu_seconds()
            time.sleep(0.3)
            if self.cpu_seconds() - before < 0.010:
                return

    def said(self) -> str:
        return (self.ground.folder / "system.log").read_text(errors="replace")[-2_000:]

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in self.pids():
            os.kill(pid, 9)
        self.log.close()

    # --- /proc ----------------------------------------------------------------------------------------------------

    def pids(self) -> list[int]:
        """The process and its descendants."""
        if self.process is None:
            return []
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            try:
                tasks = os.listdir(f"/proc/{pid}/task")
                children = [Path(f"/proc/{pid}/task/{task}/children").read_text().split() for task in tasks]
            except OSError:
                continue
            found.append(pid)
            waiting += [int(child) for part in children for child in part]
        return found

    def cpu_seconds(self) -> float:
        """utime + stime of all threads, as the scheduler keeps them (ns), of the process and its descendants."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                try:
                    total += int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
                except OSError:
                    continue
        return total / 1e9

    def resident_bytes(self) -> int:
        pages = 0
        for pid in self.pids():
            try:
                pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            except OSError:
                continue
        return pages * os.sysconf("SC_PAGE_SIZE")


def post(address: str, body: bytes, kind: str = "application/sdp") -> bytes:
    request = urllib.request.Request(address, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise ConnectionError(f"{address}: {error.code} {error.read()[:300]!r}") from error
