"""How the command line speaks: the operator's language, and every known fault in words.

Knows: the terminal's language, and that a fault of the house carries its own sentence.
Refuses to know: tracebacks. An unknown error is shown by its class and place; `VISAVIS_DEBUG=1` shows the rest.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

import typer
from visavis_sdk.text import Language, Text

from visavis_core.deployment_faults import DeploymentError
from visavis_core.logs import place_of

__all__ = ["fail", "language", "say", "speaking"]


def language() -> Language:
    """French when the terminal is French, English otherwise: an operator's terminal is usually left at its default."""
    for name in ("VISAVIS_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


def say(fr: str, en: str) -> str:
    return fr if language() == "fr" else en


def fail(message: Text | str, code: int = 1) -> typer.Exit:
    """Prints on the error stream; the caller raises what this returns."""
    print(message.in_language(language()) if isinstance(message, Text) else message, file=sys.stderr)
    return typer.Exit(code)


@contextlib.contextmanager
def speaking() -> Iterator[None]:
    """Turns the house's faults into one readable message and a non-zero exit."""
    try:
        yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except DeploymentError as error:
        raise fail(error.in_language(language()), 2) from None
    except Exception as error:
        if os.environ.get("VISAVIS_DEBUG"):
            raise
        message = getattr(error, "message", None)
        if isinstance(message, Text):
            raise fail(message) from None
        if isinstance(error, OSError) and error.filename:
            raise fail(say(f"{error.filename} : {error.strerror}.", f"{error.filename}: {error.strerror}.")) from None
        kind, place = type(error).__name__, place_of(error)
        raise fail(say(f"Erreur imprévue : {kind} ({place}).", f"Unforeseen error: {kind} ({place}).")) from None
