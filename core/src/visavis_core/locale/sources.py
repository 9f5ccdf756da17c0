"""How a source of picture or sound is named for a reader, in either catalogue.

Knows: the room's own names (`clinical`, `face`, `camera-2`), and that any other is a device's own name, kept as it is.
Refuses to know: which sources exist; the record says.
"""

from __future__ import annotations

import re

from visavis_core.locale.messages import Messages
from visavis_core.locale.sentences import Words

__all__ = ["say_source"]

_NUMBERED = re.compile(r"camera-(\d{1,4})")


def say_source(source: str, words: Messages | Words) -> str:
    """« caméra clinique », « caméra 2 »; what is judged as a whole (`information`, `sound`) has its word here too."""
    key, numbered = f"source.{source}", _NUMBERED.fullmatch(source)
    if numbered is not None:
        return words("source.camera_number", number=numbered[1])
    return words(key) if key in words else source
