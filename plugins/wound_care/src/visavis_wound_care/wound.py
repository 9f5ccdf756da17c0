"""The wound form: what is asked, in the order in which a wound is looked at (TIME: tissue, infection, moisture, edge).

Knows: the questions, their units and bounds. The bounds only catch slips of the hand; none is a clinical threshold.
Refuses to know: which answers fit together; `review` looks at that.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Final

from visavis_sdk import Form, FormDefinition, Text
from visavis_sdk.forms import (
    Absent,
    Computed,
    Section,
    choice,
    day,
    decimal,
    flag,
    loinc,
    note,
    picture,
    several,
    whole,
)

from visavis_wound_care.words import (
    EDGE,
    EXUDATE,
    EXUDATE_TYPE,
    KIND,
    PERIWOUND,
    RISK,
    SIDE,
    SIGN,
    SITE,
    Edge,
    Exudate,
    ExudateType,
    LocalSign,
    Periwound,
    Risk,
    Side,
    Site,
    WoundKind,
)

__all__ = ["FORM_ID", "Wound", "wound_form"]

FORM_ID: Final = "wound_care.wound"
PERCENT: Final = Text("Part du lit de la plaie. Les quatre tissus font 100 %.", "Share of the bed. The four make 100%.")

Percent = int | None
Centimetres = Decimal | Absent | None


class Wound(Form, frozen=True, kw_only=True):
    """One wound, once looked at. Only its kind and its site are required: a form that is half filled is worth keeping,
    and the completeness rules say what it lacks."""

    kind: Annotated[WoundKind, choice(Text("Type de plaie", "Type of wound"), KIND)]
    site: Annotated[Site, choice(Text("Siège", "Site"), SITE)]
    side: Annotated[
        Side | None, choice(Text("Côté", "Side"), SIDE, help=Text("Celui du patient.", "The patient’s own."))
    ] = None
    site_detail: Annotated[
        str,
        note(
            Text("Précision du siège", "Exact place"),
            longest=200,
            lines=1,
            help=Text("Face, distance à un repère.", "Aspect, distance from a landmark."),
        ),
    ] = ""
    origin_date: Annotated[datetime.date | None, day(Text("Apparue le", "Since"))] = None
    cause: Annotated[str, note(Text("Cause", "Cause"), longest=500, lines=2)] = ""
    care_so_far: Annotated[str, note(Text("Soins jusqu’ici", "Care so far"), longest=2000)] = ""
    risks: Annotated[tuple[Risk, ...], several(Text("Facteurs de risque", "Risk factors"), RISK)] = ()

    length: Annotated[
        Centimetres,
        decimal(
            Text("Longueur", "Length"),
            unit="cm",
            low="0",
            high="100",
            code=loinc("39126-8"),
            help=Text("La plus grande, dans l’axe tête-pieds.", "The greatest, head to toe."),
        ),
    ] = None
    width: Annotated[
        Centimetres,
        decimal(
            Text("Largeur", "Width"),
            unit="cm",
            low="0",
            high="100",
            code=loinc("39125-0"),
            help=Text("La plus grande, perpendiculaire à la longueur.", "The greatest, across the length."),
        ),
    ] = None
    depth: Annotated[Centimetres, decimal(Text("Profondeur", "Depth"), unit="cm", low="0", high="50")] = None
    tunnelling: Annotated[
        Centimetres, decimal(Text("Trajet fistuleux", "Tunnelling"), unit="cm", low="0", high="50")
    ] = None

    closed: Annotated[
        bool,
        flag(
            Text("Plaie fermée", "Wound closed"),
            help=Text("Entièrement recouverte d’épithélium.", "Entirely covered with epithelium."),
        ),
    ] = False
    necrosis: Annotated[Percent, whole(Text("Nécrose", "Necrosis"), unit="%", low=0, high=100, help=PERCENT)] = None
    slough: Annotated[Percent, whole(Text("Fibrine", "Slough"), unit="%", low=0, high=100)] = None
    granulation: Annotated[Percent, whole(Text("Bourgeon", "Granulation"), unit="%", low=0, high=100)] = None
    epithelium: Annotated[Percent, whole(Text("Épithélium", "Epithelium"), unit="%", low=0, high=100)] = None

    signs: Annotated[tuple[LocalSign, ...], several(Text("Signes locaux", "Local signs"), SIGN)] = ()
    odour: Annotated[
        bool | None,
        flag(Text("Odeur inhabituelle", "Unusual odour"), help=Text("Après nettoyage.", "After cleansing.")),
    ] = None

    exudate: Annotated[
        Exudate | Absent | None,
        choice(
            Text("Quantité d’exsudat", "Amount of exudate"),
            EXUDATE,
            help=Text(
                "Pansement retiré, avant tout produit local.", "Once the dressing is off, before any topical agent."
            ),
        ),
    ] = None
    exudate_type: Annotated[
        tuple[ExudateType, ...], several(Text("Type d’exsudat", "Type of exudate"), EXUDATE_TYPE)
    ] = ()

    edge: Annotated[tuple[Edge, ...], several(Text("Berges", "Edge"), EDGE)] = ()
    undermining: Annotated[
        Centimetres,
        decimal(
            Text("Décollement", "Undermining"),
            unit="cm",
            low="0",
            high="50",
            help=Text("Le plus profond.", "The deepest."),
        ),
    ] = None
    undermining_clock: Annotated[
        int | None,
        whole(
            Text("Décollement : heure", "Undermining: o’clock"),
            low=1,
            high=12,
            help=Text("Comme sur un cadran, midi vers la tête.", "As on a dial, twelve towards the head."),
        ),
    ] = None
    periwound: Annotated[tuple[Periwound, ...], several(Text("Peau périlésionnelle", "Periwound skin"), PERIWOUND)] = ()
    erythema: Annotated[
        Centimetres,
        decimal(
            Text("Étendue de la rougeur", "Extent of erythema"),
            unit="cm",
            low="0",
            high="100",
            help=Text("À partir de la berge.", "From the edge."),
        ),
    ] = None

    pain: Annotated[
        int | Absent | None,
        whole(
            Text("Douleur (EN)", "Pain (NRS)"),
            unit="{score}",
            low=0,
            high=10,
            help=Text("0 : aucune ; 10 : la pire imaginable.", "0: none; 10: the worst imaginable."),
        ),
    ] = None

    dressing_removed: Annotated[str, note(Text("Pansement retiré", "Dressing removed"), longest=300, lines=1)] = ""
    dressing_applied: Annotated[str, note(Text("Pansement posé", "Dressing applied"), longest=300, lines=1)] = ""
    next_change: Annotated[datetime.date | None, day(Text("Prochaine réfection", "Next change"))] = None

    photos: Annotated[
        tuple[str, ...],
        picture(
            Text("Photos", "Photos"),
            help=Text(
                "Perpendiculaire, repère de mesure dans le plan de la plaie, sans visage.",
                "Perpendicular, a ruler in the plane of the wound, no face.",
            ),
        ),
    ] = ()
    remark: Annotated[str, note(Text("Remarque", "Remark"), longest=2000)] = ""


SECTIONS: Final = (
    Section(
        "wound",
        Text("La plaie", "The wound"),
        ("kind", "site", "side", "site_detail", "origin_date", "cause", "care_so_far", "risks"),
    ),
    Section("photos", Text("Photos", "Photos"), ("photos",)),
    Section("measure", Text("Mesures", "Measures"), ("length", "width", "depth", "tunnelling")),
    Section(
        "tissue",
        Text("Tissus du lit", "Tissue of the bed"),
        ("closed", "necrosis", "slough", "granulation", "epithelium"),
    ),
    Section("infection", Text("Inflammation et infection", "Inflammation and infection"), ("signs", "odour")),
    Section("moisture", Text("Exsudat", "Exudate"), ("exudate", "exudate_type")),
    Section(
        "edge",
        Text("Berges et peau autour", "Edge and skin around"),
        ("edge", "undermining", "undermining_clock", "periwound", "erythema"),
    ),
    Section("pain", Text("Douleur", "Pain"), ("pain",)),
    Section(
        "dressing", Text("Pansement", "Dressing"), ("dressing_removed", "dressing_applied", "next_change", "remark")
    ),
)


def wound_form(computes: Callable[[Wound], Sequence[Computed]]) -> FormDefinition:
    """The form, with the score its plugin was configured with."""
    return FormDefinition(
        id=FORM_ID,
        version=1,
        title=Text("Plaie", "Wound"),
        answers=Wound,
        sections=SECTIONS,
        specialty="wound_care",
        computes=computes,
    )
