"""What a vendor's type checker must accept, and what it must see on the host's side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

from visavis_sdk.forms import FormDefinition
from visavis_sdk.hooks import EventRecorded, FormReview, LoadContext, Spec, implements
from visavis_sdk.hosting import Contribution, Hooks
from visavis_sdk.reports import Finding


class Accepted:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]:
        return ()

    @implements(Spec.review_form)
    def under_another_name(self, context: FormReview) -> list[Finding]:  # a narrower result is fine
        return []

    @implements(Spec.on_event)
    async def on_event(self, event: EventRecorded) -> None:
        return None


def call_sync(hooks: Hooks, context: LoadContext, review: FormReview) -> None:
    assert_type(hooks.collect(Spec.contribute_forms, context=context), list[Contribution[Sequence[FormDefinition]]])
    assert_type(hooks.collect(Spec.review_form, review), list[Contribution[Sequence[Finding]]])
    assert_type(hooks.first(Spec.review_form, context=review), Contribution[Sequence[Finding]] | None)


async def call_async(hooks: Hooks, event: EventRecorded) -> None:
    assert_type(await hooks.notify(Spec.on_event, event=event), None)
