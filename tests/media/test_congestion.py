"""A subscriber's path becomes narrow and wide again, on a link that exists only in numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from visavis_media.congestion import CEILING, SENT_MASK, PathEstimate, SentPackets

FRAME = 1 / 30
CHUNK = 1_100  # bytes
AUDIO = 64_000


class Path:
    """A sender that keeps to the estimate, a bottleneck with a bounded queue, a receiver that reports every 50 ms.

    `sender` is the rate the source would like; it learns of a new estimate 100 ms late. With `fills`, what it lacks
    below the padding asked for is padded.
    """

    def __init__(self, capacity: Callable[[float], float], wanted: float, *, loss: float = 0.0) -> None:
        self.estimate = PathEstimate()
        self.sent = SentPackets()
        self.capacity, self.wanted, self.loss = capacity, wanted, loss
        self.free_at = 0.0  # when the bottleneck has sent what it holds
        self.way = 0.020
        self.queue_limit = 0.400
        self.delays: list[tuple[float, float]] = []
        self.waiting: list[tuple[int, float | None]] = []
        self.chance = random.Random(11)

    def run(self, seconds: float) -> Iterator[tuple[float, int]]:
        """Yields (time, estimate) every 10 ms."""
        told: list[tuple[float, int]] = [(0.0, CEILING)]
        next_frame = next_report = 0.0
        credit = 0.0
        for step in range(int(seconds * 100)):
            now = step / 100
            if now >= next_frame:
                next_frame += FRAME
                allowed = next(rate for when, rate in reversed(told) if when <= max(0.0, now - 0.1))
                credit += min(self.wanted, allowed - AUDIO) * FRAME / 8
                while credit >= CHUNK:
                    credit -= CHUNK
                    self.send(CHUNK, now)
            if step % 2 == 0:
                self.send(AUDIO // 8 // 50, now)
            if now >= next_report and self.waiting:
                next_report = now + 0.05
                # A receiver knows of a loss only by what came after it.
                come = [at for at, (_, arrival) in enumerate(self.waiting) if arrival is not None and arrival <= now]
                if come:
                    ready, self.waiting = self.waiting[: come[-1] + 1], self.waiting[come[-1] + 1 :]
                    self.estimate.acknowledge(self.sent, ready[0][0], [arrival for _, arrival in ready], now)
                    told.append((now, self.estimate.bitrate))
            yield now, self.estimate.bitrate

    def send(self, size: int, now: float) -> None:
        number = self.sent.count = self.sent.count + 1 & 0xFFFF
        self.sent.moments[number & SENT_MASK], self.sent.sizes[number & SENT_MASK] = now, size
        start = max(now, self.free_at)
        if start - now > self.queue_limit or self.chance.random() < self.loss:
            self.waiting.append((number, None))
            return
        self.free_at = start + size * 8 / self.capacity(now)
        self.delays.append((now, self.free_at - now))
        self.waiting.append((number, self.free_at + self.way))


def cut(now: float) -> float:
    return 500_000 if 5 <= now < 25 else 10_000_000


def test_a_path_that_was_never_full_puts_no_limit_on_anybody() -> None:
    path = Path(lambda now: 10_000_000, 2_500_000)
    assert {rate for _, rate in path.run(10)} == {CEILING}


def test_a_cut_is_followed_within_three_seconds_and_its_end_within_ten() -> None:
    path = Path(cut, 2_500_000)
    rates = dict(path.run(40))

    during = [rate for now, rate in rates.items() if 8 <= now < 25]
    assert max(during) < 650_000, "followed within 3 s and not left again"
    assert min(during) > 250_000, "nor given up"
    assert max(rate for now, rate in rates.items() if now < 35) >= 2_500_000, "back within 10 s"
    assert rates[39.99] >= 2_500_000


def test_during_the_cut_the_queue_is_short_so_that_sound_comes_through() -> None:
    path = Path(cut, 2_500_000)
    list(path.run(25))
    settled = sorted(delay for now, delay in path.delays if 8 <= now < 25)
    assert settled[int(0.95 * len(settled))] < 0.120


@pytest.mark.parametrize("loss", [0.05, 0.15])
def test_loss_that_sending_less_does_not_mend_is_not_taken_for_a_full_path(loss: float) -> None:
    path = Path(lambda now: 10_000_000, 1_500_000, loss=loss)
    rates = dict(path.run(30))
    assert rates[29.99] >= 700_000


def test_a_short_queue_that_only_drops_is_found_by_its_losses() -> None:
    path = Path(cut, 2_500_000)
    path.queue_limit = 0.030
    rates = dict(path.run(40))
    during = sorted(rate for now, rate in rates.items() if 8 <= now < 25)
    assert during[len(during) // 2] < 550_000
    assert during[int(0.9 * len(during))] < 750_000, "it looks above the limit now and then, and not for long"
    assert rates[35.0] >= 2_000_000


@pytest.mark.parametrize("longer", [0.030, 0.100])
def test_a_longer_way_is_not_a_queue_for_ever(longer: float) -> None:
    path = Path(cut, 1_000_000)
    for now, _ in path.run(40):
        if now >= 5:
            path.way = 0.020 + longer
    assert path.estimate.bitrate >= 1_000_000
    assert path.estimate.queue < 0.020
