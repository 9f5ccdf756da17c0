"""What each of the two notes must speak of, as section keys (G1, G2, B5, B14, D6, F10).

Knows: the keys a note's sections carry and which of them a note cannot be without, from S0's record-keeping duties.
Refuses to know: titles, wording and prefilling; the core's documents write them, each author completes them.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["ASSISTING", "ON_SITE", "REQUIRED_SECTIONS", "NoteName"]

NoteName = Literal["assisting", "on_site"]

# The assisting physician's: approach, relevant information, advice with its reasons, people, place (S0, tenue des
# dossiers); whether the information sufficed (S0, qualité de l'acte); who answers for what (S0, particularités).
ASSISTING: Final = ("people", "place", "approach", "information", "advice", "sufficiency", "responsibility")

# The on-site professional's: usual documentation, who assisted with which equipment, nature of the assistance,
# exchanges with recommendations and validations, consent (S0, consentement and tenue des dossiers).
ON_SITE: Final = ("documentation", "assistant", "equipment", "nature", "exchanges", "consent", "responsibility")

REQUIRED_SECTIONS: Final[dict[str, tuple[str, ...]]] = {"assisting": ASSISTING, "on_site": ON_SITE}
