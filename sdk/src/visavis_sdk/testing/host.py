"""A host for the tests of one plugin: the same manifest reader, dispatcher and validation as in the core.

Knows: how to load an installed plugin, collect what it contributes, and ask it what a clinician would.
Refuses to know: storage, web and media. What passes here meets the same SDK code in production.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, cast

import msgspec

from visavis_sdk.consent import ConsentText
from visavis_sdk.events import Recorded
from visavis_sdk.forms import Computed, FieldError, Form, FormDefinition, computed, validate
from visavis_sdk.hooks import EventRecorded, FormReview, LoadContext, Spec
from visavis_sdk.hosting import Failure, Hooks
from visavis_sdk.manifest import Manifest, read_manifest
from visavis_sdk.media import Observation, PictureSeen
from visavis_sdk.obligations import ActView, Obligation
from visavis_sdk.reports import Block, Finding, ReportContext, ReportTemplate
from visavis_sdk.rules import CompletenessRule, Gap
from visavis_sdk.testing.acts import tell
from visavis_sdk.text import Language
from visavis_sdk.versions import SDK_VERSION, satisfies
from visavis_sdk.vocabulary import ActKind

__all__ = ["Host", "NotAccepted", "NotLoadable"]

GROUP = "visavis.plugins"
TODAY = "2026-01-15"


class NotLoadable(AssertionError):  # noqa: N818 - read in a test report, where it says what the plugin is
    """The plugin would not be loaded by a deployment; the text says why."""


class NotAccepted(AssertionError):  # noqa: N818 - same
    """Answers that the form does not accept, with every error."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.path}: {error.code}" for error in errors))
        self.errors = errors


class Host:
    """One plugin, loaded. `failures` collects what a deployment would have recorded."""

    def __init__(self, manifest: Manifest, plugin: object, jurisdictions: tuple[str, ...] = ()) -> None:
        self.manifest = manifest
        self.plugin = plugin
        self.failures: list[Failure] = []
        self.hooks = Hooks({manifest.id: plugin}, on_failure=self.failures.append)
        context = LoadContext(sdk=SDK_VERSION, languages=manifest.locales, jurisdictions=jurisdictions)
        self.forms: tuple[FormDefinition, ...] = _all(self.hooks.collect(Spec.contribute_forms, context=context))
        self.obligations: tuple[Obligation, ...] = _all(
            self.hooks.collect(Spec.contribute_obligations, context=context)
        )
        self.consent_texts: tuple[ConsentText, ...] = _all(
            self.hooks.collect(Spec.contribute_consent_texts, context=context)
        )
        self.reports: tuple[ReportTemplate, ...] = _all(self.hooks.collect(Spec.contribute_reports, context=context))
        self.rules: tuple[CompletenessRule, ...] = _all(self.hooks.collect(Spec.contribute_rules, context=context))

    @classmethod
    def load(
        cls, package: str, config: Mapping[str, Any] | None = None, *, jurisdictions: tuple[str, ...] = ()
    ) -> Host:
        """Load an installed plugin by its import package. Raises `NotLoadable`, or what the plugin itself raised."""
        manifest = read_manifest(package)
        if not satisfies(SDK_VERSION, manifest.sdk):
            raise NotLoadable(f"{package} is for SDK {manifest.sdk}; this is {SDK_VERSION}")
        points = list(entry_points(group=GROUP, name=manifest.id))
        if len(points) != 1:
            raise NotLoadable(f"{len(points)} installed entry points named {manifest.id!r} in {GROUP}; one is needed")
        if points[0].module.partition(".")[0] != package:
            raise NotLoadable(f"the entry point {manifest.id!r} leads to {points[0].module}, not into {package}")
        create = getattr(importlib.import_module(points[0].module), points[0].attr)
        return cls(manifest, create(config or {}), jurisdictions)

    def form(self, form_id: str) -> FormDefinition:
        return _one([form for form in self.forms if form.id == form_id], form_id)

    def fill(self, form_id: str, raw: Mapping[str, Any]) -> Form:
        """The form from raw answers, as a browser or JSON gives them. Raises `NotAccepted` with every error."""
        answers = validate(self.form(form_id), raw)
        if isinstance(answers, tuple):
            raise NotAccepted(answers)
        return answers

    def computed(self, form_id: str, answers: Form | Mapping[str, Any]) -> Sequence[Computed]:
        return computed(self.form(form_id), answers)

    def review(
        self, form_id: str, answers: Form, *, language: Language = "fr", today: str = TODAY
    ) -> tuple[Finding, ...]:
        """The plugin's second look at a form."""
        context = FormReview(form=form_id, answers=answers, language=language, today=today)
        return _all(self.hooks.collect(Spec.review_form, context=context))

    def gaps(self, form_id: str, answers: Form, act: ActView | None = None) -> tuple[Gap, ...]:
        """What the plugin's completeness rules miss. Without an act, an act in which nothing happened."""
        where = act or tell()
        return tuple(gap for rule in self.rules if rule.form == form_id for gap in rule.check(answers, where))

    def blocks(
        self,
        form_id: str,
        answers: Form,
        act: ActView | None = None,
        *,
        language: Language = "fr",
        sources: tuple[int, ...] = (0,),
    ) -> tuple[Block, ...]:
        """The blocks of every report section made from this form."""
        context = ReportContext(
            act=act or tell(), answers=answers, instance="instance_1", language=language, sources=sources
        )
        return tuple(block for report in self.reports if report.form == form_id for block in report.build(context))

    def observe(self, seen: PictureSeen) -> tuple[Observation, ...]:
        """What the plugin says of one picture."""
        return _all(self.hooks.collect(Spec.observe_picture, context=seen))

    async def tell(self, recorded: Recorded, kind: ActKind = ActKind.TELEASSISTANCE) -> None:
        """Let the plugin hear of one event."""
        await self.hooks.notify(Spec.on_event, event=EventRecorded(kind=kind, recorded=recorded))


def _all(contributions: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(item for contribution in contributions for item in contribution.value)


def _one(found: list[FormDefinition], form_id: str) -> FormDefinition:
    if not found:
        raise NotLoadable(f"no form {form_id!r} is contributed")
    return max(found, key=lambda form: form.version)


def walk(value: object) -> Sequence[object]:
    """A value and everything inside it, through structs, sequences and mappings: what a reader would meet."""
    found: list[object] = [value]
    for item in found:
        if isinstance(item, msgspec.Struct):
            found.extend(getattr(item, name) for name in item.__struct_fields__)
        elif isinstance(item, Mapping):
            found.extend(cast("Mapping[object, object]", item).values())
        elif isinstance(item, list | tuple):
            found.extend(cast("Sequence[object]", item))
    return found
