"""Hooks called once, when a plugin is loaded: what it brings to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_sdk.consent import ConsentText
from visavis_sdk.forms import FormDefinition
from visavis_sdk.hooks.contexts import LoadContext
from visavis_sdk.hooks.marks import hook
from visavis_sdk.obligations import Obligation
from visavis_sdk.reports import ReportTemplate
from visavis_sdk.rules import CompletenessRule

__all__ = ["Contributions"]


class Contributions:
    """What a plugin brings. The ids must be those its `plugin.toml` announces."""

    @hook(budget=0.25, since="0.1")
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        """Give the forms of this plugin.

        Called when: once, when the plugin is loaded; the answer is frozen into the catalogue.
        Kind: sync, every plugin answers.
        Budget: 250 ms.
        On failure: the plugin is quarantined by name; the others load.
        Since: 0.1
        """
        raise NotImplementedError

    @hook(budget=0.25, since="0.1")
    def contribute_obligations(self, context: LoadContext) -> Sequence[Obligation]:
        """Give the duties of a jurisdiction, each with its citation, its dates and a pure check.

        Called when: once, when the plugin is loaded; the answer is frozen into the catalogue.
        Kind: sync, every plugin answers.
        Budget: 250 ms.
        On failure: the plugin is quarantined by name; the others load.
        Since: 0.1
        """
        raise NotImplementedError

    @hook(budget=0.25, since="0.1")
    def contribute_consent_texts(self, context: LoadContext) -> Sequence[ConsentText]:
        """Give the texts a patient is informed with, in every version that was ever shown.

        Called when: once, when the plugin is loaded; the answer is frozen into the catalogue.
        Kind: sync, every plugin answers.
        Budget: 250 ms.
        On failure: the plugin is quarantined by name; the others load.
        Since: 0.1
        """
        raise NotImplementedError

    @hook(budget=0.25, since="0.1")
    def contribute_reports(self, context: LoadContext) -> Sequence[ReportTemplate]:
        """Give the sections that this plugin's forms become in a note.

        Called when: once, when the plugin is loaded; the answer is frozen into the catalogue.
        Kind: sync, every plugin answers.
        Budget: 250 ms.
        On failure: the plugin is quarantined by name; the others load.
        Since: 0.1
        """
        raise NotImplementedError

    @hook(budget=0.25, since="0.1")
    def contribute_rules(self, context: LoadContext) -> Sequence[CompletenessRule]:
        """Give the rules that tell when a dossier is complete.

        Called when: once, when the plugin is loaded; the answer is frozen into the catalogue.
        Kind: sync, every plugin answers.
        Budget: 250 ms.
        On failure: the plugin is quarantined by name; the others load.
        Since: 0.1
        """
        raise NotImplementedError
