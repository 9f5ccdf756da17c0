"""What a wound's dossier needs before it is worth sending.

Knows: the answers without which the assisting physician has to ask again.
Refuses to know: what happens to a gap: a professional may send with one and say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from visavis_sdk import ActView, CompletenessRule, Gap, Text
from visavis_sdk.events import StillCaptured

from visavis_wound_care.words import Side
from visavis_wound_care.wound import FORM_ID, Wound

__all__ = ["RULES"]

TIME: Final = "TIME (Tissue, Infection, Moisture, Edge): wound bed preparation"
MIDLINE_SITES: Final = frozenset(("sacrum", "perineum", "scalp", "face", "neck", "chest", "abdomen", "back", "other"))


def check_located(wound: Wound, _act: ActView) -> Sequence[Gap]:
    if wound.side is None:
        return (Gap(message=Text("De quel côté est la plaie ?", "On which side is the wound?"), fields=("side",)),)
    if wound.side is Side.MIDLINE and wound.site.value not in MIDLINE_SITES:
        message = Text("Ce siège a un côté, droit ou gauche.", "This site has a side, right or left.")
        return (Gap(message=message, fields=("side",)),)
    return ()


def check_scored(wound: Wound, _act: ActView) -> Sequence[Gap]:
    gaps: list[Gap] = []
    unmeasured = tuple(field for field in ("length", "width") if getattr(wound, field) is None)
    if unmeasured and not wound.closed:
        message = Text(
            "Mesurez longueur et largeur, ou dites pourquoi ce n’est pas possible.",
            "Measure length and width, or say why it is not possible.",
        )
        gaps.append(Gap(message=message, fields=unmeasured))
    if wound.exudate is None:
        gaps.append(Gap(message=Text("Quelle quantité d’exsudat ?", "How much exudate?"), fields=("exudate",)))
    described = (wound.necrosis, wound.slough, wound.granulation, wound.epithelium)
    if not wound.closed and all(share is None for share in described):
        fields = ("necrosis", "slough", "granulation", "epithelium")
        gaps.append(Gap(message=Text("Décrivez les tissus du lit.", "Describe the tissue of the bed."), fields=fields))
    return gaps


def check_photographed(wound: Wound, act: ActView) -> Sequence[Gap]:
    captured = {recorded.body.still for recorded in act.events if isinstance(recorded.body, StillCaptured)}
    if not wound.photos:
        return (Gap(message=Text("Ajoutez une photo de la plaie.", "Add a picture of the wound."), fields=("photos",)),)
    if not captured.issuperset(wound.photos):
        message = Text("Une photo choisie n’est pas une capture de cet acte.", "A chosen picture is not of this act.")
        return (Gap(message=message, fields=("photos",)),)
    return ()


def check_pain_asked(wound: Wound, _act: ActView) -> Sequence[Gap]:
    if wound.pain is not None:
        return ()
    message = Text(
        "Demandez la douleur, ou dites pourquoi il n’y a pas de réponse.",
        "Ask about pain, or say why there is no answer.",
    )
    return (Gap(message=message, fields=("pain",), level="recommended"),)


RULES: Final = (
    CompletenessRule(
        id="wound_care.located",
        form=FORM_ID,
        title=Text("La plaie est située", "The wound is located"),
        why=Text("Un côté faux suit la plaie de note en note.", "A wrong side follows a wound from note to note."),
        source=TIME,
        check=check_located,
    ),
    CompletenessRule(
        id="wound_care.scored",
        form=FORM_ID,
        title=Text("Le score PUSH est calculable", "The PUSH score can be computed"),
        why=Text(
            "Sans lui, la prochaine visite ne se compare à rien.", "Without it, the next visit compares to nothing."
        ),
        source="PUSH Tool 3.0 (NPIAP)",
        check=check_scored,
    ),
    CompletenessRule(
        id="wound_care.photographed",
        form=FORM_ID,
        title=Text("La plaie est photographiée", "The wound is photographed"),
        why=Text("Le médecin à distance juge sur l’image.", "The remote physician judges by the picture."),
        source=TIME,
        check=check_photographed,
    ),
    CompletenessRule(
        id="wound_care.pain_asked",
        form=FORM_ID,
        title=Text("La douleur est évaluée", "Pain is assessed"),
        why=Text(
            "Une douleur qui change dit quelque chose de la plaie.", "A change of pain says something of the wound."
        ),
        source=TIME,
        check=check_pain_asked,
    ),
)
