"""Drawings on a picture: their bounds, and each person's mark.

Knows: coordinates are ten-thousandths of the picture, so that a drawing lands on the same spot at any size.
Refuses to know: pixels, canvases and who may draw.
"""

from __future__ import annotations

from collections.abc import Iterable

from visavis_sdk.events import Stroke
from visavis_sdk.text import Text

__all__ = ["MARKS", "MOST_POINTS", "SHAPES", "find_fault", "give_marks"]

SHAPES = frozenset({"arrow", "circle", "freehand", "text"})
MOST_POINTS = 512
LONGEST_TEXT = 200
FULL = 10_000
LIVE = "live:"
MARKS = 6  # colours that stay apart for the common colour blindnesses, each with a shape of its own

FAULTS = {
    "drawing_unknown_shape": Text("Ce genre de dessin n’existe pas.", "There is no such kind of drawing."),
    "drawing_outside_picture": Text(
        "Le dessin sort de l’image. Recommencez-le dans l’image.",
        "The drawing leaves the picture. Draw it again inside the picture.",
    ),
    "drawing_too_long": Text(
        "Le dessin est trop long. Faites-le en plusieurs traits.",
        "The drawing is too long. Make it in several strokes.",
    ),
    "drawing_without_picture": Text(
        "Cette image n’est plus là. Dessinez sur une image présente à l’écran.",
        "This picture is no longer there. Draw on a picture that is on the screen.",
    ),
}


def find_fault(target: str, strokes: Iterable[Stroke], stills: Iterable[str]) -> tuple[str, Text] | None:
    """Why a drawing cannot be kept, as a code and a sentence; None when it can."""
    if not target.startswith(LIVE) and target not in stills:
        return fault("drawing_without_picture")
    for stroke in strokes:
        if stroke.shape not in SHAPES:
            return fault("drawing_unknown_shape")
        if not 1 <= len(stroke.points) <= MOST_POINTS or len(stroke.text) > LONGEST_TEXT:
            return fault("drawing_too_long")
        if any(not (0 <= x <= FULL and 0 <= y <= FULL) for x, y in stroke.points):
            return fault("drawing_outside_picture")
    return None


def fault(code: str) -> tuple[str, Text]:
    return code, FAULTS[code]


def give_marks(participants: Iterable[str]) -> dict[str, int]:
    """A mark for each person in the order they were identified, the same on every screen."""
    return {participant: place % MARKS for place, participant in enumerate(participants)}
