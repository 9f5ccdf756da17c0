"""Envelopes, sealing and the chain: what is written can be read, and nothing else can."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from visavis_core.trace.chain import Tail, follow, follow_all
from visavis_core.trace.faults import DraftInvalid, OpeningFailed, RecordBroken, RecordTooLarge
from visavis_core.trace.record import MAX_RECORD_BYTES, Envelope, Sealed, decode, encode
from visavis_core.trace.sealing import ActKey, commit_key
from visavis_sdk.events import Actor

KEY = ActKey(b"k" * 32)
NONCE = b"n" * 12


def envelope(
    n: int = 0, prev: str = "", *, body: bytes = b"{}", act: str = "act_1", subject: str = "sub_1"
) -> Envelope:
    return Envelope(
        type="need.stated",
        at="2026-11-23T14:05:00.000000Z",
        act=act,
        n=n,
        prev=prev,
        actor=Actor(kind="account", id="acc_1"),
        subject=subject,
        basis=None,
        cause="",
        enc=KEY.seal(body, act=act, n=n, type_="need.stated", nonce=NONCE),
    )


def chain(length: int) -> list[bytes]:
    contents: list[bytes] = []
    tail = Tail("act_1")
    for n in range(length):
        contents.append(encode(envelope(n, tail.head)))
        tail, _ = follow(tail, contents[-1])
    return contents


@settings(deadline=None)  # a busy machine is no defect
@given(st.binary(max_size=5000), st.integers(0, 10**6))
def test_a_sealed_body_comes_back_and_opens_nowhere_else(body: bytes, n: int) -> None:
    written = encode(envelope(n, "0" * 64 if n else "", body=body))
    assert b"\n" not in written
    sealed = decode(written, "act_1", n).enc
    assert isinstance(sealed, Sealed)
    assert KEY.open(sealed, act="act_1", n=n, type_="need.stated") == body
    for place in (("act_2", n, "need.stated"), ("act_1", n + 1, "need.stated"), ("act_1", n, "act.closed")):
        with pytest.raises(OpeningFailed):
            KEY.open(sealed, act=place[0], n=place[1], type_=place[2])
    with pytest.raises(OpeningFailed):
        ActKey(b"x" * 32).open(sealed, act="act_1", n=n, type_="need.stated")


def test_an_acts_key_opens_no_other_act_of_the_same_subject() -> None:
    one, two = ActKey.derive(b"d" * 32, "act_1"), ActKey.derive(b"d" * 32, "act_2")
    assert one.key != two.key
    assert one.kid == commit_key(one.key) == ActKey.derive(b"d" * 32, "act_1").kid


def test_the_same_envelope_is_always_the_same_bytes() -> None:
    first = encode(envelope())
    assert first == encode(decode(first, "act_1", 0))


def test_the_largest_record_fits_and_one_byte_more_is_refused() -> None:
    overhead = len(encode(envelope(body=b"x" * 3))) - 4 * ((3 + 16 + 2) // 3)
    # Base64 grows in steps of four characters per three bytes, the tag included.
    largest = (MAX_RECORD_BYTES - overhead) // 4 * 3 - 16
    assert len(encode(envelope(body=b"x" * largest))) <= MAX_RECORD_BYTES
    with pytest.raises(RecordTooLarge) as refused:
        encode(envelope(body=b"x" * (largest + 3)))
    assert "SHA-256" in refused.value.message.en


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Mme Tremblay"},
        {"act": "act 1"},
        {"prev": "0" * 64},
        {"n": -1},
        {"cause": "né le 3 mars"},
        {"subject": ""},
        {"basis": 4},
        {"at": "2026-11-23T14:05:00Z"},
        {"actor": Actor(kind="account", id="Jean Tremblay")},
        {"actor": Actor(kind="account", id="acc", amr=("x",) * 9)},
        {"enc": UNSET},
        {"data": {}},
    ],
)
def test_a_clear_part_holds_pseudonyms_types_and_times_only(change: dict[str, object]) -> None:
    with pytest.raises(DraftInvalid):
        encode(msgspec.structs.replace(envelope(), **change))


def test_a_chain_names_what_does_not_fit() -> None:
    contents = chain(5)
    assert follow_all("act_1", contents)[0].n == 5
    first_head = follow(Tail("act_1"), contents[0])[0].head
    attacks = {
        "deleted": (contents[:2] + contents[3:], 2),
        "duplicated": ([*contents[:3], contents[2], *contents[3:]], 3),
        "swapped": ([contents[0], contents[2], contents[1], *contents[3:]], 1),
        "headless": (contents[1:], 0),
        "of another act": ([encode(envelope(act="act_2"))], 0),
        "inserted": ([*contents[:2], encode(envelope(2, "a" * 64)), *contents[2:]], 2),
        "of another subject": (
            [contents[0], encode(envelope(1, first_head, subject="sub_2"))],
            1,
        ),
    }
    for attack, (tampered, where) in attacks.items():
        with pytest.raises(RecordBroken) as found:
            follow_all("act_1", tampered)
        assert found.value.n == where, attack


def test_every_flipped_bit_of_a_record_breaks_its_chain() -> None:
    contents = chain(3)
    for bit in range(len(contents[1]) * 8):
        flipped = bytearray(contents[1])
        flipped[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(RecordBroken) as found:
            follow_all("act_1", [contents[0], bytes(flipped), contents[2]])
        assert found.value.n in {1, 2}


@settings(deadline=None)  # a busy machine is no defect
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    with pytest.raises(RecordBroken):
        decode(content, "act_1", 0)


def test_unknown_fields_and_versions_are_refused() -> None:
    written = encode(envelope())
    for changed in (
        written.replace(b'"v":1', b'"v":2'),
        written[:-1] + b',"x":1}',
        written.replace(b'"n":0', b'"n":"0"'),
    ):
        with pytest.raises(RecordBroken):
            decode(changed, "act_1", 0)
