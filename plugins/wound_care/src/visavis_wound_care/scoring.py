"""From the answers of the wound form to the PUSH score shown beside them.

Knows: which answers PUSH is made of, and the words for each sub-score and for what is missing.
Refuses to know: the arithmetic (`push`) and the bands (data).
"""

from __future__ import annotations

import pathlib
from decimal import Decimal
from importlib.resources import files
from typing import Final

import msgspec
from visavis_sdk import Text
from visavis_sdk.forms import Absent, Computed

from visavis_wound_care.push import Push, PushTable, push, worst_tissue
from visavis_wound_care.words import EXUDATE
from visavis_wound_care.wound import Wound

__all__ = ["PUSH_LABEL", "computed_push", "method", "push_of", "read_push_table", "tissue_label"]

PUSH_LABEL: Final = Text("Score PUSH", "PUSH score")
SIZE: Final = Text("Surface", "Size")
EXUDATE_LABEL: Final = Text("Exsudat", "Exudate")
TISSUE_LABEL: Final = Text("Tissu", "Tissue")
TISSUES: Final = {
    "closed": Text("Plaie fermée", "Closed"),
    "epithelium": Text("Épithélium", "Epithelium"),
    "granulation": Text("Bourgeon", "Granulation"),
    "slough": Text("Fibrine", "Slough"),
    "necrosis": Text("Nécrose", "Necrosis"),
}


def read_push_table(path: str = "") -> PushTable:
    """The table this package ships, or a site's own file. Raises `OSError` or `msgspec.ValidationError`."""
    shipped = files("visavis_wound_care").joinpath("data", "push_3_0.toml")
    content = pathlib.Path(path).read_bytes() if path else shipped.read_bytes()
    return msgspec.toml.decode(content, type=PushTable, strict=False)


def push_of(wound: Wound, table: PushTable) -> Push:
    """The sub-scores of one wound. What is absent or unanswered stays unknown; nothing becomes zero."""
    return push(
        table,
        length=_measured(wound.length),
        width=_measured(wound.width),
        exudate=None if isinstance(wound.exudate, Absent) or wound.exudate is None else wound.exudate.value,
        tissue=tissue_of(wound),
    )


def tissue_of(wound: Wound) -> str | None:
    shares = {
        "necrosis": wound.necrosis,
        "slough": wound.slough,
        "granulation": wound.granulation,
        "epithelium": wound.epithelium,
    }
    return worst_tissue(shares, closed=wound.closed)


def tissue_label(wound: Wound) -> Text | None:
    tissue = tissue_of(wound)
    return None if tissue is None else TISSUES[tissue]


def computed_push(wound: Wound, table: PushTable) -> tuple[Computed, ...]:
    """PUSH with its three sub-scores, and each sub-score's reason when there is none."""
    score = push_of(wound, table)
    parts = (
        _part("push_size", SIZE, score.size, "10", Text("longueur et largeur", "length and width")),
        _part("push_exudate", EXUDATE_LABEL, score.exudate, "3", Text("quantité d’exsudat", "amount of exudate")),
        _part("push_tissue", TISSUE_LABEL, score.tissue, "4", Text("tissus du lit", "tissue of the bed")),
    )
    missing = [part.absent for part in parts if part.absent is not None]
    absent = Text(
        "Il manque : " + ", ".join(text.fr for text in missing) + ".",
        "Missing: " + ", ".join(text.en for text in missing) + ".",
    )
    return (
        Computed(
            name="push",
            label=PUSH_LABEL,
            value="" if score.total is None else str(score.total),
            unit="{score}",
            low="0",
            high="17",
            method=method(table),
            absent=absent if missing else None,
            parts=parts,
        ),
    )


def method(table: PushTable) -> Text:
    """Rule, version and standing, as a document cites them."""
    review = (
        Text(f"relu par {table.reviewed_by}", f"reviewed by {table.reviewed_by}")
        if table.reviewed_by
        else Text("barème à confirmer par le clinicien", "bands to be confirmed by the clinician")
    )
    return Text(f"{table.source} ; {review.fr}", f"{table.source}; {review.en}")


def exudate_label(wound: Wound) -> Text | None:
    return None if isinstance(wound.exudate, Absent) or wound.exudate is None else EXUDATE[wound.exudate]


def _part(name: str, label: Text, points: int | None, high: str, missing: Text) -> Computed:
    return Computed(
        name=name,
        label=label,
        value="" if points is None else str(points),
        unit="{score}",
        low="0",
        high=high,
        absent=missing if points is None else None,
    )


def _measured(value: Decimal | Absent | None) -> Decimal | None:
    return None if isinstance(value, Absent) else value
