"""What each of the two notes must speak of, as section keys (G1, G2, B5, B14, D6).

Knows: the keys a note's sections carry and which of them a note cannot be without, from S0's record-keeping duties.
Refuses to know: a note's headings, wording and prefilling; the core's documents write them, each author completes them.
`SECTION_NAMES` names a section in a sentence about it, so that whoever lacks one is not shown its key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from visavis_sdk.events import NoteSection
from visavis_sdk.text import Text

__all__ = ["ASSISTING", "ON_SITE", "REQUIRED_SECTIONS", "RESPONSIBILITY", "SECTION_NAMES", "NoteName", "blank_sections"]

NoteName = Literal["assisting", "on_site"]

# The assisting physician's: who and where, approach, relevant information, advice with its reasons (S0, tenue des
# dossiers).
ASSISTING: Final = ("people", "place", "approach", "information", "advice")

# The on-site professional's: usual documentation, who assisted with which equipment, nature of the assistance,
# exchanges with recommendations and validations, consent (S0, consentement and tenue des dossiers).
ON_SITE: Final = ("care", "assistant", "equipment", "nature", "exchanges", "consent")

# Who answers for what, in both (S0, particularités); shown on the sheet, not demanded before signing.
RESPONSIBILITY: Final = "responsibility"

SECTION_NAMES: Final[dict[str, Text]] = {
    "people": Text(fr="personnes présentes", en="people present"),
    "place": Text(fr="lieu", en="place"),
    "approach": Text(fr="démarche clinique", en="clinical approach"),
    "information": Text(fr="informations pertinentes", en="relevant information"),
    "advice": Text(fr="conseils et motifs", en="advice and reasons"),
    "care": Text(fr="soins et constatations", en="care and findings"),
    "assistant": Text(fr="médecin assistant", en="assisting physician"),
    "equipment": Text(fr="équipement utilisé", en="equipment used"),
    "nature": Text(fr="nature de l’assistance", en="nature of the assistance"),
    "exchanges": Text(fr="échanges et recommandations", en="exchanges and recommendations"),
    "consent": Text(fr="consentement", en="consent"),
}

REQUIRED_SECTIONS: Final[dict[str, tuple[str, ...]]] = {"assisting": ASSISTING, "on_site": ON_SITE}


def blank_sections(note: str, sections: Iterable[NoteSection]) -> tuple[str, ...]:
    """The required keys of `note` that no section fills, in reading order. An unknown note requires nothing."""
    written = {section.key for section in sections if section.text.strip()}
    return tuple(key for key in REQUIRED_SECTIONS.get(note, ()) if key not in written)
