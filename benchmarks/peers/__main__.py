"""`python -m benchmarks.peers`: runs the scenes over every system that can run here and writes the page."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import os
import shlex
import signal
import statistics
import sys
import tempfile
from pathlib import Path

from visavis_media.aiortc_seam import host_addresses

from benchmarks.peers.material import Material, load_material
from benchmarks.peers.report import Results, describe_machine, write_report
from benchmarks.peers.scenes import QUANTILES, SCENES, Reading, climb, play
from benchmarks.peers.systems import SYSTEMS, System, Unavailable
from benchmarks.peers.systems.system import Ground

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks" / "media.md"
SCRATCH = Path(tempfile.gettempdir()) / f"visavis-bench-peers-{os.getuid()}"
STEPS = {"mediarelay": 1}  # rooms per step of the ramp; others 5
NOT_HERE = {"libdatachannel-py": f"It needs Python 3.12; this is {sys.version_info.major}.{sys.version_info.minor}."}


def main() -> int:
    options = read_options()
    SCRATCH.mkdir(mode=0o700, exist_ok=True)
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("two cores are needed: one for the system under test, one for the load", file=sys.stderr)
        return 1
    addresses = host_addresses()
    if not addresses:
        print("an address other than loopback is needed: peers do not check 127.0.0.1", file=sys.stderr)
        return 1
    os.sched_setaffinity(0, {cores[1]})
    material = load_material(SCRATCH)
    ground = Ground(SCRATCH, addresses[0], cores[0])
    chosen = options.only.split(",") if options.only else list(SYSTEMS)
    unknown = [name for name in chosen if name not in SYSTEMS]
    if unknown:
        print(f"not among {', '.join(SYSTEMS)}: {', '.join(unknown)}", file=sys.stderr)
        return 2
    results = Results(
        names={name: SYSTEMS[name][0] for name in chosen},
        absent={} if sys.version_info >= (3, 12) else dict(NOT_HERE),
        command=shlex.join(["make", "bench-peers", *([f"OPTIONS={' '.join(sys.argv[1:])}"] if sys.argv[1:] else [])]),
        day=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        machine=describe_machine(),
        seconds=options.seconds,
        rounds=options.rounds,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stopped run takes its systems down too
    gc.freeze()
    try:
        run_scenes(results, chosen, ground, material, options.rounds, options.seconds)
        if not options.short:
            run_ramp(results, chosen, ground, material, options.most)
    except KeyboardInterrupt:
        print("stopped; what was measured is not written", file=sys.stderr)
        return 130
    if not options.dry:
        write_report(results, options.page)
        print(f"written: {options.page}")
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-peers OPTIONS=…", description=__doc__)
    parser.add_argument("--short", action="store_true", help="two rounds of 4 s, no ramp")
    parser.add_argument("--seconds", type=float, help="of each measured stretch (10; short: 4)")
    parser.add_argument("--rounds", type=int, help="alternated (3; short: 2)")
    parser.add_argument("--only", default="", help=f"some of {','.join(SYSTEMS)}")
    parser.add_argument("--most", type=int, default=60, help="rooms at the end of the ramp")
    parser.add_argument("--dry", action="store_true", help="print, write no page")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    options.seconds = options.seconds or (4.0 if options.short else 10.0)
    options.rounds = options.rounds or (2 if options.short else 3)
    return options


def run_scenes(
    results: Results, chosen: list[str], ground: Ground, material: Material, rounds: int, seconds: float
) -> None:
    for scene in SCENES:
        table = results.readings.setdefault(scene.name, {})
        for turn in range(rounds):
            for name in chosen if turn % 2 == 0 else reversed(chosen):
                if name in results.absent:
                    continue
                system = build(name, ground)
                try:
                    reading = asyncio.run(play(system, scene, material, seconds))
                except (Unavailable, TimeoutError, ConnectionError) as error:
                    system.stop()
                    results.absent[name] = str(error) or type(error).__name__
                    print(f"{scene.name:8} {name:16} not run: {results.absent[name]}", flush=True)
                    continue
                results.versions[name] = system.version
                table.setdefault(name, []).append(reading)
                shown = [f"{value:.0f}" for value in reading.latencies] or ["n/a"] * len(QUANTILES)
                latency = [shown[QUANTILES.index(0.5)], shown[QUANTILES.index(0.99)]]
                print(
                    f"{scene.name:8} {name:16} {reading.cpu:8.1f} µs/packet"
                    f"  p50 {latency[0]:>5}  p99 {latency[1]:>6} µs"
                    f"  first key {first_key(reading)} ms  {reading.memory / 1e6:6.2f} MB/room"
                    f"  load late p99 {reading.lateness:.0f} µs",
                    flush=True,
                )
        results.readings[scene.name] = {name: table[name] for name in chosen if name in table}
        for name, readings in results.readings[scene.name].items():
            print(f"{scene.name:8} {name:16} median {statistics.median(r.cpu for r in readings):.1f} µs/packet")


def first_key(reading: Reading) -> str:
    return f"{statistics.median(reading.first_key):6.0f}" if reading.first_key else "   n/a"


def run_ramp(results: Results, chosen: list[str], ground: Ground, material: Material, most: int) -> None:
    for name in chosen:
        if name in results.absent:
            continue
        system = build(name, ground)
        step = STEPS.get(name, 5)
        try:
            results.climbs[name] = asyncio.run(climb(system, material, 3.0, step, 3, most))
        except Unavailable as error:
            system.stop()
            print(f"ramp {name}: {error}", flush=True)
            continue
        print(f"ramp {name}: {results.climbs[name].held} rooms; {results.climbs[name].reason}", flush=True)


def build(name: str, ground: Ground) -> System:
    make = SYSTEMS[name][1]
    return make(ground)


if __name__ == "__main__":
    raise SystemExit(main())
