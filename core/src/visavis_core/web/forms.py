"""Questions as a page shows them, and answers as a page receives them.

Knows: one `Field` for every question, ours or a plugin's (`FormDefinition` through the SDK's `describe`), with its
value, its error and the value before; and how to read what a browser posts, within bounds.
Refuses to know: markup (`field.html` draws), and what an answer means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from visavis_sdk.forms import FieldDescription, FormDescription

from visavis_core.locale import Formats, Messages

__all__ = [
    "ABSENCE_SUFFIX",
    "Answers",
    "Choice",
    "Field",
    "FieldGroup",
    "Problem",
    "form_groups",
    "raw_answers",
    "read_answers",
    "unknown_fields",
]

Answers = Mapping[str, tuple[str, ...]]
"""What was posted: field name → the values given for it, in order."""

ABSENCE_SUFFIX = ".absent"
MOST_FIELDS = 400
LONGEST_ANSWER = 20_000

# UCUM is for machines; these are the same units as a bedside says them. The rest is shown as UCUM writes it.
_UNIT_WORDS = {"Cel": "°C", "{score}": "", "1": "", "/min": "/min", "mm[Hg]": "mmHg", "a": "ans", "d": "jours"}
_DRAWN_AS = {"note": "words", "day": "date"}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    label: str
    help: str = ""
    picture: str = ""  # address of what is chosen, when it is a picture


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One question with everything drawn around it. `when` is a style class that hides it until its choice is made."""

    name: str
    id: str
    kind: str  # line | words | date | phone | whole | decimal | choice | select | several | flag | flag3 | hidden
    label: str
    help: str = ""
    unit: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[Choice, ...] = ()
    required: bool = False
    error: str = ""
    previous: str = ""
    absences: tuple[Choice, ...] = ()
    absence: str = ""
    autocomplete: str = ""
    longest: int = 200
    lines: int = 3
    across: bool = False
    when: str = ""
    mark: str = "optional"  # which questions carry a mark: the few, whichever they are

    @property
    def value(self) -> str:
        return self.chosen[0] if self.chosen else ""

    @property
    def absence_name(self) -> str:
        return self.name + ABSENCE_SUFFIX


class FieldGroup(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    help: str
    fields: tuple[Field, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an error summary; `address` leads to what must be mended ("" when it is not on a page)."""

    field: str
    message: str
    address: str = ""


async def read_answers(request: Request) -> Answers:
    """The posted fields. Files are refused here; values are stripped and cut at a bound no field reaches."""
    posted: FormData = await request.form(max_files=0, max_fields=MOST_FIELDS)
    answers: dict[str, tuple[str, ...]] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str):
            answers[name] = (*answers.get(name, ()), value.strip()[:LONGEST_ANSWER])
    return answers


def raw_answers(description: FormDescription, answers: Answers) -> dict[str, Any]:
    """Posted fields as `validate_draft` reads them; fields that are not the form's, such as the cause, left out."""
    raw: dict[str, Any] = {}
    for question in _questions(description):
        given = tuple(value for value in answers.get(question.name, ()) if value)
        if question.kind in ("several", "picture"):
            raw[question.name] = list(given)
        elif question.kind == "flag" and not question.tri_state:
            raw[question.name] = bool(given)
        elif given:
            raw[question.name] = given[0]
        reason = next(iter(answers.get(question.name + ABSENCE_SUFFIX, ())), "")
        if reason:
            raw[question.name + ABSENCE_SUFFIX] = reason
    return raw


def unknown_fields(description: FormDescription, answers: Answers) -> tuple[str, ...]:
    """Posted names that are no question of the form: what was typed under them would be lost. Ours begin with `_`."""
    asked = {question.name for question in _questions(description)}
    return tuple(
        name for name in answers if not name.startswith("_") and name.removesuffix(ABSENCE_SUFFIX) not in asked
    )


def form_groups(
    description: FormDescription,
    values: Mapping[str, Any],
    *,
    previous: Mapping[str, Any],
    errors: Mapping[str, str],
    pictures: Sequence[Choice],
    words: Messages,
    formats: Formats,
) -> tuple[FieldGroup, ...]:
    """A plugin's form as groups of fields. `values` and `previous` are answers as stored or as just typed."""

    def drawn(question: FieldDescription) -> Field:
        options = tuple(Choice(value=o.value, label=words.text(o.label)) for o in question.options)
        kind = _DRAWN_AS.get(question.kind, question.kind)
        if question.kind == "note" and question.lines == 1:
            kind = "line"
        if question.kind == "picture":
            kind, options = "several", tuple(pictures)
        if question.kind == "flag" and question.tri_state:
            kind = "flag3"
            options = (
                Choice(value="true", label=words("field.yes")),
                Choice(value="false", label=words("field.no")),
            )
        if kind in ("choice", "flag3") and not question.required:
            options = (*options, Choice(value="", label=words("field.not_said")))
        given = values.get(question.name)
        # Stored, an absence stands in the value's place; just typed, it is beside it.
        absence = given["absent"] if isinstance(given, Mapping) else values.get(question.name + ABSENCE_SUFFIX, "")
        comma = words.language == "fr" and question.kind == "decimal"
        return Field(
            name=question.name,
            id=f"f-{question.name}",
            kind=kind,
            label=words.text(question.label),
            help=words.text(question.help) if question.help else "",
            unit=_UNIT_WORDS.get(question.unit, question.unit),
            chosen=() if isinstance(given, Mapping) else _posted(given, comma),
            options=options,
            required=question.required,
            error=errors.get(question.name, ""),
            previous=_said(question, previous.get(question.name), words, formats),
            absences=tuple(Choice(value=o.value, label=words.text(o.label)) for o in question.absences),
            absence=absence,
            longest=question.longest or 200,
            lines=max(question.lines, 2),
            across=len(options) > 2,
            mark="required",
        )

    return tuple(
        FieldGroup(
            id=section.id,
            title=words.text(section.title),
            help=words.text(section.help) if section.help else "",
            fields=tuple(drawn(question) for question in section.fields),
        )
        for section in description.sections
    )


def _questions(description: FormDescription) -> tuple[FieldDescription, ...]:
    return tuple(question for section in description.sections for question in section.fields)


def _posted(value: Any, comma: bool) -> tuple[str, ...]:
    """A stored or typed value as the strings a browser would post for it."""
    if value is None:
        return ("",)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return (str(value).replace(".", ",") if comma else str(value),)


def _said(question: FieldDescription, value: Any, words: Messages, formats: Formats) -> str:
    """A value in words, for the "before" beside a field."""
    if value is None or value in ("", [], ()):
        return ""
    if isinstance(value, Mapping):
        names = {o.value: o.label for o in question.absences}
        reason = names.get(value.get("absent", ""))
        return words.text(reason) if reason else ""
    names = {o.value: o.label for o in question.options}
    if isinstance(value, (list, tuple)):
        return ", ".join(words.text(names[item]) for item in value if item in names)
    if isinstance(value, bool):
        return words("field.yes" if value else "field.no")
    if question.options:
        return words.text(names[value]) if value in names else ""
    if question.kind == "day":
        return formats.date(str(value))
    unit = _UNIT_WORDS.get(question.unit, question.unit)
    number = formats.number(str(value)) if question.kind in ("whole", "decimal") else str(value)
    return f"{number} {unit}".strip()
