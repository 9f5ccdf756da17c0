"""From a client's offer to a plan for the worker and an answer for the client (RFC 9429, WHIP RFC 9725, WHEP draft).

Knows: what we prefer and what two ends have in common. Refuses to know: sockets, processes; randomness comes in.
The client always offers. A publisher is answered with one codec per kind, so what it sends is known and a subscriber
is answered with exactly that: nothing is ever transcoded or renegotiated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from visavis_media.plan import Codec, Extensions, Fingerprint, IceCredentials, LinkPlan, TrackPlan
from visavis_media.sdp import EXTENSION_URIS, Offer, OfferRefused, Section

__all__ = ["Endpoint", "answer_sdp", "fragment_sdp", "plan_publish", "plan_subscribe"]

# Every browser encodes and decodes VP8, mostly in software but everywhere; H264 is next for its hardware encoders.
VIDEO_PREFERENCE = ("vp8", "h264", "vp9", "av1")
AUDIO_PREFERENCE = ("opus",)
PREFERENCES = {"video": VIDEO_PREFERENCE, "audio": AUDIO_PREFERENCE}
UPSTREAM_FEEDBACK = ("transport-cc", "goog-remb", "nack", "nack pli", "ccm fir")
DOWNSTREAM_FEEDBACK = ("transport-cc", "goog-remb", "nack", "nack pli", "ccm fir")
UPSTREAM_EXTENSIONS = ("mid", "transport", "audio_level", "rid", "repaired_rid")
DOWNSTREAM_EXTENSIONS = {"video": ("transport", "send_time"), "audio": ("transport",)}
SENDING = ("sendrecv", "sendonly")
RECEIVING = ("sendrecv", "recvonly")
PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP")
URIS = {name: uri for uri, name in EXTENSION_URIS.items()}


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where a worker listens: (address, port) pairs, best first, and its certificate's fingerprint.

    `tcp`: it also takes connections there (RFC 6544).
    """

    addresses: tuple[tuple[str, int], ...]
    fingerprint: Fingerprint
    tcp: bool = False


def plan_publish(offer: Offer, session: str, link: str, ids: Callable[[], IceCredentials]) -> LinkPlan:
    """The first audio and the first video section that send, each with the codec we prefer."""
    tracks = []
    for kind, section in usable(offer, SENDING):
        codec = preferred(section.codecs, kind)
        if codec is None:
            continue
        tracks.append(track(section, codec, UPSTREAM_FEEDBACK, UPSTREAM_EXTENSIONS))
    return finish(offer, session, link, "", tracks, ids)


def plan_subscribe(
    offer: Offer, publisher: LinkPlan, link: str, ids: Callable[[], IceCredentials], ssrcs: Callable[[], int]
) -> LinkPlan:
    """The sections that receive, each with the publisher's codec under the subscriber's numbers."""
    sent = {published.kind: published.codec for published in publisher.tracks}
    tracks = []
    for kind, section in usable(offer, RECEIVING):
        codec = matching(section.codecs, sent[kind]) if kind in sent else None
        if codec is None:
            continue
        codec = announce_stereo(codec, sent[kind])
        planned = track(section, codec, DOWNSTREAM_FEEDBACK, DOWNSTREAM_EXTENSIONS[kind])
        tracks.append(msgspec.structs.replace(planned, ssrc=ssrcs(), rtx_ssrc=ssrcs() if planned.codec.rtx >= 0 else 0))
    return finish(offer, publisher.session, link, publisher.link, tracks, ids)


def usable(offer: Offer, directions: Sequence[str]) -> list[tuple[str, Section]]:
    """One section of each kind, the first that can be used."""
    chosen: dict[str, Section] = {}
    for section in offer.sections:
        if (
            section.kind in PREFERENCES
            and section.kind not in chosen
            and not section.port_zero
            and section.direction in directions
            and section.protocol in PROTOCOLS
        ):
            chosen[section.kind] = section
    if not chosen:
        raise OfferRefused("wrong_direction", f"no section is {directions[1]}")
    mids = [section.mid for section in chosen.values()]
    if len(mids) > 1 and not set(mids) <= set(offer.bundled):
        raise OfferRefused("no_bundle")
    if not all(section.rtcp_mux for section in chosen.values()):
        raise OfferRefused("no_rtcp_mux")
    return list(chosen.items())


def finish(
    offer: Offer,
    session: str,
    link: str,
    publisher: str,
    tracks: Sequence[TrackPlan],
    ids: Callable[[], IceCredentials],
) -> LinkPlan:
    if not tracks:
        raise OfferRefused("no_common_codec")
    if offer.setup not in ("actpass", "active", "passive"):
        raise OfferRefused("sdp_malformed", "setup")
    return LinkPlan(
        session=session,
        link=link,
        publisher=publisher,
        tracks=tuple(tracks),
        local=ids(),
        remote_ufrag=offer.credentials.ufrag,
        fingerprints=offer.fingerprints,
        dtls_role="client" if offer.setup == "passive" else "server",
    )


def preferred(codecs: Sequence[Codec], kind: str) -> Codec | None:
    for name in PREFERENCES[kind]:
        candidates = [codec for codec in codecs if codec.name == name]
        if name == "h264":
            candidates.sort(key=h264_rank)
        if candidates:
            return candidates[0]
    return None


def h264_rank(codec: Codec) -> tuple[bool, bool]:
    """Constrained baseline in packetization mode 1 first: what every decoder takes."""
    values = options(codec.parameters)
    return values.get("packetization-mode") != "1", not values.get("profile-level-id", "").lower().startswith("42e0")


def matching(codecs: Sequence[Codec], sent: Codec) -> Codec | None:
    alike = [codec for codec in codecs if codec.name == sent.name and codec.clock == sent.clock]
    profiles = {"h264": "profile-level-id", "vp9": "profile-id", "av1": "profile"}
    if sent.name not in profiles:
        return alike[0] if alike else None
    wanted = options(sent.parameters)
    key = profiles[sent.name]
    width = 4 if sent.name == "h264" else 8  # of an H264 profile-level-id the level is the receiver's own business

    def same(codec: Codec) -> bool:
        had = options(codec.parameters)
        return had.get(key, "0")[:width].lower() == wanted.get(key, "0")[:width].lower() and had.get(
            "packetization-mode", "0"
        ) == wanted.get("packetization-mode", "0")

    return next((codec for codec in alike if same(codec)), None)


def announce_stereo(codec: Codec, sent: Codec) -> Codec:
    """Says that what comes is in stereo (`sprop-stereo`, RFC 7587 §6.1), so that who listens opens two channels.

    The publisher's own wishes are answered as it wrote them, so what it sends is what it said.
    """
    published, asked = options(sent.parameters), options(codec.parameters)
    if "1" not in (published.get("sprop-stereo"), published.get("stereo")) or "sprop-stereo" in asked:
        return codec
    return msgspec.structs.replace(codec, parameters=";".join(filter(None, (codec.parameters, "sprop-stereo=1"))))


def options(parameters: str) -> dict[str, str]:
    pairs = (pair.strip().partition("=") for pair in parameters.split(";"))
    return {name: value for name, _, value in pairs if name}


def track(section: Section, codec: Codec, feedback: Sequence[str], extensions: Sequence[str]) -> TrackPlan:
    kept = {name: getattr(section.extensions, name) for name in extensions}
    rids = section.rids if kept.get("rid") and section.kind == "video" else ()
    if not rids:
        kept = {name: number for name, number in kept.items() if name not in ("rid", "repaired_rid")}
    if "transport" in kept and "transport-cc" not in codec.feedback:
        kept["transport"] = 0
    if kept.get("transport") and "send_time" in kept:
        kept["send_time"] = 0  # one way of telling the path is enough, and a packet has room for it in one word
    return TrackPlan(
        kind=section.kind,
        mid=section.mid,
        codec=msgspec.structs.replace(codec, feedback=tuple(one for one in feedback if one in codec.feedback)),
        extensions=Extensions(**kept),
        rids=rids,
    )


def answer_sdp(offer: Offer, plan: LinkPlan, endpoint: Endpoint, version: int = 1) -> str:
    """The answer, one section per offered section (RFC 9429 §5.3.1)."""
    tracks = {planned.mid: planned for planned in plan.tracks}
    idle = {section.mid: codec for section in offer.sections if (codec := idle_codec(section, offer, tracks))}
    answered = [section.mid for section in offer.sections if section.mid in tracks or section.mid in idle]
    lines = [
        "v=0",
        f"o=- {hash_of(plan.link)} {version} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(answered),
        "a=msid-semantic: WMS *",
    ]
    for section in offer.sections:
        if section.mid in tracks:
            lines += accepted(section, tracks[section.mid], plan, endpoint)
        elif section.mid in idle:
            lines += kept_idle(section, idle[section.mid], plan, endpoint)
        else:
            lines += rejected(section)
    return "\r\n".join(lines) + "\r\n"


def idle_codec(section: Section, offer: Offer, tracks: dict[str, TrackPlan]) -> Codec | None:
    """A codec for a section that carries nothing but is kept, because the first section of a bundle owns its
    transport: a browser that asks for sound and picture of a silent camera fails when the sound is rejected."""
    if section.mid in tracks or section.kind not in PREFERENCES or section.port_zero or not section.rtcp_mux:
        return None
    return preferred(section.codecs, section.kind) if section.mid in offer.bundled else None


def kept_idle(section: Section, codec: Codec, plan: LinkPlan, endpoint: Endpoint) -> list[str]:
    return [*opening_lines(section, (codec.payload_type,), "inactive", plan, endpoint), codec_line(codec)]


def rejected(section: Section) -> list[str]:
    media = f"m={section.kind} 0 {section.protocol} " + " ".join(section.formats)
    return [media, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"]


def opening_lines(
    section: Section, payload_types: Sequence[int], direction: str, plan: LinkPlan, endpoint: Endpoint
) -> list[str]:
    return [
        f"m={section.kind} 9 {section.protocol} " + " ".join(str(number) for number in payload_types),
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        f"a={direction}",
        "a=rtcp-mux",
        *(["a=rtcp-rsize"] if section.reduced_size else []),
        *transport_lines(plan, endpoint),
    ]


def codec_line(codec: Codec) -> str:
    name = codec.name if codec.name == "opus" else codec.name.upper()
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    return f"a=rtpmap:{codec.payload_type} {name}/{codec.clock}{channels}"


def accepted(section: Section, planned: TrackPlan, plan: LinkPlan, endpoint: Endpoint) -> list[str]:
    codec = planned.codec
    sends = bool(plan.publisher)
    numbers = (codec.payload_type, codec.rtx) if codec.rtx >= 0 else (codec.payload_type,)
    lines = [
        *opening_lines(section, numbers, "sendonly" if sends else "recvonly", plan, endpoint),
        codec_line(codec),
        *[f"a=rtcp-fb:{codec.payload_type} {one}" for one in codec.feedback],
    ]
    if codec.parameters:
        lines.append(f"a=fmtp:{codec.payload_type} {codec.parameters}")
    if codec.rtx >= 0:
        lines += [f"a=rtpmap:{codec.rtx} rtx/{codec.clock}", f"a=fmtp:{codec.rtx} apt={codec.payload_type}"]
    if planned.rids:
        lines += [f"a=rid:{rid} recv" for rid in planned.rids]
        lines.append("a=simulcast:recv " + ";".join(planned.rids))
    for name in ("mid", "send_time", "transport", "audio_level", "rid", "repaired_rid"):
        number = getattr(planned.extensions, name)
        if number:
            lines.append(f"a=extmap:{number} {URIS[name]}")
    if sends:
        # One stream name for both kinds: that is what makes a browser keep lips and voice together.
        lines.append(f"a=msid:{plan.publisher} {plan.publisher}-{planned.kind}")
        if planned.rtx_ssrc:
            lines.append(f"a=ssrc-group:FID {planned.ssrc} {planned.rtx_ssrc}")
        # The track's own source first: Chromium takes the first it reads for the one to render.
        lines += [f"a=ssrc:{number} cname:visavis" for number in (planned.ssrc, planned.rtx_ssrc) if number]
    return lines


def transport_lines(plan: LinkPlan, endpoint: Endpoint) -> list[str]:
    return [
        f"a=ice-ufrag:{plan.local.ufrag}",
        f"a=ice-pwd:{plan.local.password}",
        f"a=fingerprint:{endpoint.fingerprint.algorithm} {endpoint.fingerprint.value}",
        "a=setup:active" if plan.dtls_role == "client" else "a=setup:passive",
        *candidate_lines(endpoint),
        "a=end-of-candidates",
    ]


def candidate_lines(endpoint: Endpoint) -> list[str]:
    lines = []
    for index, (address, port) in enumerate(endpoint.addresses):
        priority = 126 << 24 | (65_535 - index) << 8 | 255
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {address} {port} typ host")
    if endpoint.tcp:
        for index, (address, port) in enumerate(endpoint.addresses):
            # RFC 6544 §4.2: direction preference 4 for a passive host candidate. The type preference is below every
            # UDP one, a relayed one's excepted: TCP to us is better than through somebody.
            priority = 90 << 24 | (4 << 13 | 8_191 - index) << 8 | 255
            number = len(endpoint.addresses) + index + 1
            lines.append(f"a=candidate:{number} 1 tcp {priority} {address} {port} typ host tcptype passive")
    return lines


def fragment_sdp(plan: LinkPlan, endpoint: Endpoint) -> str:
    """What answers an ICE restart (RFC 9725 §4.3.3)."""
    lines = [
        "a=ice-lite",
        f"a=ice-ufrag:{plan.local.ufrag}",
        f"a=ice-pwd:{plan.local.password}",
        f"m={plan.tracks[0].kind} 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{plan.tracks[0].mid}",
        *candidate_lines(endpoint),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"


def hash_of(text: str) -> int:
    """A stable number from a link's name, for the o= line."""
    return int.from_bytes(text.encode()[:8].ljust(8, b"\0")) >> 2
