"""Every parser of media under damaged captures and noise: the short tier. `make fuzz` is the long one, by coverage."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.media.fuzz.targets import TARGETS

SEEDS = pathlib.Path(__file__).with_name("fuzz") / "seeds"
EXAMPLES = 250


def seeds_of(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((SEEDS / name).glob("*"))]


def damaged(wholes: list[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes near a capture break parsers better than noise: flipped, cut, joined, with a length that lies."""

    def hurt(whole: bytes, changes: list[tuple[int, int]], keep: int, more: bytes) -> bytes:
        data = bytearray(whole)
        for at, value in changes:
            data[at % len(data)] = value
        return bytes(data[: keep % (len(data) + 1)] if keep % 3 == 0 else data) + more

    values = st.sampled_from([0, 1, 2, 127, 128, 255]) | st.integers(0, 255)
    near = st.builds(
        hurt,
        st.sampled_from([whole for whole in wholes if whole] or [b"\x80"]),
        st.lists(st.tuples(st.integers(0, 2_047), values), max_size=8),
        st.integers(0, 4_096),
        st.binary(max_size=40),
    )
    return near | st.binary(max_size=400)


@pytest.mark.parametrize("name", TARGETS)
def test_there_are_captures_to_begin_with(name: str) -> None:
    found = seeds_of(name)
    assert found
    for whole in found:
        TARGETS[name](whole)


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_raise(name: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(damaged(seeds_of(name)))
    def run(data: bytes) -> None:
        TARGETS[name](data)

    run()
