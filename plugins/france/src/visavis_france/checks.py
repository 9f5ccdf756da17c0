"""Checks only France needs. None yet: every row of this pack is judged by a check several jurisdictions share.

Knows: the name under which the pack's own checks will be found.
Refuses to know: anything the SDK's `DUTIES` already judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from visavis_sdk.obligations import Check

__all__ = ["CHECKS"]

CHECKS: Mapping[str, Check] = MappingProxyType({})
