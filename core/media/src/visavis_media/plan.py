"""A link as it was negotiated: what the control process decides and a worker carries out.

Knows: directions, tracks, payload types, SSRCs, extension ids, ICE and DTLS parameters.
Refuses to know: SDP text on one side, sockets on the other.
"""

from __future__ import annotations

import msgspec

__all__ = ["Codec", "Extensions", "Fingerprint", "IceCredentials", "LinkPlan", "TrackPlan"]


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is lower case (`vp8`, `opus` …); `rtx` is the payload type of its retransmissions, -1 without."""

    name: str
    clock: int
    payload_type: int
    channels: int = 1
    parameters: str = ""
    rtx: int = -1
    feedback: tuple[str, ...] = ()


class Extensions(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of the RTP header extensions both ends agreed on (RFC 8285); 0 = not agreed."""

    mid: int = 0
    send_time: int = 0
    transport: int = 0
    audio_level: int = 0
    rid: int = 0
    repaired_rid: int = 0


class TrackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One m= section in use. `ssrc` and `rtx_ssrc` are ours to choose when we send; 0 when the peer sends. `rids` names
    the sizes in which the peer sends the picture (RFC 8853), empty when it sends one."""

    kind: str  # audio | video
    mid: str
    codec: Codec
    extensions: Extensions = Extensions()
    ssrc: int = 0
    rtx_ssrc: int = 0
    rids: tuple[str, ...] = ()


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    algorithm: str
    value: str


class IceCredentials(msgspec.Struct, frozen=True, kw_only=True):
    ufrag: str
    password: str


class LinkPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`publisher` is empty for a link that publishes, else the link it subscribes to.

    `priority` is the published source's: where the way of one end is too narrow for all its links, the lower yields.
    `end` names whose links share a way, by a word of the caller's; empty = nobody's.
    """

    session: str
    link: str
    publisher: str
    tracks: tuple[TrackPlan, ...]
    local: IceCredentials
    remote_ufrag: str
    fingerprints: tuple[Fingerprint, ...]
    dtls_role: str  # server | client
    priority: int = 0
    end: str = ""
