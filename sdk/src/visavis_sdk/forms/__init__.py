"""Forms: declared once as a struct, drawn, checked, stored and exported from that one declaration."""

from __future__ import annotations

from visavis_sdk.forms.absent import ABSENCE_LABELS, Absence, Absent
from visavis_sdk.forms.definition import Computed, Form, FormDefinition, Section
from visavis_sdk.forms.description import FieldDescription, FormDescription, SectionDescription, describe
from visavis_sdk.forms.fields import (
    Code,
    FormFault,
    Option,
    choice,
    day,
    decimal,
    flag,
    loinc,
    note,
    picture,
    several,
    snomed,
    whole,
)
from visavis_sdk.forms.schema import json_schema, schema_sha256
from visavis_sdk.forms.validation import FieldError, Validation, computed, restore, store, validate, validate_draft

__all__ = [
    "ABSENCE_LABELS",
    "Absence",
    "Absent",
    "Code",
    "Computed",
    "FieldDescription",
    "FieldError",
    "Form",
    "FormDefinition",
    "FormDescription",
    "FormFault",
    "Option",
    "Section",
    "SectionDescription",
    "Validation",
    "choice",
    "computed",
    "day",
    "decimal",
    "describe",
    "flag",
    "json_schema",
    "loinc",
    "note",
    "picture",
    "restore",
    "schema_sha256",
    "several",
    "snomed",
    "store",
    "validate",
    "validate_draft",
    "whole",
]
