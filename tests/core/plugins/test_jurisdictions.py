"""A jurisdiction in force without its pack would leave every gate open: the house does not open at all."""

from __future__ import annotations

import pytest
from visavis_core.app import _load_plugins
from visavis_core.deployment import Deployment, Site
from visavis_core.gauges import Gauges
from visavis_core.plugins.quarantine import JurisdictionWithoutDuties


def test_a_jurisdiction_without_its_pack_stops_the_start_in_words() -> None:
    deployment = Deployment(site=Site(jurisdictions=("france",)))
    gauges = Gauges()
    with pytest.raises(JurisdictionWithoutDuties) as stopped:
        _load_plugins(deployment, gauges.note_plugin_failure, gauges.note_drop)
    assert "france" in stopped.value.message.fr
    assert "[[plugins]]" in stopped.value.message.en
