"""Checking answers: every error at once, nothing lost.

Knows: how a whole set of raw answers becomes stored values and errors, a draft's partial answers included.
Refuses to know: checks across fields, which are a plugin's `review_form`, and today's date.

Raw answers are what an HTML form or JSON gives. A missing value is told either as `{"field": {"absent": "refused"}}`
or, from an HTML form, as `"field.absent": "refused"` beside an empty `"field"`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from visavis_sdk.forms.absent import Absence
from visavis_sdk.forms.definition import Computed, DeclaredField, Form, FormDefinition, declared_fields
from visavis_sdk.forms.messages import UNKNOWN_FIELD, message
from visavis_sdk.forms.reading import Unread, read
from visavis_sdk.text import Text

__all__ = ["FieldError", "Validation", "computed", "restore", "store", "validate", "validate_draft"]

ABSENT_SUFFIX: Final = ".absent"
REASONS: Final = frozenset(Absence)


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that is not accepted: the field, a stable code, and a sentence without the answer in it."""

    path: str
    code: str
    message: Text


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as read. `values` are the accepted answers as they would be stored (no float); `missing` names the
    required fields without answer, which a draft may have and a saved form may not."""

    values: dict[str, Any]
    errors: tuple[FieldError, ...]
    missing: tuple[str, ...] = ()


def validate_draft(definition: FormDefinition, raw: Mapping[str, Any]) -> Validation:
    """Read every answer on its own; report all that is wrong. Never raises for what a person may type."""
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    missing: list[str] = []
    known: set[str] = set()
    for field in declared_fields(definition.answers):
        known |= {field.name, field.name + ABSENT_SUFFIX}
        try:
            value = _read_answer(field, raw.get(field.name), raw.get(field.name + ABSENT_SUFFIX))
        except Unread as unread:
            errors.append(FieldError(path=field.name, code=unread.code, message=message(unread.code, field.shape)))
            continue
        if value is not None:
            values[field.name] = value
        elif field.required:
            missing.append(field.name)
    # The name came from outside: it is bounded before it is repeated, and only the first few are.
    unknown = [str(name)[:64] for name in raw if name not in known][:20]
    errors += [FieldError(path=name, code="unknown_field", message=UNKNOWN_FIELD) for name in unknown]
    return Validation(values=values, errors=tuple(errors), missing=tuple(missing))


def validate(definition: FormDefinition, raw: Mapping[str, Any]) -> Form | tuple[FieldError, ...]:
    """The form, or every error: those of `validate_draft`, and each required answer that is missing."""
    draft = validate_draft(definition, raw)
    errors = list(draft.errors)
    for field in declared_fields(definition.answers):
        if field.name in draft.missing:
            code = "required_or_reason" if field.may_be_absent else "required"
            errors.append(FieldError(path=field.name, code=code, message=message(code, field.shape)))
    return tuple(errors) if errors else restore(definition, draft.values)


def restore(definition: FormDefinition, values: Mapping[str, Any]) -> Form:
    """The form from its stored values (`FormSaved.answers`). Raises `msgspec.ValidationError` if they are not its."""
    return msgspec.convert(dict(values), definition.answers)


def store(answers: Form) -> dict[str, Any]:
    """What `FormSaved.answers` keeps: decimals as strings, dates as ISO, what was not answered left out."""
    # Through JSON, so that answers just given equal the same answers read back from the trace: lists, not tuples.
    everything: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answers))
    return {name: value for name, value in everything.items() if value is not None}


def computed(definition: FormDefinition, answers: Form | Mapping[str, Any]) -> Sequence[Computed]:
    """The values derived from the answers. A draft's `values` will do; nothing is computed while required are missing.

    The plugin's function is called as it is: a host calls this through `Hooks.guard`.
    """
    if definition.computes is None:
        return ()
    if not isinstance(answers, Form):
        if any(field.required and field.name not in answers for field in declared_fields(definition.answers)):
            return ()
        answers = restore(definition, answers)
    return tuple(definition.computes(answers))


def _read_answer(field: DeclaredField, raw: object, raw_absence: object) -> Any:
    answer = raw
    if isinstance(raw, Mapping):
        told = cast("Mapping[object, object]", raw)
        if set(told) == {"absent"}:
            answer, raw_absence = None, told["absent"]
    value = read(field.shape, answer)
    if raw_absence in (None, ""):
        return value
    if not field.may_be_absent:
        raise Unread("absence_not_allowed")
    if value is not None:
        raise Unread("value_and_absence")
    if not isinstance(raw_absence, str) or raw_absence not in REASONS:
        raise Unread("not_a_reason")
    return {"absent": raw_absence}
