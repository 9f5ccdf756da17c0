"""A picture is kept exactly as it came, or not at all."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image
from visavis_core.session.stills import BadStill, Picture, examine, read_digest


def photo(format: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, (120, 40, 40)).save(kept, format)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("format", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_three_formats_of_cameras_are_read(format: str, media_type: str) -> None:
    assert examine(photo(format), media_type) == Picture(media_type, 64, 48)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 pixels square."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "announced", "code"),
    [
        (b"", "image/jpeg", "still_empty"),
        (b"GIF89a" + b"\0" * 50, "image/jpeg", "still_not_a_picture"),
        (b"not a picture", "image/png", "still_not_a_picture"),
        (photo()[:-200], "image/jpeg", "still_not_a_picture"),
        (photo("PNG")[:-30], "image/png", "still_not_a_picture"),
        (photo("PNG"), "image/jpeg", "still_type_mismatch"),
        (photo(), "image/svg+xml", "still_type_mismatch"),
        (photo(), "text/html", "still_type_mismatch"),
        (bomb(), "image/png", "still_too_large"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(content: bytes, announced: str, code: str) -> None:
    with pytest.raises(BadStill) as refused:
        examine(content, announced)
    assert refused.value.code == code
    assert refused.value.text.fr
    assert refused.value.text.en


def test_a_digest_comes_in_either_header() -> None:
    digest = hashlib.sha256(b"picture")
    field = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert read_digest(field, "") == digest.hexdigest()
    assert read_digest(f"sha-512=:AAAA:, {field}", "") == digest.hexdigest()
    assert read_digest("", digest.hexdigest()) == digest.hexdigest()


@pytest.mark.parametrize("field", ["", "sha-256=:short:", "md5=:AAAA:", "sha-256=" + "a" * 64])
def test_a_picture_without_its_digest_is_not_taken(field: str) -> None:
    with pytest.raises(BadStill) as refused:
        read_digest(field, "")
    assert refused.value.code == "still_digest_missing"
