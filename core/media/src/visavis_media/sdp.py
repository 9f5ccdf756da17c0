"""Reading an SDP offer, within limits that are checked before anything is parsed (RFC 8866, RFC 9429).

Knows: lines, sections, attributes. Refuses to know: which codec anybody prefers.
Bad text raises `OfferRefused` with a code and never anything else. aiortc's parser is not used: it raises assertions,
takes an empty text for valid and needs 0.3 s for 20,000 sections.
"""

from __future__ import annotations

import msgspec

from visavis_media.plan import Codec, Extensions, Fingerprint, IceCredentials
from visavis_media.settings import Limits

__all__ = ["Offer", "OfferRefused", "Section", "read_fragment", "read_offer"]

EXTENSION_URIS = {
    "urn:ietf:params:rtp-hdrext:sdes:mid": "mid",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": "send_time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01": "transport",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level": "audio_level",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": "rid",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": "repaired_rid",
}
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
ALGORITHMS = ("sha-256", "sha-384", "sha-512")
MAX_CODECS = 64
MAX_SIZES = 3
MAX_RID = 16  # characters, and what fits one header extension


class OfferRefused(Exception):  # noqa: N818 named after the event, as the codes are shown to people
    """`code` is stable and translated by whoever shows it; `detail` is for the log and holds no address."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One m= section. `port_zero`: the offerer itself rejected or retired it."""

    kind: str
    protocol: str
    formats: tuple[str, ...]
    mid: str
    direction: str
    port_zero: bool
    rtcp_mux: bool
    reduced_size: bool
    codecs: tuple[Codec, ...]
    extensions: Extensions
    message_id: str = ""
    rids: tuple[str, ...] = ()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    sections: tuple[Section, ...]
    bundled: tuple[str, ...]
    credentials: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    setup: str


class Lines(msgspec.Struct):
    """Attributes of the session or of one section, in order, as (name, value)."""

    media: str = ""
    attributes: list[tuple[str, str]] = []

    def first(self, name: str) -> str:
        return next((value for key, value in self.attributes if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)


def read_offer(text: str, limits: Limits) -> Offer:
    session, sections = split(text, limits)
    if not sections:
        raise OfferRefused("sdp_malformed", "no media section")
    read = tuple(read_section(lines, session, index) for index, lines in enumerate(sections))
    if len({section.mid for section in read}) != len(read):
        raise OfferRefused("sdp_malformed", "two sections with one mid")
    live = [lines for lines, section in zip(sections, read, strict=True) if not section.port_zero] or sections
    transport = live[0]
    ufrag = transport.first("ice-ufrag") or session.first("ice-ufrag")
    password = transport.first("ice-pwd") or session.first("ice-pwd")
    if not 4 <= len(ufrag) <= 256 or not 22 <= len(password) <= 256:
        raise OfferRefused("no_ice_credentials")
    groups = [value.split() for value in session.all("group")]
    bundled = next((tuple(words[1:]) for words in groups if words and words[0] == "BUNDLE"), ())
    return Offer(
        sections=read,
        bundled=bundled,
        credentials=IceCredentials(ufrag=ufrag, password=password),
        fingerprints=read_fingerprints(transport.all("fingerprint") or session.all("fingerprint")),
        setup=transport.first("setup") or session.first("setup") or "actpass",
    )


def split(text: str, limits: Limits) -> tuple[Lines, list[Lines]]:
    if len(text) > limits.offer_bytes or len(text.encode("utf-8", "replace")) > limits.offer_bytes:
        raise OfferRefused("sdp_too_large")
    if text.count("\nm=") + text.startswith("m=") > limits.offer_sections:
        raise OfferRefused("too_many_sections")
    if text.count("a=candidate:") > limits.offer_candidates:
        raise OfferRefused("too_many_candidates")
    if text.count("\n") > limits.offer_lines:
        raise OfferRefused("sdp_too_large", "too many lines")
    if not text.startswith("v=0"):
        raise OfferRefused("sdp_malformed", "does not begin with v=0")
    session = current = Lines(attributes=[])
    sections: list[Lines] = []
    for line in text.split("\n"):
        bare = line.rstrip("\r")
        if bare.startswith("m="):
            current = Lines(media=bare[2:], attributes=[])
            sections.append(current)
        elif bare.startswith("a="):
            name, _, value = bare[2:].partition(":")
            current.attributes.append((name, value))
        elif bare and bare[1:2] != "=":
            raise OfferRefused("sdp_malformed", "a line without a type")
    return session, sections


def read_section(lines: Lines, session: Lines, index: int) -> Section:
    words = lines.media.split()
    if len(words) < 4:
        raise OfferRefused("sdp_malformed", "m= line")
    kind, port, protocol, *formats = words
    mid = lines.first("mid") or str(index)
    if len(mid) > 32 or not all(c.isascii() and (c.isalnum() or c in "!#$%&'*+-.^_`{|}~") for c in mid):
        raise OfferRefused("sdp_malformed", "mid")
    direction = next((name for name in DIRECTIONS if lines.has(name)), "") or next(
        (name for name in DIRECTIONS if session.has(name)), "sendrecv"
    )
    return Section(
        kind=kind,
        protocol=protocol,
        formats=tuple(formats[:MAX_CODECS]),
        mid=mid,
        direction=direction,
        # JSEP puts port 0 with bundle-only in sections that live behind the first: those are not rejected.
        port_zero=port.partition("/")[0] == "0" and not lines.has("bundle-only"),
        rtcp_mux=lines.has("rtcp-mux"),
        reduced_size=lines.has("rtcp-rsize"),
        codecs=read_codecs(lines, formats[:MAX_CODECS]) if kind in ("audio", "video") else (),
        extensions=read_extensions(lines),
        message_id=lines.first("msid"),
        rids=read_rids(lines),
    )


def read_rids(lines: Lines) -> tuple[str, ...]:
    """The sizes a section offers to send, in its order (RFC 8853 §5.1); of alternatives the first. Fewer than two sizes
    are no simulcast."""
    described = {words[0] for value in lines.all("rid") if len(words := value.split()) >= 2 and words[1] == "send"}
    words = lines.first("simulcast").split()
    listed = words[words.index("send") + 1] if "send" in words[:-1] else ""
    names = [stream.partition(",")[0].removeprefix("~") for stream in listed.split(";")]
    good = [n for n in names if n in described and len(n) <= MAX_RID and n.isascii() and n.replace("-", "").isalnum()]
    return tuple(dict.fromkeys(good))[:MAX_SIZES] if len(set(good)) > 1 else ()


def read_codecs(lines: Lines, formats: list[str]) -> tuple[Codec, ...]:
    """Primary codecs in the offerer's order, each with its retransmission payload type."""
    maps: dict[int, tuple[str, int, int]] = {}
    for value in lines.all("rtpmap"):
        number, _, description = value.partition(" ")
        name, _, rest = description.strip().partition("/")
        clock, _, channels = rest.partition("/")
        if is_number(number, 127) and is_number(clock, 1_000_000):
            maps[int(number)] = (name.lower(), int(clock), int(channels) if is_number(channels, 8) else 1)
    parameters = numbered(lines.all("fmtp"))
    feedback: dict[int, list[str]] = {}
    for value in lines.all("rtcp-fb"):
        number, _, words = value.partition(" ")
        for payload_type in maps if number == "*" else ([int(number)] if is_number(number, 127) else []):
            feedback.setdefault(payload_type, []).append(words.strip())
    repairs: dict[int, int] = {}
    for payload_type, (name, _, _) in maps.items():
        protected = parameters.get(payload_type, "").partition("apt=")[2].partition(";")[0].strip()
        if name == "rtx" and is_number(protected, 127):
            repairs.setdefault(int(protected), payload_type)
    return tuple(
        Codec(
            name=maps[payload_type][0],
            clock=maps[payload_type][1],
            channels=maps[payload_type][2],
            payload_type=payload_type,
            parameters=parameters.get(payload_type, ""),
            rtx=repairs.get(payload_type, -1),
            feedback=tuple(feedback.get(payload_type, ())),
        )
        for payload_type in (int(number) for number in formats if is_number(number, 127))
        if payload_type in maps and maps[payload_type][0] != "rtx"
    )


def numbered(values: list[str]) -> dict[int, str]:
    split_values = (value.partition(" ") for value in values)
    return {int(number): rest.strip() for number, _, rest in split_values if is_number(number, 127)}


def read_extensions(lines: Lines) -> Extensions:
    found: dict[str, int] = {}
    for value in lines.all("extmap"):
        number, _, uri = value.partition(" ")
        name = EXTENSION_URIS.get(uri.strip().partition(" ")[0])
        # Ids above 14 need the two-byte form, which we do not write.
        if name and is_number(number.partition("/")[0], 14):
            found.setdefault(name, int(number.partition("/")[0]))
    return Extensions(**found)


def read_fingerprints(values: list[str]) -> tuple[Fingerprint, ...]:
    found = []
    for value in values[:4]:
        algorithm, _, digest = value.strip().partition(" ")
        digest = digest.strip().upper()
        if algorithm.lower() in ALGORITHMS and digest and set(digest) <= set("0123456789ABCDEF:"):
            found.append(Fingerprint(algorithm=algorithm.lower(), value=digest))
    if not found:
        raise OfferRefused("no_fingerprint")
    return tuple(found)


def read_fragment(text: str, limits: Limits) -> IceCredentials | None:
    """The credentials in a trickle-ice-sdpfrag (RFC 8840 §9), None when it holds only candidates."""
    if len(text) > limits.offer_bytes:
        raise OfferRefused("sdp_too_large")
    if text.count("a=candidate:") > limits.offer_candidates:
        raise OfferRefused("too_many_candidates")
    ufrag = password = ""
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("a=ice-ufrag:"):
            ufrag = ufrag or bare[12:]
        elif bare.startswith("a=ice-pwd:"):
            password = password or bare[10:]
        elif bare and bare[1:2] != "=":
            raise OfferRefused("sdp_malformed", "a line without a type")
    if not ufrag and not password:
        return None
    if not 4 <= len(ufrag) <= 256 or not 22 <= len(password) <= 256:
        raise OfferRefused("no_ice_credentials")
    return IceCredentials(ufrag=ufrag, password=password)


def is_number(text: str, high: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 8 and int(text) <= high
