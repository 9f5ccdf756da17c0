"""The forms of an act: those its specialty offers, and those already filled.

Knows: which form is offered when, and which instance a page edits.
Refuses to know: questions and answers (`visavis_core.web.forms`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from visavis_sdk.events import FormSaved, Recorded
from visavis_sdk.forms import FormDefinition
from visavis_sdk.text import Text

if TYPE_CHECKING:
    from visavis_core.web.pages.visit import Visit

__all__ = ["FormLine", "form_lines", "saved_form"]


class FormLine(msgspec.Struct, frozen=True, kw_only=True):
    """`saved_at` is "" while nothing was filled."""

    id: str
    title: Text
    saved_at: str


def form_lines(visit: Visit) -> tuple[FormLine, ...]:
    """Forms of the act's specialty first, the others after, because a wound may be seen in any act."""
    definitions = sorted(visit.house.catalogue.forms, key=lambda form: (form.specialty != visit.act.specialty, form.id))
    return tuple(_line(visit, form) for form in definitions)


def _line(visit: Visit, form: FormDefinition) -> FormLine:
    saved = saved_form(visit, form.id)
    return FormLine(id=form.id, title=form.title, saved_at=saved.at if saved else "")


def saved_form(visit: Visit, form: str) -> Recorded | None:
    """The last saving of this form in the act."""
    found = (event for event in reversed(visit.act.events) if _is_of(event, form))
    return next(found, None)


def _is_of(event: Recorded, form: str) -> bool:
    return isinstance(event.body, FormSaved) and event.body.form == form
