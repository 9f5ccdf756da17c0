"""A second look across the fields of a wound form.

Knows: answers that cannot both be true, or that a hurried hand leaves behind. Each is a remark; none stops a save.
Refuses to know: diagnosis, severity and urgency: no clinical threshold is in here.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, Literal

import msgspec
from visavis_sdk import Finding, Language, Text
from visavis_sdk.forms import Absent

from visavis_wound_care.words import Edge, Exudate, Periwound
from visavis_wound_care.wound import Wound

__all__ = ["review"]


class Remark(msgspec.Struct, frozen=True):
    severity: Literal["information", "attention", "alert"]
    text: Text
    fields: tuple[str, ...]


Look = Callable[[Wound, datetime.date], Iterator[Remark]]
TISSUE_FIELDS: Final = ("necrosis", "slough", "granulation", "epithelium")


def review(wound: Wound, *, today: datetime.date, language: Language) -> tuple[Finding, ...]:
    """What deserves attention, in the order of the form. `today` is the date at the place of the act."""
    return tuple(
        Finding(severity=remark.severity, text=remark.text.in_language(language), fields=remark.fields)
        for look in LOOKS
        for remark in look(wound, today)
    )


def look_at_dates(wound: Wound, today: datetime.date) -> Iterator[Remark]:
    if wound.origin_date is not None and wound.origin_date > today:
        yield Remark(
            "alert",
            Text("La date d’apparition est dans le futur.", "The date of onset is in the future."),
            ("origin_date",),
        )
    if wound.next_change is not None and wound.next_change < today:
        yield Remark(
            "attention",
            Text("La prochaine réfection est déjà passée.", "The next change is already past."),
            ("next_change",),
        )


def look_at_tissue(wound: Wound, _today: datetime.date) -> Iterator[Remark]:
    given = [share for field in TISSUE_FIELDS if (share := getattr(wound, field)) is not None]
    if given and not wound.closed and sum(given) != 100:
        yield Remark(
            "alert",
            Text(
                f"Les tissus font {sum(given)} % ; ils doivent faire 100 %.",
                f"The tissues make {sum(given)}%; they must make 100%.",
            ),
            TISSUE_FIELDS,
        )


def look_at_closure(wound: Wound, _today: datetime.date) -> Iterator[Remark]:
    open_signs = {
        "length": _is_positive(wound.length),
        "width": _is_positive(wound.width),
        "depth": _is_positive(wound.depth),
        "necrosis": bool(wound.necrosis),
        "slough": bool(wound.slough),
        "granulation": bool(wound.granulation),
        "exudate": isinstance(wound.exudate, Exudate) and wound.exudate is not Exudate.NONE,
    }
    contradicting = tuple(field for field, present in open_signs.items() if present)
    if wound.closed and contradicting:
        yield Remark(
            "alert",
            Text(
                "La plaie est dite fermée, mais d’autres réponses décrivent une plaie ouverte.",
                "The wound is said to be closed, but other answers describe an open one.",
            ),
            ("closed", *contradicting),
        )
    zero = tuple(field for field in ("length", "width") if getattr(wound, field) == 0)
    if not wound.closed and zero:
        yield Remark(
            "alert",
            Text(
                "Une plaie ouverte n’a pas une dimension de zéro. Si elle n’a pas été mesurée, dites pourquoi.",
                "An open wound has no dimension of zero. If it was not measured, say why.",
            ),
            zero,
        )


def look_at_exudate(wound: Wound, _today: datetime.date) -> Iterator[Remark]:
    if wound.exudate is Exudate.NONE and wound.exudate_type:
        yield Remark(
            "attention",
            Text(
                "Un type d’exsudat est donné alors qu’il n’y en a pas.",
                "A type of exudate is given, yet there is none.",
            ),
            ("exudate", "exudate_type"),
        )


def look_at_edge(wound: Wound, _today: datetime.date) -> Iterator[Remark]:
    if _is_positive(wound.undermining) and Edge.UNDERMINED not in wound.edge:
        yield Remark(
            "attention",
            Text(
                "Un décollement est mesuré, mais les berges ne sont pas dites décollées.",
                "Undermining is measured, but the edge is not said to be undermined.",
            ),
            ("edge", "undermining"),
        )
    if wound.undermining_clock is not None and not _is_positive(wound.undermining):
        yield Remark(
            "attention",
            Text("L’heure du décollement est donnée sans sa profondeur.", "The o’clock of undermining has no depth."),
            ("undermining", "undermining_clock"),
        )


def look_at_skin(wound: Wound, _today: datetime.date) -> Iterator[Remark]:
    if Periwound.INTACT in wound.periwound and len(wound.periwound) > 1:
        yield Remark(
            "attention",
            Text("La peau est dite saine et atteinte à la fois.", "The skin is said to be both intact and affected."),
            ("periwound",),
        )
    if _is_positive(wound.erythema) and Periwound.ERYTHEMA not in wound.periwound:
        yield Remark(
            "attention",
            Text(
                "Une rougeur est mesurée, mais elle n’est pas cochée.",
                "Erythema is measured, but it is not ticked.",
            ),
            ("periwound", "erythema"),
        )


LOOKS: Final[tuple[Look, ...]] = (
    look_at_dates,
    look_at_closure,
    look_at_tissue,
    look_at_exudate,
    look_at_edge,
    look_at_skin,
)


def _is_positive(value: Decimal | Absent | None) -> bool:
    return isinstance(value, Decimal) and value > 0
