"""How good a picture or a sound is, in numbers that need no reference.

Knows: arithmetic on luma and samples. Refuses to know: decoders, time, and what number is good enough; that depends on
the device and the question, and whoever knows those judges.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

__all__ = ["MEASURED_WIDTH", "Exposure", "Loudness", "measure_exposure", "measure_loudness", "measure_sharpness"]

Luma = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]

MEASURED_WIDTH = 640  # sharpness is compared over time, so always at one size (aspect kept)
WHITE, BLACK = 250, 5  # of 255: no detail is left beyond
FULL_SCALE = 0.999  # of 1.0
QUIETEST = -120.0  # dBFS, what digital silence is called


class Exposure(msgspec.Struct, frozen=True):
    """`mean` of 0..255; the clipped shares in thousandths of the picture."""

    mean: float
    white_per_mille: int
    black_per_mille: int


class Loudness(msgspec.Struct, frozen=True):
    """Levels in dBFS (0 = full scale, RMS of a full-scale sine = -3.0); clipped samples in thousandths."""

    level: float
    peak: float
    clipped_per_mille: int


def measure_sharpness(luma: Luma) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000, ICPR 3:314), relative to the picture's own contrast.

    `luma`: height x width, 0..255. Divided by the variance of the luma, so that dimming the lamp does not pass for
    losing focus; 0 for an even surface, where focus cannot be told.
    """
    if min(luma.shape) < 3:
        return 0.0
    light = luma.astype(np.float32)
    contrast = float(light.var())
    if contrast < 1.0:
        return 0.0
    inner = light[1:-1, 1:-1]
    laplacian = light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:] - 4 * inner
    return float(laplacian.var()) / contrast


def measure_exposure(luma: Luma) -> Exposure:
    """`luma`: any shape, 0..255."""
    size = max(1, luma.size)
    return Exposure(
        mean=float(luma.mean()) if luma.size else 0.0,
        white_per_mille=round(1000 * int(np.count_nonzero(luma >= WHITE)) / size),
        black_per_mille=round(1000 * int(np.count_nonzero(luma <= BLACK)) / size),
    )


def measure_loudness(samples: Samples) -> Loudness:
    """`samples`: channels x time or flat, -1..1."""
    if not samples.size:
        return Loudness(QUIETEST, QUIETEST, 0)
    size = np.abs(samples)
    clipped = int(np.count_nonzero(size >= FULL_SCALE))
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return Loudness(
        level=decibels(power**0.5),
        peak=decibels(float(size.max())),
        clipped_per_mille=round(1000 * clipped / size.size),
    )


def decibels(amplitude: float) -> float:
    return max(QUIETEST, 20 * float(np.log10(max(amplitude, 1e-9))))
