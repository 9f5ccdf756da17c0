"""The arithmetic of repair and rate: gaps, retries, loss, feedback, ceilings, all with a clock of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_media import rtcp
from visavis_media.bandwidth import CEILING, START, SUBSCRIBER_FLOOR, StandingQueue, SubscriberCeiling, UplinkEstimate
from visavis_media.retransmission import MAX_TRIES, MissingPackets, ReceptionCount
from visavis_media.transport_feedback import TICK, ArrivalRecord, build_feedback
from visavis_media.transport_feedback import read_feedback as read_transport_feedback


def test_reordering_is_waited_out_and_a_gap_is_asked_for_once_per_round_trip() -> None:
    missing = MissingPackets()
    missing.add_gap(65_535, 3, now=10.0)
    missing.remove(0, now=10.005)  # it was only late
    assert missing.due(10.005) == []
    assert missing.due(10.011) == [65_535, 1]
    assert missing.due(10.031) == []
    assert missing.due(10.080) == [65_535, 1]


def test_an_answer_teaches_the_round_trip_and_only_a_first_answer_does() -> None:
    missing = MissingPackets()
    for sequence in range(100):
        missing.add_gap(sequence, 1, now=sequence)
        missing.due(sequence + 0.020)
        missing.remove(sequence, now=sequence + 0.170)
    assert missing.round_trip == pytest.approx(0.150, abs=0.001)
    missing.add_gap(500, 1, now=200.0)
    missing.due(200.02)
    missing.due(201.0)
    missing.remove(500, now=201.001)
    assert missing.round_trip == pytest.approx(0.150, abs=0.001)


def test_a_packet_that_never_comes_is_given_up_and_asks_for_a_key_frame() -> None:
    missing = MissingPackets()
    missing.add_gap(7, 1, now=0.0)
    asked = sum(bool(missing.due(0.1 * tick)) for tick in range(1, 30))
    assert (asked, missing.gave_up, missing.missing) == (MAX_TRIES, True, {})


def test_a_hole_too_wide_to_mend_is_given_up_at_once() -> None:
    missing = MissingPackets()
    missing.add_gap(0, 10_000, now=0.0)
    assert (missing.gave_up, missing.missing) == (True, {})


def test_loss_is_counted_over_a_wrap_and_a_fraction_starts_anew_each_time() -> None:
    count = ReceptionCount(90_000)
    for sequence in [65_530, 65_531, 65_534, 65_535, 0, 1, 2, 3]:
        count.add(sequence, sequence * 10, now=0.0)
    assert (count.highest, count.lost) == (65_539, 2)
    assert count.take_fraction() == (2 << 8) // 10
    count.add(4, 0, now=0.0)
    assert count.take_fraction() == 0


def test_jitter_is_zero_for_an_even_stream_and_grows_with_unevenness() -> None:
    even, uneven = ReceptionCount(48_000), ReceptionCount(48_000)
    for number in range(200):
        even.add(number, 960 * number, now=0.020 * number)
        uneven.add(number, 960 * number, now=0.020 * number + (0.010 if number % 2 else 0.0))
    assert even.jitter < 1
    assert uneven.jitter / 48_000 == pytest.approx(0.010, rel=0.1)


def test_the_uplink_starts_useful_grows_when_clean_and_shrinks_with_loss() -> None:
    estimate = UplinkEstimate()
    assert estimate.update(received=0, lost_fraction=0) >= 1_500_000
    for _ in range(20):
        estimate.update(received=6_000_000, lost_fraction=0)
    high = estimate.bitrate
    assert high > 2 * START
    estimate.update(received=high, lost_fraction=12)
    assert estimate.bitrate == high, "between 2 and 10 % the rate holds"
    estimate.update(received=high, lost_fraction=77)
    assert estimate.bitrate == pytest.approx(high * 0.85, rel=0.01)


def test_an_idle_publisher_keeps_its_start_and_no_more() -> None:
    estimate = UplinkEstimate()
    for _ in range(50):
        estimate.update(received=10_000, lost_fraction=0)
    assert estimate.bitrate == START


def test_only_a_path_narrower_than_the_stream_lowers_the_publisher() -> None:
    ceiling = SubscriberCeiling()
    ceiling.report(1, 400_000, now=0.0)
    assert ceiling.update(forwarded=300_000, now=0.1) == CEILING, "an estimate that only follows a small stream"
    assert ceiling.update(forwarded=2_000_000, now=0.2) == 400_000
    assert ceiling.update(forwarded=390_000, now=1.2) > 400_000, "it rises again, step by step"
    assert ceiling.ceiling < 600_000


def test_a_hopeless_path_stops_at_a_floor_and_an_old_report_is_forgotten() -> None:
    ceiling = SubscriberCeiling()
    ceiling.report(1, 20_000, now=0.0)
    assert ceiling.update(forwarded=2_000_000, now=0.1) == SUBSCRIBER_FLOOR
    assert ceiling.update(forwarded=2_000_000, now=9.0) > SUBSCRIBER_FLOOR


def read_feedback(packet: bytes) -> tuple[int, list[int | None]]:
    """(base, arrival in 250 µs units or None per packet): a reader of our own, written from the draft's text."""
    base, count = int.from_bytes(packet[12:14]), int.from_bytes(packet[14:16])
    clock = int.from_bytes(packet[16:19]) * 256
    at, symbols = 20, []
    while len(symbols) < count:
        word = int.from_bytes(packet[at : at + 2])
        at += 2
        if word >> 15 == 0:
            symbols += [word >> 13] * (word & 0x1FFF)
        else:
            symbols += [word >> shift & 3 for shift in range(12, -1, -2)]
    arrivals: list[int | None] = []
    for symbol in symbols[:count]:
        if symbol == 0:
            arrivals.append(None)
            continue
        width = 1 if symbol == 1 else 2
        clock += int.from_bytes(packet[at : at + width], signed=symbol == 2)
        at += width
        arrivals.append(clock)
    assert len(packet) - at in range(4), "nothing but padding is left"
    return base, arrivals


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60_000)), min_size=1, max_size=120),
    st.integers(0, 65_535),
)
def test_feedback_says_when_every_packet_came(steps: list[tuple[int, int]], first: int) -> None:
    record = ArrivalRecord()
    sequence, moment = first, 5_000_000
    sent: dict[int, int] = {}
    for skip, wait in steps:
        sequence = (sequence + 1 + skip) & 0xFFFF
        moment += wait
        record.add(sequence, moment / 1e6)
        if (sequence - first) & 0xFFFF > 2_000:
            break
        sent[sequence] = moment
    packet = record.take(1, 2)
    base, arrivals = read_feedback(packet)
    assert int.from_bytes(packet[2:4]) * 4 + 4 == len(packet)
    for offset, arrival in enumerate(arrivals):
        moment_sent = sent.get((base + offset) & 0xFFFF)
        if arrival is not None and moment_sent is not None:
            assert arrival * 250 == pytest.approx(moment_sent, abs=300)
    assert {(base + n) & 0xFFFF for n, arrival in enumerate(arrivals) if arrival is not None} >= set(sent)
    assert record.take(1, 2) == b""


def test_consecutive_feedback_leaves_no_packet_unmentioned() -> None:
    record = ArrivalRecord()
    for sequence in (10, 11, 13):
        record.add(sequence, 1.0)
    assert read_feedback(record.take(1, 2))[0] == 10
    record.add(16, 1.1)
    base, arrivals = read_feedback(record.take(1, 2))
    assert (base, [arrival is not None for arrival in arrivals]) == (14, [False, False, True])


def test_a_measured_path_lowers_the_publisher_at_once_and_exactly() -> None:
    ceiling = SubscriberCeiling()
    ceiling.update(forwarded=2_000_000, now=0.0)
    ceiling.measure(1, 3_000_000)
    ceiling.measure(2, 450_000)
    assert ceiling.moved
    assert ceiling.update(forwarded=2_000_000, now=1.0) == 450_000
    assert not ceiling.moved
    ceiling.forget(2)
    assert ceiling.update(forwarded=440_000, now=2.0) == 3_000_000


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 70_000)), min_size=1, max_size=200),
    st.integers(0, 65_535),
)
def test_feedback_we_write_is_read_back_as_it_was(waits: list[int | None], base: int) -> None:
    moment, arrivals = 40_000, []
    for wait in waits:
        moment += wait or 0
        arrivals.append(None if wait is None else moment * TICK / 10)
    packet = build_feedback(1, 2, base, arrivals, 0)
    (part,) = rtcp.walk(packet)
    assert (part.kind, part.form) == (rtcp.RTPFB, rtcp.TRANSPORT_FEEDBACK)
    read = read_transport_feedback(packet, part.start, part.end)
    assert read is not None
    assert read[0] == base
    assert [one is None for one in read[1]] == [one is None for one in arrivals]
    for one, other in zip(read[1], arrivals, strict=True):
        assert one is None or one == pytest.approx(other, abs=2 * TICK)


@given(st.binary(max_size=120))
def test_any_bytes_are_read_as_feedback_without_an_exception(data: bytes) -> None:
    read = read_transport_feedback(data, 0, len(data))
    assert read is None or len(read[1]) <= 4_096


def test_packets_that_come_later_and_later_are_a_queue_and_a_jump_of_the_clock_is_none() -> None:
    queue = StandingQueue()
    assert not any(queue.look(100.0 + 0.005 * (look % 3), look / 10) for look in range(50)), "jitter is no queue"
    assert not queue.look(100.2, 5.0), "nor is one late look"
    assert [queue.look(100.2, 5.1), queue.look(100.2, 5.2)] == [False, True]
    assert not queue.look(None, 5.3)
    assert not any(queue.look(-47_000.0, 5.4 + look / 10) for look in range(20)), "the timestamps began anew"


def test_a_longer_way_is_forgotten_after_a_while() -> None:
    queue = StandingQueue()
    looks = [queue.look(10.0 if moment < 10 else 10.1, moment) for moment in range(100)]
    assert any(looks)
    assert not any(looks[60:])
