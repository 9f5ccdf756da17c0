"""The France pack keeps what every plugin keeps."""

from __future__ import annotations

from visavis_sdk.testing.conformance import PluginConformance


class TestConformance(PluginConformance):
    package = "visavis_france"
