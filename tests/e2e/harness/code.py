"""A number painted in a picture, so that a test can say which frame of which camera it sees.

Knows: 64 blocks in 4 rows of 16 at the top left of the picture, black or white, sized in fractions of the picture.
Refuses to know: who paints it where (`picture`) and who looks (a test, or `decode.js` in a page, which mirrors this).

A QR code does not survive VP8 at 150 kbit/s; blocks of a thirty-second of the width do, and a CRC tells a smeared
code from a read one. Bits, most significant first: 8 sync, 8 source, 24 frame, 16 CRC, 8 sync inverted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["COLUMNS", "ROWS", "Code", "bits_of", "code_area", "decode_code", "read_bits"]

COLUMNS: Final = 16
ROWS: Final = 4
SYNC: Final = 0b1011_0010
_QUIET: Final = 1 / 64  # margin round the code, in picture widths
_BLOCK: Final = 1 / 32  # side of a block, in picture widths

Luma = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Code:
    source: int  # 0…255: which camera painted it
    frame: int  # 0…2²⁴-1: which frame of its loop


def bits_of(code: Code) -> tuple[int, ...]:
    """The 64 bits to paint, row by row."""
    payload = bytes([code.source]) + code.frame.to_bytes(3, "big")
    whole = bytes([SYNC]) + payload + crc16(payload).to_bytes(2, "big") + bytes([SYNC ^ 0xFF])
    return tuple((byte >> shift) & 1 for byte in whole for shift in range(7, -1, -1))


def code_area(width: int) -> tuple[float, float, float]:
    """Left, top and block side in pixels for a picture `width` pixels wide."""
    return _QUIET * width, _QUIET * width, _BLOCK * width


def decode_code(image: npt.NDArray[Any]) -> Code | None:
    """The code of a picture (height x width, grey or RGB, any size from 320 wide), or `None` when it cannot be read."""
    luma = image.astype(np.float64)
    if luma.ndim == 3:
        luma = luma[..., :3] @ np.array([0.299, 0.587, 0.114])
    left, top, side = code_area(luma.shape[1])
    means = []
    for place in range(COLUMNS * ROWS):
        x = left + side * (place % COLUMNS)
        y = top + side * (place // COLUMNS)
        inside = luma[round(y + side * 0.3) : round(y + side * 0.7), round(x + side * 0.3) : round(x + side * 0.7)]
        if inside.size == 0:
            return None
        means.append(float(inside.mean()))
    return read_bits(means)


def read_bits(means: list[float]) -> Code | None:
    """The code behind 64 brightnesses. Black and white are learnt from the sync blocks: a dim picture reads."""
    known = [(SYNC >> shift) & 1 for shift in range(7, -1, -1)]
    ends = [
        *zip(known, means[:8], strict=True),
        *((1 - bit, mean) for bit, mean in zip(known, means[-8:], strict=True)),
    ]
    white = [mean for bit, mean in ends if bit]
    black = [mean for bit, mean in ends if not bit]
    if min(white) - max(black) < 24:
        return None
    middle = (sum(white) / len(white) + sum(black) / len(black)) / 2
    bits = [int(mean > middle) for mean in means]
    octets = bytes(int("".join(map(str, bits[start : start + 8])), 2) for start in range(0, 64, 8))
    payload = octets[1:5]
    if octets[0] != SYNC or octets[7] != SYNC ^ 0xFF or crc16(payload) != int.from_bytes(octets[5:7], "big"):
        return None
    return Code(source=payload[0], frame=int.from_bytes(payload[1:], "big"))


def crc16(octets: bytes) -> int:
    """CRC-16/CCITT-FALSE (polynomial 0x1021, initial value 0xFFFF), as decode.js computes it too."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet << 8
        for _ in range(8):
            value = ((value << 1) ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value
