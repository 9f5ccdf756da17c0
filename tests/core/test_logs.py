"""Nothing that could be a patient's reaches the log: unlisted keys, sentences, other packages' messages."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from visavis_core.logs import allow_listed, set_up_logs


def test_listed_keys_with_plain_values_pass() -> None:
    entry = {"event": "room.seat_taken", "act": "act_x.Y-1", "count": 3, "level": "info"}
    assert allow_listed(None, "info", dict(entry)) == entry


def test_what_is_not_listed_or_not_plain_is_dropped_and_counted() -> None:
    kept = allow_listed(
        None,
        "info",
        {
            "event": "form.saved",
            "patient": "Hector",
            "reason": "Hector Bouchard a mal",
            "where": "x" * 500,
            "state": {"name": "Hector"},
            "code": "ok",
        },
    )
    assert kept == {"event": "form.saved", "code": "ok", "dropped": 4}


def test_a_sentence_is_not_a_name() -> None:
    assert allow_listed(None, "info", {"event": "Saved the form of Hector"})["event"] == "log.unnamed"


@pytest.fixture
def restored() -> object:
    root = logging.getLogger()
    before, level, config = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = before, level
    structlog.configure(**config)


def test_other_packages_say_who_and_how_loud_never_what(restored: object, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    set_up_logs()
    try:
        raise ValueError("Hector Bouchard")
    except ValueError:
        logging.getLogger("some.package").exception("while reading %s", "Hector")
    line = json.loads(stream.getvalue())
    assert line["event"] == "foreign.message"
    assert (line["logger"], line["error"], line["level"]) == ("some.package", "ValueError", "error")
    assert "Hector" not in stream.getvalue()
