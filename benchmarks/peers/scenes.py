"""The scenes: 1→1, five rooms of 1→3, and a ramp of rooms until the forwarder no longer keeps up.

Knows: how a scene is set up, measured and taken down for one system. Refuses to know: the others, and how it is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from visavis_media.aiortc_seam import RTCCertificate

from benchmarks.peers.load import Load, Publisher, Viewer, Window
from benchmarks.peers.material import Material
from benchmarks.peers.peer import LoadPeer
from benchmarks.peers.systems import System

__all__ = ["QUANTILES", "SCENES", "Climb", "Reading", "Scene", "climb", "play"]

WARM_UP = 1.0
JOINS = 3
BETWEEN_JOINS = 1.2  # longer than the throttle any of them puts on key frame requests
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
WORST_LATENCY = 5_000_000  # ns at p99
WORST_LOSS = 0.001
BUSY = 0.02  # a share of idle turns below this means that the load, not the system, is at its end
LATE = 20_000_000  # ns at p99 of our own sends: same


class Scene(msgspec.Struct, frozen=True):
    name: str
    rooms: int
    viewers: int


SCENES = (Scene("1→1", 1, 1), Scene("5 × 1→3", 5, 3))


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One scene once. Times in µs except `first_key` (ms); `cpu` per packet that reached a viewer; None = not known."""

    cpu: float
    packets: int
    loss: float | None
    latencies: tuple[float, ...]  # at QUANTILES
    first_key: tuple[float, ...]
    memory: float  # bytes per room, beside what it took empty
    empty: int
    lateness: float  # p99 of our own sends, µs


class Step(msgspec.Struct, frozen=True, kw_only=True):
    rooms: int
    packets_per_second: float
    load: float  # share of one core
    p99: float | None
    loss: float | None


class Climb(msgspec.Struct, frozen=True, kw_only=True):
    """`held`: most rooms carried within the bounds; `reason` says what ended it."""

    held: int
    reason: str
    steps: tuple[Step, ...]


class Stage:
    """A started system with rooms that grow."""

    def __init__(self, system: System, material: Material) -> None:
        self.system = system
        self.load = Load(material, system.stamped)
        self.certificate = RTCCertificate.generateCertificate()
        self.cameras: list[Publisher] = []

    async def add_room(self, viewers: int) -> None:
        peer = self._peer()
        room = len(self.cameras)
        self.system.publish(peer, room)
        await self.load.connect(peer)
        self.cameras.append(self.load.publish(peer))
        for number in range(viewers):
            await self.join(room, number)

    async def join(self, room: int, number: int) -> Viewer:
        peer = self._peer()
        self.system.subscribe(peer, room, number)
        viewer = self.load.view(peer, self.cameras[room])
        await self.load.connect(peer)
        return viewer

    async def first_picture(self, room: int, number: int) -> float:
        """ms from the viewer's description to its first key frame; a publisher loops every 3 s, so that ends it."""
        viewer = await self.join(room, number)
        await self.load.until(lambda: viewer.first_key, 10.0)
        return (viewer.first_key - viewer.joined) / 1e6

    def _peer(self) -> LoadPeer:
        peer = LoadPeer(self.system.ground.host, self.certificate)
        self.load.add_peer(peer)
        return peer


async def play(system: System, scene: Scene, material: Material, seconds: float) -> Reading:
    system.start()
    system.settle()
    stage = Stage(system, material)
    try:
        empty = system.resident_bytes()
        for _ in range(scene.rooms):
            await stage.add_room(scene.viewers)
        stage.load.spin(WARM_UP)
        window = stage.load.measure(seconds, system.cpu_seconds)
        memory = (system.resident_bytes() - empty) / scene.rooms
        keys = []
        for number in range(JOINS if system.carries_requests else 0):
            stage.load.spin(BETWEEN_JOINS)
            keys.append(await stage.first_picture(0, 100 + number))
        return read_window(system, window, memory, empty, keys)
    finally:
        await end(stage)


async def climb(system: System, material: Material, seconds: float, step: int, viewers: int, most: int) -> Climb:
    """Rooms in steps until p99 or loss passes its bound, the load is at its end, or `most` are carried."""
    system.start()
    system.settle()
    stage = Stage(system, material)
    steps: list[Step] = []
    held, reason = 0, f"carried all {most}"
    try:
        while len(stage.cameras) < most:
            for _ in range(step):
                await stage.add_room(viewers)
            stage.load.spin(WARM_UP)
            window = stage.load.measure(seconds, system.cpu_seconds)
            rooms = len(stage.cameras)
            p99 = quantiles(window.latencies, (0.99,))[0] if window.latencies else None
            steps.append(
                Step(
                    rooms=rooms, packets_per_second=window.received / window.seconds, p99=p99 and p99 / 1_000,
                    load=window.cpu / window.seconds, loss=window.loss if system.stamped else None,
                )
            )  # fmt: skip
            reason_now = limit_of(system, window, p99)
            if reason_now:
                reason = reason_now
                break
            held = rooms
    except (TimeoutError, ConnectionError) as error:
        reason = f"a peer could not join ({type(error).__name__})"
    finally:
        await end(stage)
    return Climb(held=held, reason=reason, steps=tuple(steps))


def limit_of(system: System, window: Window, p99: float | None) -> str:
    if window.idle < BUSY or quantiles(window.lateness, (0.99,))[0] > LATE:
        return "the load generator was at its end"
    if window.loss is not None and system.stamped and window.loss > WORST_LOSS:
        return f"loss {window.loss:.2%}"
    if p99 is not None and p99 > WORST_LATENCY:
        return f"p99 {p99 / 1e6:.1f} ms"
    if not system.stamped and window.cpu / window.seconds > 0.97:
        return "its core was full"
    return ""


def read_window(system: System, window: Window, memory: float, empty: int, keys: list[float]) -> Reading:
    return Reading(
        cpu=window.cpu / max(window.received, 1) * 1e6,
        packets=window.received,
        loss=window.loss if system.stamped else None,
        latencies=tuple(value / 1_000 for value in quantiles(window.latencies, QUANTILES)) if window.latencies else (),
        first_key=tuple(sorted(keys)),
        memory=memory,
        empty=empty,
        lateness=quantiles(window.lateness, (0.99,))[0] / 1_000 if window.lateness else 0.0,
    )


def quantiles(values: Sequence[int], wanted: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in wanted]


async def end(stage: Stage) -> None:
    try:
        async with asyncio.timeout(10):
            await stage.load.close()
    except TimeoutError:
        pass
    finally:
        stage.system.stop()
