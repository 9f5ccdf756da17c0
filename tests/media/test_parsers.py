"""Bytes from anywhere: every parser reads what is right, says no to what is not, and never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from visavis_media import ice_lite, rtcp
from visavis_media.rtp import ahead, find_extension, payload_at
from visavis_media.sdp import OfferRefused, read_fragment, read_offer
from visavis_media.settings import Limits

LIMITS = Limits()
OFFER_CODES = {
    "",
    "sdp_malformed",
    "sdp_too_large",
    "too_many_sections",
    "too_many_candidates",
    "no_ice_credentials",
    "no_fingerprint",
}
PASSWORD = b"a password of twenty-two"

# Bytes near the truth break parsers better than noise: start from something real and damage it.
TRANSACTION = bytes(range(12))
CHECK = ice_lite.seal(
    ice_lite.BINDING_REQUEST,
    TRANSACTION,
    ice_lite.attribute(ice_lite.USERNAME, b"ours:theirs") + ice_lite.attribute(ice_lite.USE_CANDIDATE, b""),
    PASSWORD,
)
COMPOUND = (
    rtcp.build_sender_report(1, 2 << 32, 3, 4, 5)
    + rtcp.build_receiver_report(1, [rtcp.Report(9, 1, -5, 70_000, 8, 7, 6)])
    + rtcp.build_nack(1, 2, [5, 6, 65_535])
    + rtcp.build_pli(1, 2)
    + rtcp.build_remb(1, 2_500_000, [9, 10])
)
PACKET = bytes.fromhex("b1e00001000000020000000300000004bede00021001225aabcd0000") + b"payload" + b"\x02\x02"
OFFER = """v=0\r
o=- 1 1 IN IP4 0.0.0.0\r
s=-\r
t=0 0\r
a=group:BUNDLE 0 1\r
m=audio 9 UDP/TLS/RTP/SAVPF 111\r
a=mid:0\r
a=sendonly\r
a=rtcp-mux\r
a=ice-ufrag:abcd\r
a=ice-pwd:abcdefghijklmnopqrstuv\r
a=fingerprint:sha-256 AA:BB\r
a=setup:actpass\r
a=rtpmap:111 opus/48000/2\r
a=fmtp:111 stereo=1\r
m=video 9 UDP/TLS/RTP/SAVPF 96 97\r
a=mid:1\r
a=sendonly\r
a=rtcp-mux\r
a=rtpmap:96 VP8/90000\r
a=rtcp-fb:96 nack\r
a=rtcp-fb:* transport-cc\r
a=rtpmap:97 rtx/90000\r
a=fmtp:97 apt=96\r
a=extmap:3/sendrecv http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r
"""


def damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    def hurt(changes: list[tuple[int, int]], keep: int) -> bytes:
        data = bytearray(whole)
        for at, value in changes:
            data[at % len(data)] = value
        return bytes(data[:keep])

    places = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))
    return st.builds(hurt, st.lists(places, max_size=6), st.integers(0, len(whole))) | st.binary(max_size=200)


def test_a_check_is_read_and_only_its_password_fits() -> None:
    check = ice_lite.read_check(CHECK)
    assert check is not None
    assert (check.local_ufrag, check.remote_ufrag, check.nominates) == ("ours", "theirs", True)
    assert ice_lite.is_authentic(CHECK, check, PASSWORD)
    assert not ice_lite.is_authentic(CHECK, check, b"another password of 22..")


def test_an_answer_is_what_the_reference_implementation_reads() -> None:
    from aioice import stun

    check = ice_lite.read_check(CHECK)
    assert check is not None
    for host in ("192.0.2.7", "2001:db8::7"):
        answer = stun.parse_message(ice_lite.answer_check(check, host, 4_242, PASSWORD))
        assert answer.message_class is stun.Class.RESPONSE
        assert answer.transaction_id == TRANSACTION
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == (host, 4_242)
        assert answer.check_message_integrity(PASSWORD)
    conflict = stun.parse_message(ice_lite.answer_role_conflict(check, PASSWORD))
    assert conflict.attributes["ERROR-CODE"] == (487, "Role Conflict")


def refingerprinted(data: bytes) -> bytes:
    """Damage that carries a right length and FINGERPRINT, so that it gets past the first door."""
    padded = (data + bytes(-len(data) % 4)).ljust(20, b"\0")
    counted = padded[:2] + (len(padded) - 12).to_bytes(2) + padded[4:]
    return counted + ice_lite.attribute(ice_lite.FINGERPRINT, ice_lite.fingerprint(counted).to_bytes(4))


@given(damaged(CHECK) | damaged(CHECK[:-8]).map(refingerprinted))
def test_no_damaged_check_is_authentic(data: bytes) -> None:
    check = ice_lite.read_check(data)
    assert check is None or data == CHECK or not ice_lite.is_authentic(data, check, PASSWORD)


def test_a_compound_is_read_as_it_was_built() -> None:
    parts = list(rtcp.walk(COMPOUND))
    assert [part.kind for part in parts] == [rtcp.SR, rtcp.SDES, rtcp.RR, rtcp.RTPFB, rtcp.PSFB, rtcp.PSFB]
    assert rtcp.read_sender_report(COMPOUND, parts[0]) == rtcp.SenderReport(1, 2 << 32, 3)
    assert rtcp.read_reports(COMPOUND, parts[2]) == [rtcp.Report(9, 1, -5, 70_000, 8, 7, 6)]
    assert rtcp.read_nack(COMPOUND, parts[3]) == (2, [5, 6, 65_535])
    assert rtcp.read_keyframe_request(COMPOUND, parts[4]) == 2
    assert rtcp.read_remb(COMPOUND, parts[5]) == pytest.approx(2_500_000, rel=0.001)


@given(st.lists(st.integers(0, 65_535), unique=True, max_size=200))
def test_every_asked_number_is_in_a_nack(asked: list[int]) -> None:
    packet = rtcp.build_nack(1, 2, asked)
    (part,) = rtcp.walk(packet)
    read = rtcp.read_nack(packet, part)
    assert (set(read[1]) if read else set()) == set(asked)


@given(damaged(COMPOUND))
def test_damaged_rtcp_is_read_without_complaint(data: bytes) -> None:
    for part in rtcp.walk(data):
        assert part.start <= part.end <= len(data)
        rtcp.read_sender_report(data, part)
        rtcp.read_reports(data, part)
        rtcp.read_nack(data, part)
        rtcp.read_remb(data, part)
        rtcp.read_keyframe_request(data, part)


def test_extensions_and_payload_are_found() -> None:
    assert payload_at(PACKET, len(PACKET)) == 28
    assert PACKET[find_extension(PACKET, len(PACKET), 1)] == 0x01
    at = find_extension(PACKET, len(PACKET), 2)
    assert PACKET[at : at + 3] == b"\x5a\xab\xcd"
    assert find_extension(PACKET, len(PACKET), 7) == -1


@given(damaged(PACKET), st.integers(1, 14))
def test_damaged_rtp_is_never_read_past_its_end(data: bytes, wanted: int) -> None:
    start = payload_at(data, len(data))
    assert -1 <= start <= len(data)
    if start >= 0:
        assert -1 <= find_extension(data, len(data), wanted) < max(1, start)


def test_sequence_numbers_wrap() -> None:
    assert ahead(2, 65_534) == 4
    assert ahead(65_534, 2) == -4


def test_an_offer_is_read() -> None:
    offer = read_offer(OFFER, LIMITS)
    audio, video = offer.sections
    assert (audio.codecs[0].name, audio.codecs[0].channels, audio.codecs[0].parameters) == ("opus", 2, "stereo=1")
    assert (video.codecs[0].name, video.codecs[0].rtx) == ("vp8", 97)
    assert video.codecs[0].feedback == ("nack", "transport-cc")
    assert video.extensions.transport == 3


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("v=0", "v=1", "sdp_malformed"),
        ("a=ice-ufrag:abcd", "a=x", "no_ice_credentials"),
        ("a=ice-pwd:abcdefghijklmnopqrstuv", "a=ice-pwd:short", "no_ice_credentials"),
        ("a=fingerprint:sha-256", "a=fingerprint:md5", "no_fingerprint"),
        ("a=mid:1", "a=mid:0", "sdp_malformed"),
        ("a=mid:1", "a=mid:<script>", "sdp_malformed"),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio", "sdp_malformed"),
        ("t=0 0", "nonsense", "sdp_malformed"),
    ],
)
def test_a_wrong_offer_is_refused_by_name(old: str, new: str, code: str) -> None:
    with pytest.raises(OfferRefused) as refused:
        read_offer(OFFER.replace(old, new, 1), LIMITS)
    assert refused.value.code == code


@given(damaged(OFFER.encode()).map(lambda data: data.decode("utf-8", "replace")) | st.text(max_size=300))
def test_any_text_is_an_offer_or_refused(text: str) -> None:
    code = ""
    try:
        assert read_offer(text, LIMITS).fingerprints
    except OfferRefused as refused:
        code = refused.code
    assert code in OFFER_CODES


@given(st.text(max_size=300) | st.text().map("a=ice-ufrag:".__add__) | st.text().map("a=ice-pwd:".__add__))
def test_any_text_is_a_fragment_or_refused(text: str) -> None:
    code = ""
    try:
        credentials = read_fragment(text, LIMITS)
        assert credentials is None or len(credentials.password) >= 22
    except OfferRefused as refused:
        code = refused.code
    assert code in OFFER_CODES
