"""A worker at 70 % of what it measured itself able to carry, for an hour: memory, latency and faults, minute by minute.

`make soak` or `python benchmarks/soak.py --seconds 3600 --out docs/benchmarks/soak.md`. First sessions are added until
the worker itself refuses one (admission control) or `--most` are open; then 70 % of them go on. Each session is one
publisher (250 pictures' packets of 1,100 bytes and 50 of sound per second) watched by three. Real handshakes, SRTP and
checks; viewers count what arrives without opening it, so that the load tool is not what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import pathlib
import platform
import sys
from time import monotonic

import msgspec
import uvloop
from visavis_media.aiortc_seam import host_addresses
from visavis_media.control import MediaControl, MediaRefused
from visavis_media.latency import BUCKETS
from visavis_media.messages import StatsSummary
from visavis_media.settings import MediaSettings
from visavis_media.srtp import Keys
from visavis_media.testing import VIDEO_FEEDBACK, OfferedTrack, SyntheticPeer, pack_rtp

VIEWERS = 3
TICK, PICTURES, PICTURE, SOUND = 0.020, 5, bytes(1_100), bytes(160)
TURNS = 10
SHARE = 0.7
CHECK_SECONDS = 4.0
RAMP_PAUSE, SETTLE = 0.4, 10.0
LATE = 0.1  # seconds the load tool may be late in the mean before it is the limit itself
GROWTH = 0.05
ROWS = 12
TRACKS = (
    OfferedTrack(kind="audio", codec="opus/48000/2", payload_type=111),
    OfferedTrack(kind="video", codec="VP8/90000", payload_type=96, rtx=97, feedback=VIDEO_FEEDBACK),
)


class Viewer(SyntheticPeer):
    """Counts packets and leaves them sealed."""

    arrived = 0

    def _open_packet(self, keys: Keys, size: int) -> None:
        self.arrived += 1


class Room:
    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self.publisher = SyntheticPeer(host)
        self.viewers = [Viewer(host) for _ in range(VIEWERS)]
        self.sent = 0
        self.checked = 0.0

    async def open(self, control: MediaControl) -> None:
        """MediaRefused when the worker is full."""
        await control.open_session(self.name)
        camera = f"{self.name}-camera"
        answer = await control.publish(self.name, camera, self.publisher.offer("sendonly", TRACKS))
        await self.publisher.connect(answer.sdp)
        for number, viewer in enumerate(self.viewers):
            answer = await control.subscribe(self.name, camera, f"{camera}-{number}", viewer.offer("recvonly", TRACKS))
            await viewer.connect(answer.sdp)

    def send(self, now: float) -> None:
        self.sent += 1
        base = self.sent * PICTURES
        for number in range(PICTURES):
            self.publisher.send(pack_rtp(96, base + number, self.sent * 1_800, 7, PICTURE, number == PICTURES - 1))
        self.publisher.send(pack_rtp(111, self.sent, self.sent * 960, 8, SOUND))
        if now - self.checked > CHECK_SECONDS:
            self.checked = now
            for peer in (self.publisher, *self.viewers):
                peer.check()

    async def close(self, control: MediaControl) -> None:
        await control.close_session(self.name)
        for peer in (self.publisher, *self.viewers):
            await peer.close()


class Load:
    """Open loop: every room sends every `TICK`; what was late is made up for, and counted as late."""

    def __init__(self) -> None:
        self.rooms: list[Room] = []
        self.late = 0.0

    async def run(self) -> None:
        due, turn = monotonic(), 0
        while True:
            # Rooms take turns within the 20 ms: people do not send in step, and all at once would measure the queue.
            due, turn = due + TICK / TURNS, turn + 1
            await asyncio.sleep(max(0.0, due - monotonic()))
            now = monotonic()
            self.late += 0.002 * (max(0.0, now - due) - self.late)
            due = max(due, now - 1.0)
            for room in self.rooms[turn % TURNS :: TURNS]:
                room.send(now)


class Minute(msgspec.Struct):
    """One row of the table, added up over its seconds."""

    seconds: int = 0
    sent: int = 0
    load: float = 0.0
    memory: int = 0
    unsent: int = 0
    faults: int = 0
    latency: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    def add(self, summary: StatsSummary) -> None:
        self.seconds += 1
        self.sent += summary.sent
        self.load += summary.load
        self.memory = max(self.memory, summary.memory)
        self.unsent += summary.unsent
        self.faults += summary.faults
        self.latency = [a + b for a, b in zip(self.latency, summary.latency, strict=True)]

    def percentile(self, share: float) -> float:
        """Milliseconds, interpolated in its bucket; the last bound for what lies beyond."""
        wanted, below, floor = share * sum(self.latency), 0, 0.0
        for bound, count in zip(BUCKETS, self.latency, strict=False):
            if count and below + count >= wanted:
                return (floor + (bound - floor) * (wanted - below) / count) * 1e3
            below, floor = below + count, bound
        return BUCKETS[-1] * 1e3


async def fill(control: MediaControl, load: Load, host: str, most: int) -> str:
    """Adds rooms until the worker refuses; returns what ended it."""
    while len(load.rooms) < most:
        room = Room(f"room-{len(load.rooms)}", host)
        try:
            await room.open(control)
        except MediaRefused as refusal:
            await room.close(control)
            return f"the worker refused the next one ({refusal.code})"
        load.rooms.append(room)
        await asyncio.sleep(RAMP_PAUSE)
        if load.late > LATE:
            return "the load tool could not send more"
    return f"--most {most} were open"


async def soak(seconds: int, most: int) -> tuple[str, bool]:
    errors: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: errors.append(str(context.get("message"))))
    control = await MediaControl.start(MediaSettings(host=host_addresses()[0]))
    load = Load()
    sending = asyncio.create_task(load.run())
    try:
        ended = await fill(control, load, host_addresses()[0], most)
        full = len(load.rooms)
        await asyncio.sleep(SETTLE)
        capacity = control.latest[0].capacity
        keep = max(1, int(full * SHARE))
        for room in load.rooms[keep:]:
            await room.close(control)
        del load.rooms[keep:]
        rows = await watch(control, seconds)
    finally:
        sending.cancel()
        await asyncio.wait([sending])
        for room in load.rooms:
            await room.close(control)
        losses = dict(control.figures.workers[0].losses) if 0 in control.figures.workers else {}
        await control.close()
    if not sending.cancelled() and (fault := sending.exception()) is not None:
        raise fault
    return report(rows, full, keep, capacity, ended, errors, losses, seconds)


async def watch(control: MediaControl, seconds: int) -> list[Minute]:
    rows, length = [Minute()], max(1, seconds // ROWS)
    ends = monotonic() + seconds
    async for event in control.events():
        if isinstance(event, StatsSummary):
            if rows[-1].seconds >= length:
                rows.append(Minute())
            rows[-1].add(event)
            if monotonic() >= ends:
                break
    return rows


def report(
    rows: list[Minute], full: int, keep: int, capacity: int, ended: str, errors: list[str], losses: object, seconds: int
) -> tuple[str, bool]:
    warm = rows[max(1, len(rows) // 6) :] or rows  # the first sixth fills pools and buffers
    growth = warm[-1].memory / warm[0].memory - 1
    tails = sorted(row.percentile(0.99) for row in warm)
    faults = sum(row.faults for row in rows)
    verdicts = {
        f"memory grew by {growth:+.1%} after warm-up (allowed {GROWTH:.0%})": growth < GROWTH,
        f"p99 from {tails[0]:.2f} to {tails[-1]:.2f} ms, median {tails[len(tails) // 2]:.2f} (allowed: twice that)":
            tails[-1] <= 2 * tails[len(tails) // 2],
        f"{faults} exceptions in the worker's loop, {len(errors)} in the control's, losses {losses or 'none'}":
            not (faults or errors or losses),
    }  # fmt: skip
    lines = [
        "# Soak",
        "",
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {seconds} s. {machine()}",
        f"Command: `{' '.join(['python', *sys.argv])}`",
        "",
        f"Sessions of 1 publisher and {VIEWERS} viewers: {full} when {ended}; {keep} were kept. "
        f"Capacity as the worker measured it: {capacity or 'not known'} forwarded packets per second.",
        "",
        "| seconds | forwarded/s | load of a core | p50 ms | p99 ms | memory MiB | unsent | faults |",
        "|---|---|---|---|---|---|---|---|",
    ]
    passed = 0
    for row in rows:
        passed += row.seconds
        lines.append(
            f"| {passed} | {row.sent / row.seconds:,.0f} | {row.load / row.seconds:.2f} | {row.percentile(0.5):.3f} "
            f"| {row.percentile(0.99):.2f} | {row.memory / 2**20:.1f} | {row.unsent} | {row.faults} |"
        )
    lines += ["", *(f"- {'holds' if held else '**does not hold**'}: {words}" for words, held in verdicts.items()), ""]
    return "\n".join(lines), all(verdicts.values())


def machine() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    model = next(named, platform.machine())
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, CPython {platform.python_version()}."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3_600)
    parser.add_argument("--most", type=int, default=200, help="sessions, whatever the worker would still take")
    parser.add_argument("--out", type=pathlib.Path, default=None)
    chosen = parser.parse_args()
    text, holds = uvloop.run(soak(chosen.seconds, chosen.most))
    print(text)
    if chosen.out is not None:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(text, encoding="utf-8")
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
