"""The plugin says no to a configuration it does not understand."""

from __future__ import annotations

import msgspec
import pytest
from visavis_wound_care.plugin import create_plugin


def test_it_needs_no_configuration():
    assert create_plugin({}) is not None


@pytest.mark.parametrize("config", [{"push_tabel": "x"}, {"push_table": 3}])
def test_an_unknown_key_or_a_wrong_type_is_refused(config):
    with pytest.raises(msgspec.ValidationError, match="push_tab"):
        create_plugin(config)


def test_a_table_that_is_not_there_is_not_replaced_by_another(tmp_path):
    with pytest.raises(FileNotFoundError):
        create_plugin({"push_table": str(tmp_path / "nowhere.toml")})
