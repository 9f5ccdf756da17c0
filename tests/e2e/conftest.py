"""Fixtures of the journeys, from the harness."""

from __future__ import annotations

from tests.e2e.harness.browser import stage
from tests.e2e.harness.cameras import cameras, voices
from tests.e2e.harness.server import demo_server

__all__ = ["cameras", "demo_server", "stage", "voices"]
