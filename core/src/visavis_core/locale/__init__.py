"""The words people read, below everything that speaks: pages, documents and the command line.

Knows: two catalogues. `interface` is what buttons and pages say, `documents` is what a note says; they are apart
because a signed note must not change when a button is renamed.
Refuses to know: who reads, and every package of ours that speaks through it.
"""

from __future__ import annotations

from visavis_core.locale.formats import Formats
from visavis_core.locale.languages import DEFAULT_LANGUAGE, LANGUAGES, negotiate
from visavis_core.locale.messages import Messages, MissingMessageError, Plural, catalogue
from visavis_core.locale.sentences import Words, words
from visavis_core.locale.sources import say_source
from visavis_core.locale.typography import typeset

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "Formats",
    "Messages",
    "MissingMessageError",
    "Plural",
    "Words",
    "catalogue",
    "negotiate",
    "say_source",
    "typeset",
    "words",
]
