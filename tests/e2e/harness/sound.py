"""A made voice: a tone that names its source, as a wav file Chromium takes for a microphone.

Knows: the tones, the wav, and how to find a tone again in samples.
Refuses to know: browsers. The tone swells and fades like syllables, because processing that hunts for noise removes
what never changes; give Chromium the file without `%noloop` and it repeats for ever.
"""

from __future__ import annotations

import pathlib
import wave
from typing import Final

import numpy as np
import numpy.typing as npt

from tests.e2e.harness.picture import EXPERT, ON_SITE

__all__ = ["RATE", "TONES", "find_tone", "make_sound", "sing"]

RATE: Final = 48_000
TONES: Final = {ON_SITE: 600.0, EXPERT: 1000.0}  # Hz; neither is a harmonic of the other, both are in every voice codec


def sing(frequency: float, seconds: float = 4.0) -> npt.NDArray[np.float64]:
    """Samples in -1…1: the tone and two of its harmonics, three syllables a second."""
    time = np.arange(int(RATE * seconds)) / RATE
    body = sum(np.sin(2 * np.pi * frequency * order * time) / (4.0 ** (order - 1)) for order in (1, 2, 3))
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * time)
    voice: npt.NDArray[np.float64] = 0.5 * swell * body
    return voice


def make_sound(folder: pathlib.Path, source: int, frequency: float = 0.0) -> pathlib.Path:
    """Write the wav of a source: 48 kHz, mono, 16 bits. `frequency` 0 takes the source's own tone."""
    path = folder / f"voice-{source}.wav"
    samples = (sing(frequency or TONES[source]) * 0x7000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def find_tone(samples: npt.NDArray[np.float64], rate: int = RATE) -> float:
    """The loudest frequency of some samples, in Hz, to within rate / number of samples."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))
