"""What the loaded plugins contributed, indexed once and frozen.

Knows: every form, obligation, consent text, report and rule in force, in the deployment's order, and whose each is.
Refuses to know: how a plugin was found or judged, and any clinical content.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from visavis_sdk.consent import ConsentText
from visavis_sdk.forms import FormDefinition
from visavis_sdk.obligations import Obligation
from visavis_sdk.reports import ReportTemplate
from visavis_sdk.rules import CompletenessRule
from visavis_sdk.text import Language

__all__ = ["Catalogue", "Contributed", "index"]


class Contributed(msgspec.Struct, frozen=True, kw_only=True):
    """All that one plugin brings."""

    plugin: str
    forms: tuple[FormDefinition, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    consent_texts: tuple[ConsentText, ...] = ()
    reports: tuple[ReportTemplate, ...] = ()
    rules: tuple[CompletenessRule, ...] = ()

    def identities(self) -> tuple[tuple[str, ...], ...]:
        """What must be unique over all plugins."""
        return (
            *(("form", form.id, str(form.version)) for form in self.forms),
            *(("obligation", duty.jurisdiction, duty.id, duty.effective_from) for duty in self.obligations),
            *(("consent_text", text.id, text.version, text.language) for text in self.consent_texts),
            *(("report", report.id) for report in self.reports),
            *(("rule", rule.id) for rule in self.rules),
        )


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Order is the deployment's plugin order, then the plugin's own order; no meaning may depend on it."""

    forms: tuple[FormDefinition, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    consent_texts: tuple[ConsentText, ...] = ()
    reports: tuple[ReportTemplate, ...] = ()
    rules: tuple[CompletenessRule, ...] = ()
    owners: dict[tuple[str, ...], str] = {}  # Contributed.identities -> plugin id

    def form(self, form_id: str, version: int | None = None) -> FormDefinition | None:
        """A form by id, in its latest version unless one is named."""
        known = [form for form in self.forms if form.id == form_id and version in (None, form.version)]
        return max(known, key=lambda form: form.version, default=None)

    def consent_text(self, *, jurisdictions: tuple[str, ...], language: Language, on: str) -> ConsentText | None:
        """The text to show on a date (ISO): of the first jurisdiction that has one, the latest in force."""
        for jurisdiction in jurisdictions:
            texts = [
                text
                for text in self.consent_texts
                if text.jurisdiction == jurisdiction and text.language == language and text.effective_from <= on
            ]
            if texts:
                return max(texts, key=lambda text: (text.effective_from, text.version))
        return None

    def consent_text_by_id(self, text_id: str, version: str, language: str) -> ConsentText | None:
        """A text as it was shown, whatever is in force now."""
        wanted = (text_id, version, language)
        return next((t for t in self.consent_texts if (t.id, t.version, t.language) == wanted), None)

    def reports_for(self, form_id: str) -> tuple[ReportTemplate, ...]:
        return tuple(report for report in self.reports if report.form == form_id)

    def rules_for(self, form_id: str) -> tuple[CompletenessRule, ...]:
        return tuple(rule for rule in self.rules if rule.form == form_id)


def index(contributed: Iterable[Contributed]) -> Catalogue:
    brought = tuple(contributed)
    return Catalogue(
        forms=tuple(form for one in brought for form in one.forms),
        obligations=tuple(duty for one in brought for duty in one.obligations),
        consent_texts=tuple(text for one in brought for text in one.consent_texts),
        reports=tuple(report for one in brought for report in one.reports),
        rules=tuple(rule for one in brought for rule in one.rules),
        owners={key: one.plugin for one in brought for key in one.identities()},
    )
