"""Plugins seen from the core: found without import, judged, loaded in order, quarantined by name when they fail."""

from __future__ import annotations

from visavis_core.plugins.catalogue import Catalogue

__all__ = ["Catalogue"]
