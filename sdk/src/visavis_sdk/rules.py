"""What makes a dossier complete enough to send or sign, as data with one pure check.

Knows: a rule belongs to a form, looks at its answers and at the act, and returns gaps in the user's words.
Refuses to know: whether a gap stops anything: sending with a gap and a typed reason is the professional's right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from visavis_sdk.obligations import ActView
from visavis_sdk.text import Text

__all__ = ["CompletenessRule", "Gap"]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is missing. `fields` leads to where it can be given; `level` says how much it matters."""

    message: Text
    fields: tuple[str, ...] = ()
    level: Literal["required", "recommended"] = "required"


class CompletenessRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule on one form. `why` is for the person who meets the gap; `source` is where the rule comes from.

    `check` is pure and quick: it is evaluated at each edit. It is given the answers of `form` and the act.
    """

    id: str
    form: str
    title: Text
    why: Text
    source: str
    check: Callable[[Any, ActView], Sequence[Gap]]
