"""Hooks that look at a professional's work and say what they notice. They never change it."""

from __future__ import annotations

from collections.abc import Sequence

from visavis_sdk.hooks.contexts import FormReview
from visavis_sdk.hooks.marks import hook
from visavis_sdk.reports import Finding
from visavis_sdk.text import Text

__all__ = ["NOT_VERIFIED", "Reviews", "not_verified"]

NOT_VERIFIED = Text(
    "Les contrôles automatiques n’ont pas pu être faits : relisez les réponses.",
    "The automatic checks could not be made: read the answers again.",
)


def not_verified(context: FormReview) -> Sequence[Finding]:
    """What stands in for a review that failed, in the reader's language."""
    # Silence would read as "nothing to report", the one thing nobody knows when a check has failed.
    return (Finding(severity="alert", text=NOT_VERIFIED.in_language(context.language)),)


class Reviews:
    """Second looks."""

    @hook(budget=0.05, since="0.1", fallback=not_verified)
    def review_form(self, context: FormReview) -> Sequence[Finding]:
        """Look across the fields of a valid form and return what deserves attention.

        Called when: at each save of a form, and again before its note is signed.
        Kind: sync and pure, every plugin answers; ignore forms that are not yours.
        Budget: 50 ms.
        On failure: fails closed: the answer becomes an alert saying that the checks were not made.
        Since: 0.1
        """
        raise NotImplementedError
