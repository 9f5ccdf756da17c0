"""The side-by-side page says what was measured and what was not, and the load is cut as a browser cuts it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from benchmarks.peers.material import split
from benchmarks.peers.report import Results, write_report
from benchmarks.peers.scenes import QUANTILES, Climb, Reading, Step


def reading(cpu: float, latency: float | None, keys: tuple[float, ...] = (30.0,)) -> Reading:
    return Reading(
        cpu=cpu, packets=900, loss=None if latency is None else 0.0,
        latencies=() if latency is None else tuple(latency * (1 + share) for share in QUANTILES),
        first_key=keys, memory=2e6, empty=1, lateness=1.0,
    )  # fmt: skip


def test_the_page_has_medians_ratios_and_no_invented_figures(tmp_path: Path) -> None:
    results = Results(
        names={"visavis": "visavis", "janus": "Janus", "mediarelay": "MediaRelay"},
        versions={"visavis": "1", "janus": "2", "mediarelay": "3"},
        absent={"werift": "npm is not installed"},
        readings={
            "1→1": {
                "visavis": [reading(20, 80), reading(30, 80), reading(22, 80)],
                "janus": [reading(44, 100)],
                "mediarelay": [reading(1_700, None, ())],
            }
        },
        climbs={"visavis": Climb(held=5, reason="p99 6.0 ms", steps=(Step(
            rooms=5, packets_per_second=3_400, load=0.4, p99=200.0, loss=0.0),))},
        command="make bench-peers", day="2026-11-28", machine="a machine", seconds=4.0, rounds=3,
    )  # fmt: skip
    write_report(results, tmp_path / "media.md")
    page = (tmp_path / "media.md").read_text()
    assert "| visavis | 22.0 (20.0 to 30.0) | 0.50 |" in page
    assert "| MediaRelay | 1,700.0 (1,700.0 to 1,700.0) | 38.64 | n/a | n/a | n/a | n/a | n/a |" in page
    assert "werift: not run. npm is not installed" in page
    assert "| visavis | 5 | 3,400 | 40% | p99 6.0 ms |" in page
    drawn = sorted(tmp_path.glob("*.svg"))
    assert [plot.stem for plot in drawn] == ["capacity", "cpu-1to1", "key-1to1", "latency-1to1", "memory-1to1"]
    for plot in drawn:
        ElementTree.fromstring(plot.read_text())
        assert f"({plot.name})" in page


def test_a_frame_is_cut_into_nearly_equal_packets() -> None:
    data = bytes(range(256)) * 25
    packets = split(data, 7)
    sizes = [len(packet) for packet in packets]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes)
    assert b"".join(packet[4:] for packet in packets) == data
    assert [packet[0] & 0x10 for packet in packets] == [0x10] + [0] * (len(packets) - 1)
