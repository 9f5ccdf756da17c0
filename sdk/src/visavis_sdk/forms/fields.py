"""Helpers that say what a field of a form is, inside `Annotated[...]`.

Knows: the kinds of field, and that everything a screen needs rides in the type as JSON Schema's `x-form`.
Refuses to know: how a field is drawn or read; `description` and `validation` work from the shape alone.

A helper returns a `msgspec.Meta`, because that is what may stand in an annotation that mypy and pyright accept:

    length: Annotated[Decimal | Absent, decimal(Text("Longueur", "Length"), unit="cm", low="0", high="100")]

Bounds ride in `x-form` and not in msgspec's own `ge`/`le`: msgspec takes those neither on `Decimal` nor on a
union with `Absent`, and stops at the first error, where a form has to tell all of them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Literal, TypeVar

import msgspec

from visavis_sdk.text import Text

__all__ = [
    "Code",
    "FieldShape",
    "FormFault",
    "Option",
    "choice",
    "day",
    "decimal",
    "flag",
    "loinc",
    "note",
    "picture",
    "several",
    "snomed",
    "whole",
]

Kind = Literal["whole", "decimal", "choice", "several", "note", "flag", "day", "picture"]
E = TypeVar("E", bound=StrEnum)
NUMBER: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class FormFault(ValueError):  # noqa: N818 - a fault of the form's author, shown at load; not an answer's error
    """A form is declared wrongly. Raised when the plugin is loaded, never while someone fills the form."""


class Code(msgspec.Struct, frozen=True):
    """A code of a published terminology. `system` is the URI FHIR gives it."""

    system: str
    code: str
    display: str = ""


def loinc(code: str, display: str = "") -> Code:
    """A LOINC code (`39126-8`); its check digit is verified by the Mod 10 rule of the LOINC Users' Guide."""
    found = re.fullmatch(r"([0-9]{1,7})-([0-9])", code)
    if found is None or _mod10(found.group(1)) != int(found.group(2)):
        raise FormFault(f"{code!r} is not a LOINC code: its check digit does not match")
    return Code("http://loinc.org", code, display)


def snomed(code: str, display: str = "") -> Code:
    """A SNOMED CT identifier: 6 to 18 digits (SNOMED CT RF2, data type SCTID)."""
    if not re.fullmatch(r"[1-9][0-9]{5,17}", code):
        raise FormFault(f"{code!r} is not a SNOMED CT identifier")
    return Code("http://snomed.info/sct", code, display)


class Option(msgspec.Struct, frozen=True):
    """One choice: the value that is stored and the words that are read."""

    value: str
    label: Text


class FieldShape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All a host needs to draw and check one field.

    `low`, `high`, `step` are decimal strings for numbers and ISO dates for days. `unit` is UCUM. `most` bounds how
    many choices or pictures, `longest` the characters of a note, `lines` its height.
    """

    kind: Kind
    label: Text
    help: Text | None = None
    unit: str = ""
    low: str = ""
    high: str = ""
    step: str = ""
    options: tuple[Option, ...] = ()
    most: int = 0
    longest: int = 0
    lines: int = 1
    code: Code | None = None


def whole(
    label: Text,
    *,
    unit: str = "",
    low: int | None = None,
    high: int | None = None,
    step: int = 1,
    help: Text | None = None,
    code: Code | None = None,
) -> msgspec.Meta:
    """A whole number. `step` counts from `low` (or 0)."""
    bounds = [None if bound is None else str(bound) for bound in (low, high)]
    return _number("whole", label, unit, bounds, str(step), help, code)


def decimal(
    label: Text,
    *,
    unit: str = "",
    low: str | None = None,
    high: str | None = None,
    step: str = "0.1",
    help: Text | None = None,
    code: Code | None = None,
) -> msgspec.Meta:
    """A decimal number, carried as `Decimal` and stored as a decimal string: no float, so 0.1 stays 0.1."""
    return _number("decimal", label, unit, [low, high], step, help, code)


def choice(
    label: Text, labels: Mapping[E, Text], *, help: Text | None = None, code: Code | None = None
) -> msgspec.Meta:
    """One of an enumeration. Every member has words; choices are shown in the order the enumeration declares."""
    return _meta(FieldShape(kind="choice", label=label, help=help, code=code, options=_options(labels)))


def several(
    label: Text, labels: Mapping[E, Text], *, most: int = 0, help: Text | None = None, code: Code | None = None
) -> msgspec.Meta:
    """Any number of an enumeration (at most `most`; 0 = all). The type is `tuple[ThatEnum, ...]`."""
    options = _options(labels)
    shape = FieldShape(kind="several", label=label, help=help, code=code, options=options, most=most or len(options))
    return _meta(shape)


def note(
    label: Text, *, longest: int = 2000, lines: int = 3, help: Text | None = None, code: Code | None = None
) -> msgspec.Meta:
    """Free words, at most `longest` characters. `lines=1` is a single line."""
    return _meta(FieldShape(kind="note", label=label, help=help, code=code, longest=longest, lines=lines))


def flag(label: Text, *, help: Text | None = None, code: Code | None = None) -> msgspec.Meta:
    """Yes or no. Type it `bool = False` for a box to tick, `bool | None = None` when "not asked" differs from no."""
    return _meta(FieldShape(kind="flag", label=label, help=help, code=code))


def day(
    label: Text, *, earliest: str = "1900-01-01", latest: str = "", help: Text | None = None, code: Code | None = None
) -> msgspec.Meta:
    """A calendar date. `earliest` and `latest` are ISO dates; what depends on today belongs in `review_form`."""
    for bound in (earliest, latest):
        if bound:
            datetime.date.fromisoformat(bound)
    return _meta(FieldShape(kind="day", label=label, help=help, code=code, low=earliest, high=latest))


def picture(label: Text, *, most: int = 8, help: Text | None = None, code: Code | None = None) -> msgspec.Meta:
    """Stills of the act, by their ids; the pixels never pass through a form. The type is `tuple[str, ...]`."""
    return _meta(FieldShape(kind="picture", label=label, help=help, code=code, most=most))


def _number(
    kind: Literal["whole", "decimal"],
    label: Text,
    unit: str,
    bounds: list[str | None],
    step: str,
    help: Text | None,
    code: Code | None,
) -> msgspec.Meta:
    for given in [*bounds, step]:
        if given is not None and not NUMBER.fullmatch(given):
            raise FormFault(f"{label.en!r}: {given!r} is not a decimal string")
    low, high = bounds
    if Decimal(step) <= 0 or (low is not None and high is not None and Decimal(low) > Decimal(high)):
        raise FormFault(f"{label.en!r}: the step must be positive and low must not exceed high")
    return _meta(
        FieldShape(kind=kind, label=label, help=help, unit=unit, low=low or "", high=high or "", step=step, code=code)
    )


def _options(labels: Mapping[E, Text]) -> tuple[Option, ...]:
    if not labels:
        raise FormFault("a choice needs at least one option")
    enumeration = type(next(iter(labels)))
    unnamed = [member.name for member in enumeration if member not in labels]
    if unnamed:
        raise FormFault(f"{enumeration.__name__}: no words for {', '.join(unnamed)}")
    return tuple(Option(str(member.value), labels[member]) for member in enumeration)


def _meta(shape: FieldShape) -> msgspec.Meta:
    if not (shape.label.fr.strip() and shape.label.en.strip()):
        raise FormFault("a field needs a label in French and in English")
    carried: dict[str, Any] = {"x-form": msgspec.to_builtins(shape)}
    return msgspec.Meta(
        title=shape.label.fr, description=shape.help.fr if shape.help else None, extra_json_schema=carried
    )


def _mod10(digits: str) -> int:
    """The check digit of LOINC: digits in odd places from the right are doubled as one number, then all are summed."""
    reverse = digits[::-1]
    doubled = str(int(reverse[::2]) * 2)
    total = sum(int(digit) for digit in doubled + reverse[1::2])
    return -total % 10
