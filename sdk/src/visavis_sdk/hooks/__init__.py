"""Every hook of visavis, by subject, and the mark that implements one.

class Plugin:
    @implements(Spec.contribute_forms)
    def contribute_forms(self, context: LoadContext) -> Sequence[FormDefinition]: ...
"""

from __future__ import annotations

from visavis_sdk.hooks.contexts import EventRecorded, FormReview, LoadContext
from visavis_sdk.hooks.contributions import Contributions
from visavis_sdk.hooks.lifecycle import Lifecycle
from visavis_sdk.hooks.marks import Terms, hook, implements, terms_of
from visavis_sdk.hooks.observations import Observations
from visavis_sdk.hooks.reviews import Reviews

__all__ = ["EventRecorded", "FormReview", "LoadContext", "Spec", "Terms", "hook", "implements", "terms_of"]


class Spec(Contributions, Reviews, Observations, Lifecycle):
    """All hooks. Never instantiated: its functions are the names hooks are called and implemented by."""
