"""A plugin's form inside an act: filled, checked, saved; with what it computes and what reviewers notice.

Knows: the path from posted fields to a saved form, nothing typed ever lost; and the live check of a draft.
Refuses to know: any specialty. Questions come from `describe`, values from `computed`, findings from the plugins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from visavis_sdk.events import FormSaved, Recorded
from visavis_sdk.forms import (
    Computed,
    FieldError,
    Form,
    FormDefinition,
    computed,
    describe,
    restore,
    schema_sha256,
    store,
    validate,
    validate_draft,
)
from visavis_sdk.hooks import FormReview
from visavis_sdk.reports import Finding
from visavis_sdk.text import Language, Text

from visavis_core.acts import commands as c
from visavis_core.locale import LANGUAGES, Messages
from visavis_core.service import Refused
from visavis_core.web.forms import Choice, FieldGroup, Problem, form_groups, raw_answers, read_answers, unknown_fields
from visavis_core.web.pages.form_list import instances_of
from visavis_core.web.pages.steps.ask import one
from visavis_core.web.pages.visit import CAUSE, Visit, carry_out, problems_of_refusal, signed_in, visit

__all__ = ["FormPage", "routes"]

NEW = "new"


class ComputedView(msgspec.Struct, frozen=True, kw_only=True):
    """A derived value in the reader's words. `text` is "" while it cannot be computed; `absent` then says why."""

    name: str
    label: str
    text: str
    scale: str
    method: str
    absent: str
    parts: tuple[ComputedView, ...] = ()


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """`instance` is "" for one not saved yet; `others` are the other instances of the same form in this act."""

    form: str
    title: str
    instance: str
    others: tuple[tuple[str, str], ...]
    saved_at: str
    saved: bool
    groups: tuple[FieldGroup, ...]
    computed: tuple[ComputedView, ...]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    may_save: bool


class DraftCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a live check: sentences by field, and what can be computed so far."""

    errors: Mapping[str, str]
    computed: tuple[ComputedView, ...]


@signed_in
async def show_form(request: Request) -> Response:
    seen = await visit(request)
    definition = definition_of(seen)
    return await draw(seen, definition, instance=request.query_params.get("instance", ""))


@signed_in
async def save_form(request: Request) -> Response:
    """`POST`: 303 back to the form with what it computes, or 422 with everything as it was typed."""
    seen = await visit(request)
    definition = definition_of(seen)
    answers = await read_answers(request)
    raw = raw_answers(describe(definition), answers)
    instance = one(answers, "_instance")
    strangers = unknown_fields(describe(definition), answers)
    if strangers:
        say = seen.scene.words
        problems = tuple(Problem(field="", message=say("form.unknown", field=name[:60])) for name in strangers[:5])
        return await draw(seen, definition, instance=instance, typed=raw, problems=problems)
    checked = validate(definition, raw)
    if not isinstance(checked, Form):
        return await draw(seen, definition, instance=instance, typed=raw, errors=checked)
    command = c.SaveForm(
        instance=instance,
        form=definition.id,
        form_version=definition.version,
        schema_sha256=schema_sha256(definition),
        answers=store(checked),
        remarks=await remarks_on(seen, definition, checked),
    )
    try:
        act = await carry_out(seen, (command,), one(answers, CAUSE))
    except Refused as refused:
        problems = problems_of_refusal(seen, refused.refusal)
        return await draw(seen, definition, instance=instance, typed=raw, problems=problems)
    kept = instance or next(reversed(act.forms), "")
    return RedirectResponse(f"/acts/{act.id}/forms/{definition.id}?instance={kept}&saved=1", status_code=303)


@signed_in
async def check_draft(request: Request) -> Response:
    """`POST …/check`: errors and computed values of a draft, as JSON. Nothing is kept."""
    seen = await visit(request)
    definition = definition_of(seen)
    answers = await read_answers(request)
    draft = validate_draft(definition, raw_answers(describe(definition), answers))
    words = seen.scene.words
    found = DraftCheck(
        errors={error.path: words.text(error.message) for error in draft.errors},
        computed=await compute(seen, definition, draft.values),
    )
    return Response(msgspec.json.encode(found), media_type="application/json", headers={"Cache-Control": "no-store"})


def definition_of(seen: Visit) -> FormDefinition:
    definition = seen.house.catalogue.form(seen.request.path_params["form"])
    if definition is None:
        raise HTTPException(404)
    return definition


async def draw(
    seen: Visit,
    definition: FormDefinition,
    *,
    instance: str,
    typed: Mapping[str, Any] | None = None,
    errors: Sequence[FieldError] = (),
    problems: tuple[Problem, ...] = (),
) -> Response:
    words = seen.scene.words
    known = instances_of(seen.act, definition.id)
    history = known.get(instance, ()) if instance else next(reversed(known.values()), ())
    if instance == NEW:
        history = ()
    kept = history[-1] if history else None
    stored = answers_of(kept)
    values = stored if typed is None else typed
    # Beside a field stands the value before the one in it: the last saved while correcting, else the one earlier.
    before = stored if typed is not None else answers_of(history[-2] if len(history) > 1 else None)
    said = {error.path: words.text(error.message) for error in errors}
    same_version = kept is not None and form_of(kept).form_version == definition.version
    current = restore(definition, stored) if same_version and typed is None else None
    view = FormPage(
        form=definition.id,
        title=words.text(definition.title),
        instance=form_of(kept).instance if kept else "",
        others=tuple((id, events[-1].at) for id, events in known.items() if events is not history),
        saved_at=kept.at if kept else "",
        saved="saved" in seen.request.query_params and typed is None,
        groups=form_groups(
            describe(definition),
            values,
            previous={name: value for name, value in before.items() if value != values.get(name)},
            errors=said,
            pictures=pictures_of(seen),
            words=words,
            formats=seen.scene.formats,
        ),
        computed=await compute(seen, definition, stored) if current is not None else (),
        findings=await review(seen, definition, current, words.language) if current is not None else (),
        problems=problems or tuple(_named(path, message, definition, words) for path, message in said.items()),
        may_save=seen.may(c.SaveForm),
    )
    return seen.page("form.html", status=422 if view.problems else 200, view=view)


def _named(path: str, said: str, definition: FormDefinition, words: Messages) -> Problem:
    labels = {
        field.name: words.text(field.label) for section in describe(definition).sections for field in section.fields
    }
    label = labels.get(path, "")
    message = words("field.named", label=label, problem=said) if label else said
    return Problem(field=path, message=message, address=f"#f-{path}")


def form_of(event: Recorded) -> FormSaved:
    assert isinstance(event.body, FormSaved)  # `instances_of` lists nothing else
    return event.body


def answers_of(event: Recorded | None) -> Mapping[str, Any]:
    return form_of(event).answers if event else {}


def pictures_of(seen: Visit) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            value=still.still,
            label=still.label or seen.scene.words("act.still", at=seen.scene.formats.hour(still.captured_at)),
            picture=f"/acts/{seen.act.id}/stills/{still.still}",
        )
        for still in seen.act.stills
    )


async def remarks_on(seen: Visit, definition: FormDefinition, answers: Form) -> tuple[Text, ...]:
    """What the plugins flag, in both languages: who saves a form and who reads it later may not share one."""
    french, english = [await review(seen, definition, answers, language) for language in LANGUAGES]
    pairs = zip_longest((found.text for found in french), (found.text for found in english), fillvalue="")
    # A plugin that flags something in one language only is still heard in the other.
    return tuple(Text(fr=fr or en, en=en or fr) for fr, en in pairs)


async def review(seen: Visit, definition: FormDefinition, answers: Form, language: Language) -> tuple[Finding, ...]:
    context = FormReview(
        form=definition.id,
        answers=answers,
        language=language,
        today=seen.scene.formats.today(seen.scene.now),
    )
    return await seen.house.plugins.review_form(context)


async def compute(seen: Visit, definition: FormDefinition, values: Mapping[str, Any]) -> tuple[ComputedView, ...]:
    """Derived values; none when the plugin's function fails, which quarantines its answer and not the page."""
    owner = seen.house.catalogue.owners.get(("form", definition.id, str(definition.version)), definition.id)
    found = await seen.house.plugins.build(owner, "computes", lambda: tuple(computed(definition, values)))
    return tuple(_say(one, seen) for one in found or ())


def _say(value: Computed, seen: Visit) -> ComputedView:
    words, formats = seen.scene.words, seen.scene.formats
    return ComputedView(
        name=value.name,
        label=words.text(value.label),
        text=f"{formats.number(value.value)} {value.unit if not value.unit.startswith('{') else ''}".strip()
        if value.value
        else "",
        scale=words("form.scale", low=formats.number(value.low), high=formats.number(value.high))
        if value.low and value.high
        else "",
        method=words.text(value.method) if value.method else "",
        absent=words.text(value.absent) if value.absent else "",
        parts=tuple(_say(part, seen) for part in value.parts),
    )


routes = [
    Route("/acts/{act}/forms/{form}", show_form, methods=["GET"], name="form"),
    Route("/acts/{act}/forms/{form}", save_form, methods=["POST"]),
    Route("/acts/{act}/forms/{form}/check", check_draft, methods=["POST"]),
]
