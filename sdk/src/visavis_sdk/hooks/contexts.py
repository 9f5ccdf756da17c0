"""The one argument each hook takes.

Knows: every hook has a frozen struct of its own, so that a new fact is a new field with a default and no plugin breaks.
Refuses to know: who implements a hook and what it answers.
"""

from __future__ import annotations

from typing import Any

import msgspec

from visavis_sdk.events import Recorded
from visavis_sdk.text import Language
from visavis_sdk.vocabulary import ActKind

__all__ = ["EventRecorded", "FormReview", "LoadContext"]


class LoadContext(msgspec.Struct, frozen=True, kw_only=True):
    """The deployment a plugin is loaded into: the SDK's version there, its languages and jurisdictions in force."""

    sdk: str
    languages: tuple[Language, ...] = ("fr", "en")
    jurisdictions: tuple[str, ...] = ()


class FormReview(msgspec.Struct, frozen=True, kw_only=True):
    """Valid answers to look at as a whole. `today` is the ISO date at the place of the act: a plugin has no clock."""

    form: str  # FormDefinition.id
    answers: Any  # an instance of that form's own struct
    language: Language
    today: str


class EventRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event, after it became durable. It cannot be changed or refused any more."""

    kind: ActKind
    recorded: Recorded
