"""PUSH 3.0: three sub-scores and their sum.

Knows: the arithmetic, exactly, on decimal numbers.
Refuses to know: the bands, which are data with a source and a date; and what to do when something was not measured,
except that a sum with a hole in it is no sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

__all__ = ["Push", "PushTable", "SizeBand", "area_of", "push", "size_points", "worst_tissue"]

TENTH: Final = Decimal("0.1")
# From worst to best. The first that is present decides.
TISSUES: Final = ("necrosis", "slough", "granulation", "epithelium")
EXUDATES: Final = ("none", "light", "moderate", "heavy")


class SizeBand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Areas up to `at_most` cm² (inclusive, after rounding) give `points`; None = every larger area."""

    points: int
    at_most: Decimal | None = None


class PushTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The published table as data. `dated` is the day the file was written, `reviewed_by` empty until someone did.

    Raises `ValueError` when a site's edit left a hole: bands must rise and end open, and every key must have points.
    """

    version: str
    dated: str
    source: str
    checked: str
    reviewed_by: str
    size: tuple[SizeBand, ...]
    exudate: dict[str, int]
    tissue: dict[str, int]

    def __post_init__(self) -> None:
        *bounded, last = self.size
        bounds = [band.at_most for band in bounded if band.at_most is not None]
        if last.at_most is not None or len(bounds) != len(bounded) or bounds != sorted(set(bounds)):
            raise ValueError("the size bands must rise, and only the last has no upper bound")
        if set(self.exudate) != set(EXUDATES) or set(self.tissue) != {*TISSUES, "closed"}:
            raise ValueError("every amount of exudate and every tissue needs its points, and nothing else does")


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """`area` in cm² as multiplied; each sub-score None when it was not measured, and then `total` is None too."""

    area: Decimal | None
    size: int | None
    exudate: int | None
    tissue: int | None

    @property
    def total(self) -> int | None:
        if self.size is None or self.exudate is None or self.tissue is None:
            return None
        return self.size + self.exudate + self.tissue


def push(
    table: PushTable, *, length: Decimal | None, width: Decimal | None, exudate: str | None, tissue: str | None
) -> Push:
    """Lengths in cm: greatest head to toe and greatest across. `exudate` and `tissue` are keys of the table."""
    area = area_of(length, width)
    return Push(
        area=area,
        size=None if area is None else size_points(table, area),
        exudate=None if exudate is None else table.exudate[exudate],
        tissue=None if tissue is None else table.tissue[tissue],
    )


def area_of(length: Decimal | None, width: Decimal | None) -> Decimal | None:
    """Length by width in cm². It overestimates the true area, and PUSH is defined on it all the same."""
    return None if length is None or width is None else length * width


def size_points(table: PushTable, area: Decimal) -> int:
    """Points for an area in cm², rounded half up to 0.1 before it is looked up."""
    rounded = area.quantize(TENTH, ROUND_HALF_UP)
    if area > 0:
        rounded = max(rounded, TENTH)  # open, however small: only a closed wound has no size
    return next(band.points for band in table.size if band.at_most is None or rounded <= band.at_most)


def worst_tissue(percentages: Mapping[str, int | None], *, closed: bool) -> str | None:
    """The tissue PUSH counts: the worst present. None when no tissue was described."""
    if closed:
        return "closed"
    return next((tissue for tissue in TISSUES if (percentages.get(tissue) or 0) > 0), None)
