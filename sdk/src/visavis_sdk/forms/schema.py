"""A form as JSON Schema (draft 2020-12), and the fingerprint under which its answers are kept.

Knows: the schema of the stored answers, with `x-form` carrying what JSON Schema has no word for.
Refuses to know: msgspec's own schema, which sorts enumerations and cannot hold bounds beside `Absent`; a property
test holds the two together instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from visavis_sdk.forms.absent import Absence
from visavis_sdk.forms.definition import DeclaredField, FormDefinition, declared_fields
from visavis_sdk.forms.fields import FieldShape

__all__ = ["json_schema", "schema_sha256"]

ABSENT: Final = {
    "type": "object",
    "properties": {"absent": {"enum": [reason.value for reason in Absence]}},
    "required": ["absent"],
    "additionalProperties": False,
}


def json_schema(definition: FormDefinition) -> dict[str, Any]:
    """The schema of `FormSaved.answers` for this form: an object with one property per field."""
    fields = declared_fields(definition.answers)
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:visavis:form:{definition.id}:{definition.version}",
        "title": definition.title.fr,
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
        "x-form": {
            "title": msgspec.to_builtins(definition.title),
            "specialty": definition.specialty,
            "sections": msgspec.to_builtins(definition.sections),
        },
    }
    return cast("dict[str, Any]", msgspec.json.decode(msgspec.json.encode(schema)))  # lists, as a reader will see them


def schema_sha256(definition: FormDefinition) -> str:
    """SHA-256 (hex) of the schema's deterministic JSON: the words asked are part of what was answered."""
    return hashlib.sha256(msgspec.json.encode(json_schema(definition), order="deterministic")).hexdigest()


def _property(field: DeclaredField) -> dict[str, Any]:
    value = VALUES[field.shape.kind](field.shape)
    return {
        "title": field.shape.label.fr,
        **({"anyOf": [value, ABSENT]} if field.may_be_absent else value),
        "x-form": msgspec.to_builtins(field.shape),
    }


def _whole(shape: FieldShape) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"}
    if shape.low:
        schema["minimum"] = int(shape.low)
    if shape.high:
        schema["maximum"] = int(shape.high)
    return schema


def _decimal(_shape: FieldShape) -> dict[str, Any]:
    # A string, because JSON numbers become binary floats on the way; its bounds can only be told in x-form.
    return {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$"}


def _choice(shape: FieldShape) -> dict[str, Any]:
    return {"enum": [option.value for option in shape.options]}


def _several(shape: FieldShape) -> dict[str, Any]:
    return {"type": "array", "items": _choice(shape), "maxItems": shape.most, "uniqueItems": True}


def _picture(shape: FieldShape) -> dict[str, Any]:
    still = {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$"}
    return {"type": "array", "items": still, "maxItems": shape.most, "uniqueItems": True}


VALUES: Final[dict[str, Callable[[FieldShape], dict[str, Any]]]] = {
    "whole": _whole,
    "decimal": _decimal,
    "choice": _choice,
    "several": _several,
    "note": lambda shape: {"type": "string", "maxLength": shape.longest},
    "flag": lambda _shape: {"type": "boolean"},
    "day": lambda _shape: {"type": "string", "format": "date"},
    "picture": _picture,
}
