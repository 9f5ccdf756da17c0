"""A word before a wound is photographed: too few pixels, reflections on the wet bed, too dark, out of focus.

Knows: the limits of `data/picture_advice.toml`, and where the middle of a picture is.
Refuses to know: whether the picture will do. That is for who looks at it.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec
from visavis_sdk import Observation, PictureSeen, Text

__all__ = ["PictureLimits", "advise", "read_picture_limits"]

FACES = "face"
LIT = bytes(1 if value >= 250 else 0 for value in range(256))  # 1 where no detail is left

WORDS = {
    "small": Text(
        "Image trop petite pour une photo de plaie : prenez une photo avec l’appareil.",
        "Picture too small to show a wound: take a photo with the device.",
    ),
    "glare": Text(
        "Reflets au milieu de l’image : changez l’angle de la lumière.",
        "Reflections in the middle of the picture: change the angle of the light.",
    ),
    "dark": Text(
        "Plaie peu éclairée : ajoutez de la lumière avant la photo.",
        "The wound is poorly lit: add light before the photo.",
    ),
    "blurred": Text(
        "Image peu nette : éloignez l’appareil puis refaites le point.",
        "The picture is not sharp: move the device back and focus again.",
    ),
}


class PictureLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit without a checked source, or without who reviewed the file, stays disabled."""

    enabled: bool
    limit: float
    unit: str
    source: str


class PictureLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    dated: str
    small: PictureLimit
    glare: PictureLimit
    dark: PictureLimit
    blurred: PictureLimit
    reviewed_by: str = ""

    def __post_init__(self) -> None:
        unsourced = [name for name in WORDS if getattr(self, name).enabled and not getattr(self, name).source]
        if unsourced and not self.reviewed_by:
            raise ValueError(f"enabled without a source and without a reviewer: {', '.join(unsourced)}")


def read_picture_limits(path: str = "") -> PictureLimits:
    """The site's own file, or the one shipped here. Raises `msgspec.ValidationError` or `OSError`, never guesses."""
    shipped = files("visavis_wound_care") / "data" / "picture_advice.toml"
    text = Path(path).read_text(encoding="utf-8") if path else shipped.read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), PictureLimits)


def advise(seen: PictureSeen, limits: PictureLimits) -> tuple[Observation, ...]:
    """Everything that deserves a word, the smallest picture first."""
    if seen.source == FACES:
        return ()
    flagged = {
        "small": min(seen.width, seen.height) < limits.small.limit,
        "glare": glare(seen) > limits.glare.limit,
        "dark": seen.mean_luma < limits.dark.limit,
        "blurred": seen.sharpness < limits.blurred.limit,
    }
    return tuple(
        Observation(id=f"wound_care.picture_{name}", text=WORDS[name])
        for name, is_flagged in flagged.items()
        if is_flagged and getattr(limits, name).enabled
    )


def glare(seen: PictureSeen) -> float:
    """Pixels without detail in the middle third of the picture, in thousandths; a wet bed shines there first."""
    left, right = seen.luma_width // 3, 2 * seen.luma_width // 3
    rows = range(seen.luma_height // 3, 2 * seen.luma_height // 3)
    middle = b"".join(seen.luma[row * seen.luma_width + left : row * seen.luma_width + right] for row in rows)
    return 1000 * middle.translate(LIT).count(1) / len(middle) if middle else 0.0
