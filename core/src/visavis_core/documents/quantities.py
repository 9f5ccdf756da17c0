"""Values and units as a reader writes them: `4.2` and `mm[Hg]` become « 4,2 » and « mmHg ».

Knows: the decimal mark of each language, and the print symbols of the UCUM codes whose code is not their symbol.
Refuses to know: conversion, rounding, precision: the digits are those that were recorded.
"""

from __future__ import annotations

import re
from typing import Final

from visavis_sdk.text import Language

__all__ = ["say_unit", "say_value"]

_DECIMAL: Final = re.compile(r"-?\d+\.\d+")
_ANNOTATION: Final = re.compile(r"\{[^}]*\}")
# UCUM case-sensitive code -> print symbol (The Unified Code for Units of Measure, tables of symbols).
_SYMBOLS: Final = {
    "mm[Hg]": "mmHg",
    "cm[H2O]": "cmH₂O",
    "Cel": "°C",
    "deg": "°",
    "[diop]": "D",
    "[drp]": "gtt",
    "um": "µm",
    "ug": "µg",
    "cm2": "cm²",
    "mm2": "mm²",
    "m2": "m²",
    "cm3": "cm³",
    "B[SPL]": "B SPL",
    "dB[SPL]": "dB SPL",
}


def say_value(value: str, language: Language) -> str:
    """A decimal string with the language's mark; words come back as they were."""
    return value.replace(".", ",") if language == "fr" and _DECIMAL.fullmatch(value) else value


def say_unit(unit: str) -> str:
    """The print symbol. A UCUM annotation (`{score}`) says what is counted and is no unit: it is left out."""
    return _SYMBOLS.get(unit, _ANNOTATION.sub("", unit))
