"""The command `visavis`: serve, demo, device, plugins, trace, act, user, doctor, db.

Knows: which commands there are. Each is imported when it is called, so that `visavis --help` is quick.
Refuses to know: what they do.
"""

from __future__ import annotations

from visavis_core.cli.commands import app

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the distribution."""
    app()
