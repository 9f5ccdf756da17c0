"""The France pack as a plugin: duties and consent texts, all of it data and pure checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from visavis_sdk.consent import ConsentText
from visavis_sdk.hooks import LoadContext, Spec, implements
from visavis_sdk.obligations import Obligation
from visavis_sdk.packs import read_consent_texts, read_obligations

from visavis_france.checks import CHECKS

__all__ = ["France", "create_plugin", "obligations"]

PACKAGE = "visavis_france"


@cache
def obligations() -> tuple[Obligation, ...]:
    """The rows of `obligations/*.toml`, read once."""
    return read_obligations(PACKAGE, CHECKS)


class France:
    @implements(Spec.contribute_obligations)
    def contribute_obligations(self, context: LoadContext) -> Sequence[Obligation]:  # noqa: ARG002 - the hook's one argument
        return obligations()

    @implements(Spec.contribute_consent_texts)
    def contribute_consent_texts(self, context: LoadContext) -> Sequence[ConsentText]:  # noqa: ARG002 - the hook's one argument
        return read_consent_texts(PACKAGE)


def create_plugin(config: Mapping[str, Any]) -> France:
    """The pack has nothing to configure; a key is a mistake and is refused by name."""
    if config:
        raise ValueError(f"the france pack takes no setting; remove {', '.join(sorted(config))}")
    return France()
