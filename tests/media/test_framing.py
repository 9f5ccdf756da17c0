"""Whatever arrives in whatever pieces: the same frames come out, or the stream is refused; nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_media.framing import LARGEST_FRAME, FrameBuffer, FramingError, frame


def feed(buffer: FrameBuffer, data: bytes, piece: int) -> list[bytes]:
    """`data` in pieces of at most `piece` bytes, as a socket would give them."""
    taken: list[bytes] = []
    while data:
        room = buffer.room()
        size = min(len(data), len(room), piece)
        room[:size] = data[:size]
        buffer.fill(size)
        data = data[size:]
        while (packet := buffer.take()) is not None:
            taken.append(bytes(packet))
    return taken


@given(packets=st.lists(st.binary(max_size=LARGEST_FRAME), max_size=30), piece=st.integers(1, 20_000))
def test_frames_come_out_as_they_went_in(packets: list[bytes], piece: int) -> None:
    stream = b"".join(frame(packet) for packet in packets)
    assert feed(FrameBuffer(), stream, piece) == packets


@given(data=st.binary(max_size=5_000), piece=st.integers(1, 3_000))
def test_any_bytes_are_frames_or_refused(data: bytes, piece: int) -> None:
    buffer = FrameBuffer()
    try:
        taken = feed(buffer, data, piece)
    except FramingError:
        return
    assert all(len(packet) <= LARGEST_FRAME for packet in taken)
    assert len(buffer.room()) >= LARGEST_FRAME


def test_a_frame_that_nobody_sends_is_refused_at_its_length() -> None:
    with pytest.raises(FramingError):
        feed(FrameBuffer(), (LARGEST_FRAME + 1).to_bytes(2), 2)
    with pytest.raises(ValueError, match="too large"):
        frame(bytes(65_536))
