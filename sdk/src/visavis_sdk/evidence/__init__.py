"""Building blocks for checks: find events in an act, and the checks several jurisdictions share.

`finding` reads the record; `duties` are whole checks by name, which a pack's TOML may refer to.
"""

from __future__ import annotations

from visavis_sdk.evidence.duties import DUTIES
from visavis_sdk.evidence.finding import (
    Found,
    IndexedView,
    due,
    every,
    first,
    first_after,
    latest,
    met,
    not_applicable,
    people,
    session_held,
    stopped_early,
)

__all__ = [
    "DUTIES",
    "Found",
    "IndexedView",
    "due",
    "every",
    "first",
    "first_after",
    "latest",
    "met",
    "not_applicable",
    "people",
    "session_held",
    "stopped_early",
]
