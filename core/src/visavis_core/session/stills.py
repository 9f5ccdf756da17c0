"""A full-resolution picture as it arrives: is it what it says, whole, and of a bearable size?

Knows: accepted formats, limits, and how a digest is written in a header (RFC 9530 §2, or plain hexadecimal).
Refuses to know: HTTP requests and storage. The bytes are only looked at: what the camera gave is kept.
"""

from __future__ import annotations

import base64
import binascii
import io
import re

import msgspec
from PIL import Image
from visavis_sdk.text import Text

__all__ = ["FORMATS", "LARGEST_STILL", "MOST_PIXELS", "BadStill", "Picture", "examine", "read_digest"]

LARGEST_STILL = 40 * 1024 * 1024  # bytes
MOST_PIXELS = 89_000_000  # seven times a 12-megapixel photo; under the size at which Pillow itself raises the alarm
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class Picture(msgspec.Struct, frozen=True):
    """Width and height in pixels as stored, before any orientation mark is applied."""

    media_type: str
    width: int
    height: int


class BadStill(ValueError):  # noqa: N818 - a refusal in the house's words, as `Refused` and `Forbidden` are
    """A picture that cannot be kept. Carries a code and the words for the person who took it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = REASONS[code]


REASONS = {
    "still_digest_missing": Text(
        "La photo est arrivée sans son empreinte. Rechargez la page puis reprenez la photo.",
        "The photo came without its fingerprint. Reload the page and take it again.",
    ),
    "still_digest_mismatch": Text(
        "La photo a été abîmée en chemin. Elle n’a pas été gardée : envoyez-la à nouveau.",
        "The photo was damaged on its way. It was not kept: send it again.",
    ),
    "still_too_large": Text(
        "La photo dépasse 40 Mo ou 89 mégapixels. Réduisez la définition de l’appareil puis reprenez-la.",
        "The photo is over 40 MB or 89 megapixels. Lower the camera's resolution and take it again.",
    ),
    "still_too_slow": Text(
        "La photo met trop longtemps à arriver. Elle reste sur cet appareil et sera envoyée à nouveau.",
        "The photo takes too long to arrive. It stays on this device and will be sent again.",
    ),
    "still_empty": Text("La photo est vide. Reprenez-la.", "The photo is empty. Take it again."),
    "still_not_a_picture": Text(
        "Ce fichier n’est pas une photo JPEG, PNG ou WebP lisible. Reprenez la photo.",
        "This file is not a readable JPEG, PNG or WebP photo. Take the photo again.",
    ),
    "still_type_mismatch": Text(
        "La photo n’est pas du format annoncé. Rechargez la page puis reprenez-la.",
        "The photo is not of the announced format. Reload the page and take it again.",
    ),
    "still_header_wrong": Text(
        "Les indications de la photo sont incomplètes. Rechargez la page puis reprenez-la.",
        "The photo's details are incomplete. Reload the page and take it again.",
    ),
}

HEXADECIMAL = re.compile(r"^[0-9a-f]{64}$")
SHA_256_FIELD = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{44}):")


def read_digest(content_digest: str, x_sha256: str) -> str:
    """The SHA-256 in lower-case hexadecimal, from either header. Raises `BadStill`."""
    if HEXADECIMAL.match(x_sha256):
        return x_sha256
    found = SHA_256_FIELD.search(content_digest)
    if found is None:
        raise BadStill("still_digest_missing")
    try:
        return base64.b64decode(found.group(1), validate=True).hex()
    except binascii.Error:
        raise BadStill("still_digest_missing") from None


def examine(content: bytes, announced: str) -> Picture:
    """Reads format and size, and decodes the whole picture once, so that a truncated file is found now.

    Takes up to a second of processor for a large photo: call it off the event loop. Raises `BadStill`.
    """
    if not content:
        raise BadStill("still_empty")
    if announced not in FORMATS:
        raise BadStill("still_type_mismatch")
    try:
        with Image.open(io.BytesIO(content), formats=tuple(FORMATS.values())) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise BadStill("still_too_large")
            if image.format != FORMATS[announced]:
                raise BadStill("still_type_mismatch")
            image.load()
    except BadStill:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadStill("still_too_large") from None
    except Exception:  # noqa: BLE001 - a hostile picture makes decoders raise anything; all of it means the same here
        raise BadStill("still_not_a_picture") from None
    return Picture(announced, width, height)
