"""A form, declared once.

Knows: what its author writes (`Form`, `Section`, `FormDefinition`) and when that is wrong.
Refuses to know: HTML, JSON Schema, FHIR: each is drawn from the definition elsewhere.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec

from visavis_sdk.forms.absent import Absent
from visavis_sdk.forms.fields import FieldShape, FormFault
from visavis_sdk.text import Text

__all__ = ["Computed", "DeclaredField", "Form", "FormDefinition", "Section", "declared_fields"]

IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the answers of one form. Each field is `Annotated[type, helper(...)]`; a field with a default is
    optional, and a type with `| Absent` lets the professional say why there is no value."""


class Section(msgspec.Struct, frozen=True):
    """A group of fields under one title, in reading order."""

    id: str
    title: Text
    fields: tuple[str, ...]
    help: Text | None = None


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """A value derived from the answers, such as a score. `value` is a decimal string, or empty with `absent` saying
    why; `parts` are the sub-scores it is made of, `method` names the published rule and its version."""

    name: str
    label: Text
    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    method: Text | None = None
    absent: Text | None = None
    parts: tuple[Computed, ...] = ()


class FormDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """One form of a plugin. `id` starts with the plugin's id (`wound_care.wound`); `version` grows with every change
    of its fields. `computes` is pure: same answers, same values, no clock, nothing read or written.

    Raises `FormFault` at once when a field has no helper, no section or two, when a section names an unknown field, or
    when the answers run code of their own (`__post_init__`): answers are data, read wherever an act is.
    """

    id: str
    version: int
    title: Text
    answers: type[Form]
    sections: tuple[Section, ...]
    specialty: str = ""
    computes: Callable[[Any], Sequence[Computed]] | None = None

    def __post_init__(self) -> None:
        if not IDENTIFIER.fullmatch(self.id) or self.version < 1:
            raise FormFault(f"{self.id!r} version {self.version}: ids are lower-case words, versions start at 1")
        if hasattr(self.answers, "__post_init__"):
            raise FormFault(f"{self.id}: answers are data: no __post_init__; what must hold of them is review_form's")
        placed = [name for section in self.sections for name in section.fields]
        declared = [field.name for field in declared_fields(self.answers)]
        for fault, names in {
            "are in no section": set(declared) - set(placed),
            "are not fields of the form": set(placed) - set(declared),
            "are in two sections": {name for name in placed if placed.count(name) > 1},
        }.items():
            if names:
                raise FormFault(f"{self.id}: {', '.join(sorted(names))} {fault}")


class DeclaredField(msgspec.Struct, frozen=True, kw_only=True):
    """One field as the struct declares it. `may_be_absent`: the reasons of `Absence` may stand for a value."""

    name: str
    shape: FieldShape
    required: bool
    may_be_absent: bool
    may_be_unset: bool


def _is_enumeration(value_type: Any, shape: FieldShape) -> bool:
    """The options carry exactly this enumeration's members, in its order."""
    return (
        isinstance(value_type, type)
        and issubclass(value_type, StrEnum)
        and [option.value for option in shape.options] == [str(member.value) for member in value_type]
    )


def _is_tuple_of(fits: Callable[[Any, FieldShape], bool]) -> Callable[[Any, FieldShape], bool]:
    def check(value_type: Any, shape: FieldShape) -> bool:
        arguments = get_args(value_type)
        return get_origin(value_type) is tuple and arguments[1:] == (...,) and fits(arguments[0], shape)

    return check


def _is(expected: type) -> Callable[[Any, FieldShape], bool]:
    return lambda value_type, _shape: value_type is expected


TYPE_OF_KIND: Final[dict[str, Callable[[Any, FieldShape], bool]]] = {
    "whole": _is(int),
    "decimal": _is(Decimal),
    "choice": _is_enumeration,
    "several": _is_tuple_of(_is_enumeration),
    "note": _is(str),
    "flag": _is(bool),
    "day": _is(datetime.date),
    "picture": _is_tuple_of(_is(str)),
}


@cache  # bounded by the number of form classes a deployment loads
def declared_fields(answers: type[Form]) -> tuple[DeclaredField, ...]:
    """The fields of a form in the order written. Raises `FormFault` for one that was declared without a helper."""
    return tuple(_declared(answers, field) for field in msgspec.structs.fields(answers))


def _declared(answers: type[Form], field: msgspec.structs.FieldInfo) -> DeclaredField:
    if get_origin(field.type) is not Annotated:
        raise FormFault(f"{answers.__name__}.{field.name}: declare it with a helper of visavis_sdk.forms")
    value_type, *metadata = get_args(field.type)
    shapes = [
        meta.extra_json_schema["x-form"]
        for meta in metadata
        if isinstance(meta, msgspec.Meta) and meta.extra_json_schema and "x-form" in meta.extra_json_schema
    ]
    if len(shapes) != 1:
        raise FormFault(f"{answers.__name__}.{field.name}: one helper of visavis_sdk.forms, not {len(shapes)}")
    shape = msgspec.convert(shapes[0], FieldShape)
    members = _union_members(value_type)
    values = [member for member in members if member not in (Absent, type(None))]
    if len(values) != 1 or not TYPE_OF_KIND[shape.kind](values[0], shape):
        raise FormFault(f"{answers.__name__}.{field.name}: its type does not fit the helper {shape.kind!r}")
    return DeclaredField(
        name=field.name,
        shape=shape,
        required=field.required,
        may_be_absent=Absent in members,
        may_be_unset=type(None) in members,
    )


def _union_members(value_type: Any) -> tuple[Any, ...]:
    # `int | Absent` and `Union[int, Absent]` have different origins before Python 3.14; only unions have members.
    if get_origin(value_type) is Union or type(value_type).__name__ == "UnionType":
        return get_args(value_type)
    return (value_type,)
