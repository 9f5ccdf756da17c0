"""Checks several jurisdictions share, by the name a pack's TOML calls them with.

A pack adds its own in its `checks.py`; a name given twice is refused by the pack reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from visavis_sdk.evidence.duties.conclusion import CONCLUSION
from visavis_sdk.evidence.duties.consent import CONSENT
from visavis_sdk.evidence.duties.live import LIVE
from visavis_sdk.evidence.duties.people import PEOPLE
from visavis_sdk.evidence.duties.preparation import PREPARATION
from visavis_sdk.obligations import Check

__all__ = ["DUTIES"]

DUTIES: Mapping[str, Check] = MappingProxyType({**PEOPLE, **CONSENT, **PREPARATION, **LIVE, **CONCLUSION})
