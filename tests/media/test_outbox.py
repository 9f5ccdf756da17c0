"""Packets that leave together arrive as they would have left one by one: same bytes, same order, none missing."""

from __future__ import annotations

import errno
import random
import socket
from collections.abc import Iterator

import pytest
from visavis_media.outbox import MOST_PACKETS, Outbox, Run

PATIENCE = 10.0


class Wire(socket.socket):
    """A real socket that notes how often it was called, and can refuse runs as some paths do."""

    refusal = 0

    def sendmsg(self, packets: list[bytes], *rest: object) -> int:  # type: ignore[override] # the one form we use
        self.runs.append(len(packets))
        if self.refusal:
            raise OSError(self.refusal, "refused")
        return super().sendmsg(packets, *rest)  # type: ignore[arg-type] # same

    def sendto(self, packet: bytes, *rest: object) -> int:  # type: ignore[override] # same
        self.singles += 1
        return super().sendto(packet, *rest)  # type: ignore[call-overload,no-any-return] # same


@pytest.fixture
def ends() -> Iterator[tuple[Wire, socket.socket]]:
    with Wire(socket.AF_INET, socket.SOCK_DGRAM) as wire, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        wire.runs, wire.singles = [], 0
        far.bind(("127.0.0.1", 0))
        far.settimeout(PATIENCE)
        yield wire, far


def send(run: Run, outbox: Outbox, packets: list[bytes], last: frozenset[int]) -> None:
    for number, packet in enumerate(packets):
        run.add(memoryview(packet), number in last)
    outbox.flush()


def test_a_frame_leaves_in_as_few_calls_as_its_sizes_allow(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    outbox = Outbox()
    run = Run(outbox, wire, far.getsockname(), pytest.fail)
    # As libwebrtc splits a frame: the larger packets last.
    packets = [bytes([number]) * size for number, size in enumerate([900, 900, 900, 901, 901, 901])]
    send(run, outbox, packets, frozenset({5}))
    assert [far.recv(2_000) for _ in packets] == packets
    assert (wire.runs, wire.singles) == ([3, 3], 0)

    send(run, outbox, packets[:2], frozenset())
    assert [far.recv(2_000) for _ in range(2)] == packets[:2], "what has no last packet leaves when the wake-up ends"
    run.add(memoryview(packets[0]), True)
    assert far.recv(2_000) == packets[0], "a frame of one packet waits for nothing"
    send(run, outbox, [bytes(50)] * (MOST_PACKETS + 1), frozenset())
    assert len([far.recv(2_000) for _ in range(MOST_PACKETS + 1)]) == MOST_PACKETS + 1
    assert wire.runs[-1] == MOST_PACKETS


def test_any_sizes_arrive_whole_and_in_order(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    outbox = Outbox()
    run = Run(outbox, wire, far.getsockname(), pytest.fail)
    chance = random.Random(20261128)
    for _ in range(200):
        packets = [
            chance.randbytes(chance.choice([37, 56, 196, 900, 901, 1_216])) for _ in range(chance.randint(1, 40))
        ]
        send(run, outbox, packets, frozenset(range(0, 40, chance.randint(1, 9))))
        assert [far.recv(2_000) for _ in packets] == packets


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.EIO, errno.EMSGSIZE])
def test_a_path_that_takes_no_runs_gets_single_packets_from_then_on(
    ends: tuple[Wire, socket.socket], refusal: int
) -> None:
    wire, far = ends
    wire.refusal = refusal
    outbox = Outbox()
    run = Run(outbox, wire, far.getsockname(), pytest.fail)
    packets = [bytes([number]) * 700 for number in range(5)]
    for _ in range(3):
        send(run, outbox, packets, frozenset({4}))
        assert [far.recv(2_000) for _ in packets] == packets
    assert len(wire.runs) == 1, "it is asked once"


def test_what_could_not_leave_is_counted(ends: tuple[Wire, socket.socket]) -> None:
    wire, far = ends
    wire.refusal = errno.ENETUNREACH
    lost: list[int] = []
    outbox = Outbox()
    run = Run(outbox, wire, far.getsockname(), lost.append)
    send(run, outbox, [bytes(700)] * 4, frozenset({3}))
    assert lost == [4]
    wire.refusal = 0
    send(run, outbox, [bytes(700)] * 4, frozenset({3}))
    assert len([far.recv(2_000) for _ in range(4)]) == 4, "a network that is back is used again"


def test_there_are_no_runs_over_tcp() -> None:
    class Stream:
        def sendto(self, data: bytes | memoryview, _address: tuple[str, int], /) -> int:
            return len(data)

    assert Run.over(Outbox(), Stream(), ("192.0.2.1", 9), pytest.fail) is None
