"""What a host draws a form from.

Knows: sections in order, each with its fields, their words in both languages and their bounds.
Refuses to know: markup and the reader's language.
"""

from __future__ import annotations

import msgspec

from visavis_sdk.forms.absent import ABSENCE_LABELS
from visavis_sdk.forms.definition import DeclaredField, FormDefinition, declared_fields
from visavis_sdk.forms.fields import Code, Kind, Option
from visavis_sdk.text import Text

__all__ = ["FieldDescription", "FormDescription", "SectionDescription", "describe"]


class FieldDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One field as a screen needs it.

    `low`, `high`, `step` are decimal strings for numbers, ISO dates for days, empty when there is no bound; `unit` is
    UCUM. `absences` are the reasons that may stand for a value, empty when none may. `options` come in declared order.
    """

    name: str
    kind: Kind
    label: Text
    help: Text | None
    unit: str
    low: str
    high: str
    step: str
    options: tuple[Option, ...]
    most: int
    longest: int
    lines: int
    code: Code | None
    required: bool
    tri_state: bool  # a flag that may also stay unasked
    absences: tuple[Option, ...]


class SectionDescription(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: Text
    help: Text | None
    fields: tuple[FieldDescription, ...]


class FormDescription(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: int
    title: Text
    specialty: str
    sections: tuple[SectionDescription, ...]


ABSENCES = tuple(Option(reason.value, label) for reason, label in ABSENCE_LABELS.items())


def describe(definition: FormDefinition) -> FormDescription:
    """Sections, fields and words of a form, in the order its author placed them."""
    fields = {field.name: _describe(field) for field in declared_fields(definition.answers)}
    return FormDescription(
        id=definition.id,
        version=definition.version,
        title=definition.title,
        specialty=definition.specialty,
        sections=tuple(
            SectionDescription(
                id=section.id,
                title=section.title,
                help=section.help,
                fields=tuple(fields[name] for name in section.fields),
            )
            for section in definition.sections
        ),
    )


def _describe(field: DeclaredField) -> FieldDescription:
    shape = field.shape
    return FieldDescription(
        name=field.name,
        kind=shape.kind,
        label=shape.label,
        help=shape.help,
        unit=shape.unit,
        low=shape.low,
        high=shape.high,
        step=shape.step,
        options=shape.options,
        most=shape.most,
        longest=shape.longest,
        lines=shape.lines,
        code=shape.code,
        required=field.required,
        tri_state=shape.kind == "flag" and field.may_be_unset,
        absences=ABSENCES if field.may_be_absent else (),
    )
