"""Tries are counted per account and address, come back with time, and never fill the memory."""

from __future__ import annotations

import pytest
from visavis_core.identity import limits as module
from visavis_core.identity.limits import Limits, Policy

POLICIES = {"door": Policy(burst=2, seconds=10), "street": Policy(burst=3, seconds=1)}


class Steady:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_one_by_one() -> None:
    steady = Steady()
    limits = Limits(steady, POLICIES)
    assert [limits.wait_for(("door", "rose")) for _ in range(3)] == [0, 0, 10]
    steady.now += 4
    assert limits.wait_for(("door", "rose")) == 6
    steady.now += 6
    assert [limits.wait_for(("door", "rose")) for _ in range(2)] == [0, 10]


def test_a_refused_try_costs_the_other_keys_nothing() -> None:
    limits = Limits(Steady(), POLICIES)
    for _ in range(2):
        assert limits.wait_for(("door", "rose"), ("street", "192.0.2.1")) == 0
    for _ in range(5):
        assert limits.wait_for(("door", "rose"), ("street", "192.0.2.1")) == 10
    assert limits.wait_for(("street", "192.0.2.1")) == 0


def test_one_person_does_not_slow_another() -> None:
    limits = Limits(Steady(), POLICIES)
    while limits.wait_for(("door", "rose")) == 0:
        pass
    assert limits.wait_for(("door", "salome")) == 0


def test_forgiving_starts_afresh() -> None:
    limits = Limits(Steady(), POLICIES)
    while limits.wait_for(("door", "rose")) == 0:
        pass
    limits.forgive("door", "rose")
    assert limits.wait_for(("door", "rose")) == 0


def test_memory_is_bounded(monkeypatch: object) -> None:
    limits = Limits(Steady(), POLICIES)
    for number in range(module.BUCKETS + 500):
        limits.wait_for(("street", str(number)))
    assert len(limits._buckets) == module.BUCKETS


def test_a_refused_try_makes_no_count_and_pushes_none_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUCKETS", 10)
    limits = Limits(Steady(), POLICIES)
    while limits.wait_for(("door", "rose")) == 0:
        pass
    while limits.wait_for(("street", "192.0.2.66")) == 0:
        pass
    for n in range(100):
        assert limits.wait_for(("door", f"nobody-{n}"), ("street", "192.0.2.66")) > 0
    assert limits.wait_for(("door", "rose")) > 0, "still counted"
