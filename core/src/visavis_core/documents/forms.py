"""The report blocks of an act's forms: what their plugin's template builds, or a plain table of the answers.

Knows: which template belongs to which form, and how to show answers no template tells.
Refuses to know: any specialty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from visavis_sdk.events import FormSaved
from visavis_sdk.forms import ABSENCE_LABELS, Absence, FieldDescription, FormDefinition, describe, restore
from visavis_sdk.reports import Block, Heading, Measurement, Paragraph, ReportContext, ReportTemplate
from visavis_sdk.text import Language

from visavis_core.acts.act import Act
from visavis_core.locale import Formats, words

__all__ = ["Build", "build_unlimited", "report_blocks"]

Blocks = tuple[Block, ...]
Build = Callable[[ReportTemplate, Callable[[], Blocks]], Blocks | None]


def build_unlimited(_template: ReportTemplate, function: Callable[[], Blocks]) -> Blocks | None:
    """Runs a template here and now, for as long as it takes: where every template is trusted to come back."""
    try:
        return function()
    except Exception:  # noqa: BLE001 -- a template is a plugin's: whatever it raises, the answers are shown plainly
        return None


def report_blocks(
    act: Act,
    forms: Sequence[FormDefinition],
    reports: Sequence[ReportTemplate],
    language: Language,
    build: Build = build_unlimited,
) -> dict[str, tuple[Block, ...]]:
    """Blocks by form instance. `build` runs a template and gives None when it failed or did not come back: its answers
    are then shown plainly."""
    definitions = {(form.id, form.version): form for form in forms}
    templates = {report.form: report for report in reports}
    told: dict[str, tuple[Block, ...]] = {}
    for instance, saved in act.forms.items():
        sources = tuple(one.n for one in act.events if one.body is saved)
        definition = definitions.get((saved.form, saved.form_version))
        built = _build(act, saved, definition, templates.get(saved.form), language, sources, build)
        told[instance] = built or _show_plainly(saved, definition, language, sources)
    return told


def _build(
    act: Act,
    saved: FormSaved,
    definition: FormDefinition | None,
    template: ReportTemplate | None,
    language: Language,
    sources: tuple[int, ...],
    build: Build,
) -> tuple[Block, ...]:
    if definition is None or template is None:
        return ()

    def tell() -> Blocks:
        # Restoring the answers is in here too: the struct is the plugin's, and so is what its construction runs.
        context = ReportContext(
            act=act,
            answers=restore(definition, saved.answers),
            instance=saved.instance,
            language=language,
            sources=sources,
        )
        return msgspec.convert(list(template.build(context)), tuple[Block, ...])

    built = build(template, tell)
    if not built:
        return ()
    if any(isinstance(block, Heading) for block in built[:1]):
        return built
    return (Heading(text=template.title.in_language(language), level=3, sources=sources), *built)


def _show_plainly(
    saved: FormSaved, definition: FormDefinition | None, language: Language, sources: tuple[int, ...]
) -> tuple[Block, ...]:
    if definition is None:
        text = words(language)("form.unknown", form=saved.form, version=saved.form_version)
        rows: tuple[Block, ...] = tuple(
            Measurement(label=name, value=_say_raw(value), sources=sources) for name, value in saved.answers.items()
        )
        return Heading(text=saved.form, level=3, sources=sources), Paragraph(text=text), *rows
    fields = [field for section in describe(definition).sections for field in section.fields]
    return (
        Heading(text=definition.title.in_language(language), level=3, sources=sources),
        *(
            _show(field, saved.answers[field.name], language, sources)
            for field in fields
            if field.name in saved.answers
        ),
    )


def _show(field: FieldDescription, answer: Any, language: Language, sources: tuple[int, ...]) -> Measurement:
    label = field.label.in_language(language)
    if isinstance(answer, dict) and "absent" in answer:
        reason = ABSENCE_LABELS[Absence(answer["absent"])].in_language(language)
        return Measurement(label=label, value="", absent=reason, sources=sources)
    return Measurement(label=label, value=_say(field, answer, language), unit=field.unit, sources=sources)


def _say(field: FieldDescription, answer: Any, language: Language) -> str:
    """An answer in words: options by their label, numbers and days as the language writes them."""
    labels = {option.value: option.label.in_language(language) for option in field.options}
    match field.kind:
        case "choice":
            return labels.get(answer, str(answer))
        case "several":
            return ", ".join(labels.get(one, str(one)) for one in answer)
        case "flag":
            return words(language)("answer.yes" if answer else "answer.no")
        case "day":
            return Formats(language, "UTC").date(answer)
        case "picture":
            return words(language)("form.pictures", count=len(answer))
        case _:
            return str(answer)


def _say_raw(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
