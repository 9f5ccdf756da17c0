"""The page docs/benchmarks/media.md and its plots, from the readings of one run.

Knows: tables, medians, what a figure may claim. Refuses to know: how it was measured.
"""

from __future__ import annotations

import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.peers.plots import draw_bars, draw_curves
from benchmarks.peers.scenes import QUANTILES, Climb, Reading

__all__ = ["Results", "write_report"]

P50, P99, WORST = QUANTILES.index(0.5), QUANTILES.index(0.99), QUANTILES.index(1.0)
BASE = "janus"


class Results(msgspec.Struct, kw_only=True):
    """`readings[scene][system]` one per round; `names` and `versions` by system; `absent`: why one is missing."""

    names: dict[str, str]
    versions: dict[str, str] = {}
    absent: dict[str, str] = {}
    readings: dict[str, dict[str, list[Reading]]] = {}
    climbs: dict[str, Climb] = {}
    command: str = ""
    day: str = ""
    machine: str = ""
    seconds: float = 0.0
    rounds: int = 0


def write_report(results: Results, page: Path) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    parts = [HEAD.format(command=results.command, day=results.day, machine=results.machine, seconds=results.seconds,
                         rounds=results.rounds)]  # fmt: skip
    for scene, systems in results.readings.items():
        parts.append(f"## {scene}\n\n{scene_table(results.names, systems)}")
        parts += scene_plots(results.names, scene, systems, page.parent)
    if results.climbs:
        parts.append(f"## Rooms of 1→3 on one core\n\n{climb_table(results.names, results.climbs)}")
        rows = [(results.names[key], float(climb.held)) for key, climb in results.climbs.items()]
        parts.append(
            plot(page.parent, "capacity", draw_bars("Rooms of 1→3 carried", rows, lambda value: f"{value:.0f}"))
        )
    about = [f"- {results.names[key]}: {version}" for key, version in results.versions.items()]
    about += [f"- {results.names.get(key, key)}: not run. {why}" for key, why in results.absent.items()]
    parts.append("## What was run\n\n" + "\n".join(about) + "\n")
    page.write_text("\n".join(parts))
    (page.parent / "media.json").write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def scene_table(names: Mapping[str, str], systems: Mapping[str, Sequence[Reading]]) -> str:
    base = median(systems[BASE], "cpu") if BASE in systems else None
    lines = [
        "| | µs CPU per packet (lowest to highest) | to Janus | p50 µs | p99 µs | worst µs | lost | first key frame ms"
        " | MB per room |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for key, readings in systems.items():
        cpu = [reading.cpu for reading in readings]
        stamped = [reading for reading in readings if reading.latencies]
        latency = [
            f"{statistics.median(reading.latencies[place] for reading in stamped):,.0f}" if stamped else "n/a"
            for place in (P50, P99, WORST)
        ]
        losses = [reading.loss for reading in readings if reading.loss is not None]
        lines.append(
            f"| {names[key]} | {statistics.median(cpu):,.1f} ({min(cpu):,.1f} to {max(cpu):,.1f}) | "
            f"{f'{statistics.median(cpu) / base:.2f}' if base else 'n/a'} | {' | '.join(latency)} | "
            f"{f'{statistics.median(losses):.3%}' if losses else 'n/a'} | "
            f"{first_key(readings)} | "
            f"{statistics.median(reading.memory for reading in readings) / 1e6:,.2f} |"
        )
    return "\n".join(lines) + "\n"


def scene_plots(
    names: Mapping[str, str], scene: str, systems: Mapping[str, Sequence[Reading]], folder: Path
) -> list[str]:
    tag = scene.replace("→", "to").replace(" ", "").replace("×", "x")
    curves = []
    for key, readings in systems.items():
        stamped = [reading for reading in readings if reading.latencies]
        if stamped:
            points = [
                (statistics.median(reading.latencies[place] for reading in stamped), share)
                for place, share in enumerate(QUANTILES)
            ]
            curves.append((names[key], points))
    made = [plot(folder, f"latency-{tag}", draw_curves(f"Added latency, {scene}", curves, "µs"))] if curves else []
    for what, title, written, log in (
        ("cpu", "µs of processor per forwarded packet", lambda value: f"{value:,.1f}", True),
        ("memory", "MB per room", lambda value: f"{value / 1e6:,.2f}", True),
    ):
        rows = [(names[key], median(readings, what)) for key, readings in systems.items()]
        made.append(plot(folder, f"{what}-{tag}", draw_bars(f"{title}, {scene}", rows, written, log)))
    rows = [
        (names[key], statistics.median(moment for reading in readings for moment in reading.first_key))
        for key, readings in systems.items()
        if any(reading.first_key for reading in readings)
    ]
    title = f"ms to the first key frame, {scene}"
    made.append(plot(folder, f"key-{tag}", draw_bars(title, rows, lambda value: f"{value:,.0f}", True)))
    return made


def climb_table(names: Mapping[str, str], climbs: Mapping[str, Climb]) -> str:
    lines = ["| | rooms | packets per second out | core used | ended by |", "|---|---|---|---|---|"]
    for key, climb in climbs.items():
        last = next((step for step in reversed(climb.steps) if step.rooms == climb.held), None)
        rate = f"{last.packets_per_second:,.0f}" if last else "0"
        load = f"{last.load:.0%}" if last else "n/a"
        lines.append(f"| {names[key]} | {climb.held} | {rate} | {load} | {climb.reason} |")
    return "\n".join(lines) + "\n"


def first_key(readings: Sequence[Reading]) -> str:
    moments = [moment for reading in readings for moment in reading.first_key]
    return f"{statistics.median(moments):,.0f}" if moments else "n/a"


def plot(folder: Path, name: str, svg: str) -> str:
    (folder / f"{name}.svg").write_text(svg)
    return f"![{name}]({name}.svg)\n"


def median(readings: Sequence[Reading], field: str) -> float:
    return statistics.median(getattr(reading, field) for reading in readings)


def describe_machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "unknown processor")
    cores = sum(line.startswith("processor") for line in lines)
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1e6
    return f"{cores} × {model}, {memory:.0f} GB, Linux {platform.release()}, Python {platform.python_version()}"


HEAD = """# Media: side by side

Written by `{command}` on {day}. Machine: {machine}.
Medians of {rounds} alternated rounds of {seconds:g} s each after 1 s of warm-up; the system under test has one core for
itself, the load generator the other. Other machines give other figures: run it on yours.

The load is the same for all: 720p VP8 at 1.5 Mb/s and 30 frames a second, the packets of a frame back to back, and 50
Opus packets a second, in DTLS-SRTP (AES-128-GCM where the system takes it), sent on a fixed schedule whatever comes
back.
Latency is from the publisher's send call to the viewer's receive, by one clock. CPU is user and system time of all
threads and child processes, divided by the packets that reached viewers. The generator never sleeps, so no system
pays for waking it. `visavis` is its control process and one worker, with NACK cache, RTCP, statistics and transport
feedback on. Janus runs ICE-lite with only VideoRoom and HTTP loaded. MediaRelay decodes and encodes, so no time stamp
survives in it and its latency cannot be read this way. The floor receives, opens, seals and sends, one system call
each, and does nothing else a forwarder must: no RTCP, no cache, no counting, no check of anything.
"""
