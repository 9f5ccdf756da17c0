"""Logs: one JSON object per line, from an allow-list of keys, with no place for a patient's data.

Knows: which keys may be written and of what shape; that a name is a name (`room.seat_taken`) and never a sentence.
Refuses to know: exception texts and other packages' message arguments; both can quote what somebody typed.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

__all__ = ["ALLOWED", "allow_listed", "place_of", "set_up_logs"]

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger",
        "act", "address", "cause", "code", "command", "count", "error", "hook", "kind", "link", "method", "n", "part",
        "plugin", "port", "reason", "route", "seconds", "seat", "session", "signal", "size", "state", "status",
        "version", "where", "worker", "milliseconds",
    }
)  # fmt: skip
_NAME = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
_PLAIN = re.compile(r"^[A-Za-z0-9_.:/@+<>=,-]{0,120}$")  # ids, codes, classes, addresses: no spaces, so no sentences

EventDict = MutableMapping[str, Any]


def allow_listed(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Drops every key that is not on the list and every value that is not plain; says how many it dropped."""
    kept: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in ALLOWED:
            continue
        if isinstance(value, bool | int | float) or value is None or (isinstance(value, str) and _PLAIN.match(value)):
            kept[key] = value
    if not _NAME.match(str(kept.get("event", ""))):
        kept["event"] = "log.unnamed"
    dropped = len(entry) - len(kept)
    if dropped > 0:
        kept["dropped"] = dropped
    return kept


def place_of(error: BaseException) -> str:
    """File and line where it was raised; names of ours, never data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"


def _render(_logger: object, _method: str, entry: EventDict) -> str:
    return msgspec.json.encode(entry).decode()


class _Foreign(logging.Formatter):
    """Other packages' records: who spoke and how loud, the class of an error, never the message."""

    def format(self, record: logging.LogRecord) -> str:
        entry: EventDict = {"event": "foreign.message", "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            entry["error"] = record.exc_info[0].__name__
        return msgspec.json.encode(allow_listed(None, "", entry)).decode()


def set_up_logs(*, loud: bool = True) -> None:
    """Once per process, before anything logs. `loud` false leaves warnings and errors only (the demo's terminal)."""
    level = logging.INFO if loud else logging.WARNING
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow_listed,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Foreign())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
