"""Commands only the program itself may issue, after it checked what no client may be believed about.

Bytes and their hash, validated answers, the hash of a token, the facts of a link: a client's body is never decoded as
one of these.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import Adequacy, Role, Side

from visavis_core.acts.commands.base import Command, Line, Sha256, Token

__all__ = [
    "AuthoriseDevice",
    "CaptureStill",
    "ExportAct",
    "IssueInvitation",
    "LoseConnection",
    "MeasureQuality",
    "OpenDossier",
    "OpenLink",
    "RestoreConnection",
    "SaveForm",
]


class IssueInvitation(Command, frozen=True, kw_only=True, tag="issue_invitation"):
    role: Role
    side: Side
    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    quality: Line = ""
    token_sha256: Sha256
    expires_at: Line


class AuthoriseDevice(Command, frozen=True, kw_only=True, tag="authorise_device"):
    """Issued by the shell before the token is shown: what is not in the record lets nobody publish."""

    device: Token
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    expires_at: Line


class CaptureStill(Command, frozen=True, kw_only=True, tag="capture_still"):
    """Issued by the shell once the bytes are durable and their hash was recomputed here."""

    still: Token
    sha256: Sha256
    size: int
    media_type: Line
    width: int
    height: int
    source: Line
    method: Annotated[str, msgspec.Meta(pattern="^(take_photo|grab_frame|canvas|file|stream)$")]
    captured_at: Line
    label: Line = ""


class SaveForm(Command, frozen=True, kw_only=True, tag="save_form"):
    """Issued by the shell after the catalogue validated the answers.

    `remarks` come from `review_form`, in both languages.
    """

    instance: Line = ""
    form: Line
    form_version: int
    schema_sha256: Sha256
    answers: dict[str, Any]
    remarks: tuple[Text, ...] = ()


class OpenLink(Command, frozen=True, kw_only=True, tag="open_link"):
    """Issued by the media door once a link's DTLS fingerprints are known on both ends.

    `session` is the one the link was negotiated in; it may have ended while the offer was on its way.
    """

    session: Token
    link: Token
    direction: Annotated[str, msgspec.Meta(pattern="^(publish|subscribe)$")]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    client_fingerprint: Line
    server_fingerprint: Line


class LoseConnection(Command, frozen=True, kw_only=True, tag="lose_connection"):
    """Issued by the room when a participant's signalling went silent."""

    participant: Token


class RestoreConnection(Command, frozen=True, kw_only=True, tag="restore_connection"):
    participant: Token
    seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class MeasureQuality(Command, frozen=True, kw_only=True, tag="measure_quality"):
    """Issued by the room on a change of measured quality, at most one per link and 10 s."""

    participant: Token
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    verdict: Adequacy
    frames_per_second: int | None = None
    loss_per_mille: int | None = None
    round_trip_ms: int | None = None
    kilobits_per_second: int | None = None


class ExportAct(Command, frozen=True, kw_only=True, tag="export_act"):
    """Issued by the shell before the first byte of an export leaves."""

    rule: Line
    by: Line = ""


class OpenDossier(Command, frozen=True, kw_only=True, tag="open_dossier"):
    """Issued by the practice when somebody reads an act: the rule that allowed it and the consent it relied on."""

    rule: Line
    basis: int | None = None
