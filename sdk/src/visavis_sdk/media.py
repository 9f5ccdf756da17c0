"""What a plugin is shown of a live picture, and what it may say about it.

Knows: two frozen structs. Refuses to know: how pictures travel and are decoded; a plugin holds nothing up by looking.
No array type is promised: `numpy.frombuffer(seen.luma, "u1").reshape(seen.luma_height, seen.luma_width)` makes one.
"""

from __future__ import annotations

import msgspec

from visavis_sdk.text import Text

__all__ = ["Observation", "PictureSeen"]


class PictureSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of a live source, made smaller and without its colours.

    `source` is the name it is published under (`clinical`, `camera-2`, `device.otoscope`). `width` and `height` in
    pixels as they are sent; `luma` holds `luma_height` rows of `luma_width` bytes, 0 black to 255 white.
    `sharpness`: variance of the Laplacian over the variance of the luma, comparable within one source only.
    `white_per_mille` and `black_per_mille`: pixels without any detail left.
    """

    source: str
    width: int
    height: int
    luma: bytes
    luma_width: int
    luma_height: int
    sharpness: float
    mean_luma: float
    white_per_mille: int
    black_per_mille: int


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What would make the picture better, or `advises=False`: something merely worth knowing.

    `id` begins with the plugin's id. About the picture, never about the patient: a professional decides what it shows.
    """

    id: str
    text: Text
    advises: bool = True
