"""What the loaded plugins contributed, indexed once and frozen.

Knows: every form, obligation, consent text, report and rule in force, with the plugin each came from.
Refuses to know: how a plugin was found or judged, and any clinical content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from visavis_sdk.forms import FormDefinition
from visavis_sdk.obligations import Obligation
from visavis_sdk.reports import ReportTemplate
from visavis_sdk.rules import CompletenessRule

from visavis_sdk.consent import ConsentText

__all__ = ["Catalogue", "Conflicting"]


class Conflicting(ValueError):
    """Two plugins contribute the same id."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Order is the deployment's plugin order, then the plugin's own order; no meaning may depend on it."""

    forms: tuple[FormDefinition, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    consent_texts: tuple[ConsentText, ...] = ()
    reports: tuple[ReportTemplate, ...] = ()
    rules: tuple[CompletenessRule, ...] = ()
