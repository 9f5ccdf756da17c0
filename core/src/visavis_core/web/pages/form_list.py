"""The forms of an act: those its specialty offers, and those already filled.

Knows: which form is offered when, and the history of each instance.
Refuses to know: questions and answers (`visavis_core.web.forms`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from visavis_sdk.events import FormSaved, Recorded
from visavis_sdk.text import Text

from visavis_core.acts.act import Act

if TYPE_CHECKING:
    from visavis_core.web.pages.visit import Visit

__all__ = ["FormLine", "form_lines", "instances_of"]


class FormLine(msgspec.Struct, frozen=True, kw_only=True):
    """One form offered, or one instance already saved (`saved_at` and `instance` are "" while it is only offered)."""

    id: str
    title: Text
    instance: str = ""
    saved_at: str = ""


def form_lines(visit: Visit) -> tuple[FormLine, ...]:
    """Forms of the act's specialty first, the others after, because a wound may be seen in any act."""
    definitions = {form.id: form for form in visit.house.catalogue.forms}
    lines: list[FormLine] = []
    for form in sorted(definitions.values(), key=lambda form: (form.specialty != visit.act.specialty, form.id)):
        saved = instances_of(visit.act, form.id)
        lines += [
            FormLine(id=form.id, title=form.title, instance=instance, saved_at=events[-1].at)
            for instance, events in saved.items()
        ] or [FormLine(id=form.id, title=form.title)]
    return tuple(lines)


def instances_of(act: Act, form: str) -> dict[str, tuple[Recorded, ...]]:
    """Instance → its savings in order, for one form of this act."""
    history: dict[str, tuple[Recorded, ...]] = {}
    for event in act.events:
        if isinstance(event.body, FormSaved) and event.body.form == form:
            history[event.body.instance] = (*history.get(event.body.instance, ()), event)
    return history
