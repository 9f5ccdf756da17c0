"""The plugin: where forms, rules, second looks and report meet the hooks.

Knows: the wiring and the configuration.
Refuses to know: wounds; every clinical word is in the modules it wires.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from visavis_sdk import (
    CompletenessRule,
    Finding,
    FormDefinition,
    FormReview,
    LoadContext,
    Observation,
    PictureSeen,
    ReportTemplate,
    Spec,
    Text,
    implements,
)

from visavis_wound_care.picture_advice import PictureLimits, advise, read_picture_limits
from visavis_wound_care.push import PushTable
from visavis_wound_care.report import build_section
from visavis_wound_care.review import review
from visavis_wound_care.rules import RULES
from visavis_wound_care.scoring import computed_push, read_push_table
from visavis_wound_care.wound import FORM_ID, wound_form

__all__ = ["WoundCare", "create_plugin"]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[plugins.config]`. `push_table`, `picture_advice`: a site's own reviewed files; empty = the shipped one."""

    push_table: str = ""
    picture_advice: str = ""


class WoundCare:
    """Forms, rules, second look and report of wounds, on one PUSH table."""

    def __init__(self, table: PushTable, limits: PictureLimits) -> None:
        self._limits = limits
        self._form = wound_form(lambda wound: computed_push(wound, table))
        self._report = ReportTemplate(
            id="wound_care.wound_section",
            form=FORM_ID,
            title=Text("Plaie", "Wound"),
            build=lambda context: build_section(context, table),
        )

    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:  # noqa: ARG002 - the hook's one argument
        return (self._form,)

    @implements(Spec.contribute_reports)
    def contribute_reports(self, context: LoadContext) -> Sequence[ReportTemplate]:  # noqa: ARG002 - the hook's one argument
        return (self._report,)

    @implements(Spec.contribute_rules)
    def contribute_rules(self, context: LoadContext) -> Sequence[CompletenessRule]:  # noqa: ARG002 - the hook's one argument
        return RULES

    @implements(Spec.review_form)
    def review_form(self, context: FormReview) -> Sequence[Finding]:
        if context.form != FORM_ID:
            return ()
        return review(context.answers, today=datetime.date.fromisoformat(context.today), language=context.language)

    @implements(Spec.observe_picture)
    def observe_picture(self, context: PictureSeen) -> Sequence[Observation]:
        return advise(context, self._limits)


def create_plugin(config: Mapping[str, Any]) -> WoundCare:
    """The entry point. Raises `msgspec.ValidationError` for a key of the configuration it does not know."""
    chosen = msgspec.convert(dict(config), Config)
    return WoundCare(read_push_table(chosen.push_table), read_picture_limits(chosen.picture_advice))
