"""A made camera: a moving scene with a ruler and a painted code, as a file Chromium takes for a camera.

Knows: how to paint a frame, and the two file forms that `--use-file-for-fake-video-capture` reads (both loop).
Refuses to know: browsers. One Chromium process has one such file, hence one camera: two cameras are two browsers.

`mjpeg`: small, and Chromium plays it at 30 frames a second whatever it holds. `y4m`: plays at the rate written in it,
so a slow machine can be given fewer frames; the header must say `C420`. From either, `takePhoto()` gives a PNG of the
file's full size, whose code names the frame it was (seen on Chromium 156: it hands no JPEG of the file through, and it
takes a JPEG's full-range luma for limited range, which `_narrow` makes true).
"""

from __future__ import annotations

import math
import pathlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from tests.e2e.harness.code import COLUMNS, ROWS, Code, bits_of, code_area

__all__ = ["BIG", "EXPERT", "FACE", "ON_SITE", "USUAL", "MadePicture", "make_picture", "paint_frame"]

USUAL: Final = (1280, 720)
BIG: Final = (1920, 1080)
FACE: Final = (640, 480)
ON_SITE: Final = 17  # source numbers: far apart in bits, so that one is not the other with an error
EXPERT: Final = 232
_GROUNDS: Final = {ON_SITE: (214, 178, 158), EXPERT: (120, 142, 156)}


@dataclass(frozen=True)
class MadePicture:
    """`frames`: how many frames before the file begins again."""

    path: pathlib.Path
    source: int
    size: tuple[int, int]
    frames: int

    def frame(self, number: int) -> Image.Image:
        """What was painted, to compare with what arrived."""
        return paint_frame(self.source, number, self.frames, self.size)


def make_picture(
    folder: pathlib.Path,
    source: int,
    size: tuple[int, int] = USUAL,
    *,
    frames: int = 36,
    frames_per_second: int = 12,
    form: Literal["y4m", "mjpeg"] = "y4m",
) -> MadePicture:
    """Write the file. `frames_per_second` holds for y4m only."""
    path = folder / f"camera-{source}-{size[0]}x{size[1]}.{form}"
    with path.open("wb") as file:
        if form == "y4m":
            file.write(f"YUV4MPEG2 W{size[0]} H{size[1]} F{frames_per_second}:1 Ip A1:1 C420\n".encode())
        for number in range(frames):
            picture = paint_frame(source, number, frames, size)
            if form == "y4m":
                file.write(b"FRAME\n" + planes(picture))
            else:
                Image.fromarray(_narrow(picture), "YCbCr").save(file, "JPEG", quality=88, subsampling="4:2:0")
    return MadePicture(path, source, size, frames)


def paint_frame(source: int, number: int, frames: int, size: tuple[int, int] = USUAL) -> Image.Image:
    """Frame `number` of a loop of `frames`: wound, gloved hand that moves, ruler in millimetres, name, code."""
    width, height = size
    turn = 2 * math.pi * number / frames
    picture = _paint_ground(source, size).copy()
    draw = ImageDraw.Draw(picture)
    _paint_hand(draw, width, height, turn)
    draw.text((width * 0.62, width / 64), f"SOURCE {source}  {number:04d}", fill=(20, 32, 43), font_size=width // 32)
    _paint_code(draw, width, Code(source=source, frame=number))
    return picture


@lru_cache(maxsize=8)
def _paint_ground(source: int, size: tuple[int, int]) -> Image.Image:
    """What does not move: skin, wound and ruler."""
    picture = Image.new("RGB", size, _GROUNDS.get(source, (168, 168, 168)))
    draw = ImageDraw.Draw(picture)
    _paint_wound(draw, *size)
    _paint_ruler(draw, *size)
    return picture


def _paint_wound(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    for share, colour in ((1.0, (196, 120, 110)), (0.8, (150, 40, 44)), (0.35, (214, 190, 120))):
        across, down = width * 0.16 * share, height * 0.19 * share
        x, y = width * 0.46, height * 0.58
        draw.ellipse((x - across, y - down, x + across, y + down), fill=colour)


def _paint_hand(draw: ImageDraw.ImageDraw, width: int, height: int, turn: float) -> None:
    x = width * (0.74 + 0.14 * math.cos(turn))
    y = height * (0.52 + 0.16 * math.sin(turn))
    side = height * 0.09
    draw.rounded_rectangle((x - side, y - side, x + side, y + side * 1.6), radius=side * 0.5, fill=(72, 118, 190))
    draw.line(
        (x, y, x - side * 2.2 * math.cos(turn / 2), y - side * 1.4), fill=(230, 236, 240), width=max(3, width // 160)
    )


def _paint_ruler(draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    """Ten pixels a millimetre at 1280 wide: 100 mm across the middle, a longer tick at 5 and 10 mm."""
    millimetre = width / 128
    left, top, bottom = width * 0.11, height * 0.84, height * 0.97
    draw.rectangle(
        (left - millimetre * 2, top, left + millimetre * 102, bottom), fill=(248, 248, 244), outline=(20, 20, 20)
    )
    for mark in range(101):
        x = left + mark * millimetre
        length = (bottom - top) * (0.5 if mark % 10 == 0 else 0.36 if mark % 5 == 0 else 0.22)
        draw.line((x, top, x, top + length), fill=(10, 10, 10), width=max(1, width // 640))
        if mark % 10 == 0:
            draw.text(
                (x, top + (bottom - top) * 0.76), str(mark), fill=(10, 10, 10), font_size=width // 56, anchor="mm"
            )


def _paint_code(draw: ImageDraw.ImageDraw, width: int, code: Code) -> None:
    left, top, side = code_area(width)
    quiet = side / 4
    draw.rectangle(
        (left - quiet, top - quiet, left + side * COLUMNS + quiet, top + side * ROWS + quiet), fill=(128, 128, 128)
    )
    for place, bit in enumerate(bits_of(code)):
        x = left + side * (place % COLUMNS)
        y = top + side * (place // COLUMNS)
        draw.rectangle((x, y, x + side - 1, y + side - 1), fill=(235, 235, 235) if bit else (20, 20, 20))


def planes(picture: Image.Image) -> bytes:
    """Planar YUV 4:2:0, limited range (BT.601), as a C420 frame wants it."""
    narrow = _narrow(picture).astype(np.float32)
    parts = (narrow[..., 0], _halve(narrow[..., 1]), _halve(narrow[..., 2]))
    return b"".join(part.round().astype(np.uint8).tobytes() for part in parts)


def _narrow(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Y, Cb, Cr squeezed from 0…255 into 16…235 and 16…240."""
    full = np.asarray(picture.convert("YCbCr"), dtype=np.float32)
    squeezed = (full - (0, 128, 128)) * (219 / 255, 224 / 255, 224 / 255) + (16, 128, 128)
    return squeezed.round().clip(0, 255).astype(np.uint8)


def _halve(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    height, width = plane.shape
    halved: npt.NDArray[np.float32] = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return halved
