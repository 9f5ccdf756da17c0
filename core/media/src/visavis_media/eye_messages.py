"""What the control process and the eye say to each other.

Knows: shapes and the bound of a frame. Refuses to know: how a picture is decoded, and for whom.
"""

from __future__ import annotations

import asyncio

import msgspec

__all__ = [
    "LARGEST_EYE_FRAME",
    "EyeStarted",
    "Forget",
    "FromEye",
    "KeyframeWanted",
    "PictureMeasured",
    "Pulse",
    "SoundMeasured",
    "StillRefused",
    "StillTaken",
    "TakeStill",
    "ToEye",
    "Watch",
    "read_eye_frame",
]

LARGEST_EYE_FRAME = 48 * 1024 * 1024  # a still of 16 megapixels as PNG


class Said(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all. `key` names a watched track."""


class Watch(Said, frozen=True, kw_only=True):
    """`every`: seconds between two measures. `luma_width`: the picture is sent along, at most this wide; 0 = not."""

    key: int
    kind: str  # audio | video
    codec: str
    channels: int = 1
    every: float = 1.0
    luma_width: int = 0


class Forget(Said, frozen=True, kw_only=True):
    key: int


class TakeStill(Said, frozen=True, kw_only=True):
    """The next key frame, whole and at its own size, within `seconds`."""

    key: int
    request: int
    seconds: float


class EyeStarted(Said, frozen=True, kw_only=True):
    path: str  # where workers send copies


class Pulse(Said, frozen=True, kw_only=True):
    """Twice a second: the eye's loop goes round."""


class KeyframeWanted(Said, frozen=True, kw_only=True):
    key: int


class PictureMeasured(Said, frozen=True, kw_only=True):
    """Of the last interval. `width` and `height` are the stream's; 0 pictures leave the picture's own measures None.

    `absent_ms`: how long no picture has come. `unchanged_ms`: how long it has looked the same, which a frozen device
    and a camera on a stand before something still have in common. `lost`: frames given up or copies dropped on the way
    to the eye: its own trouble, never the viewers'.
    """

    key: int
    pictures: int
    frames_per_second: float
    absent_ms: int
    unchanged_ms: int
    lost: int
    width: int = 0
    height: int = 0
    sharpness: float | None = None
    mean_luma: float | None = None
    white_per_mille: int | None = None
    black_per_mille: int | None = None
    luma: bytes = b""
    luma_width: int = 0
    luma_height: int = 0


class SoundMeasured(Said, frozen=True, kw_only=True):
    """Of the last interval, in dBFS. `silent_ms`: how long nothing above the floor has been heard."""

    key: int
    packets: int
    silent_ms: int
    lost: int
    level: float | None = None
    peak: float | None = None
    clipped_per_mille: int | None = None


class StillTaken(Said, frozen=True, kw_only=True):
    request: int
    png: bytes
    width: int
    height: int


class StillRefused(Said, frozen=True, kw_only=True):
    """`code`: no_key_frame, picture_too_large, not_watched, too_many_stills, not_encoded."""

    request: int
    code: str


ToEye = Watch | Forget | TakeStill
FromEye = EyeStarted | Pulse | KeyframeWanted | PictureMeasured | SoundMeasured | StillTaken | StillRefused


async def read_eye_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame's body; EOFError or ConnectionError when the eye is gone."""
    size = int.from_bytes(await reader.readexactly(4))
    if size > LARGEST_EYE_FRAME:
        raise ConnectionError("frame too large")
    return await reader.readexactly(size)
