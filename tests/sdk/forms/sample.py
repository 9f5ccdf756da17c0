"""A form with one field of each kind, for the tests of forms."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from visavis_sdk.forms import (
    Absent,
    Computed,
    Form,
    FormDefinition,
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
from visavis_sdk.text import Text


class Exudate(StrEnum):
    """Declared from none to heavy, an order that the alphabet does not give."""

    NONE = "none"
    LIGHT = "light"
    HEAVY = "heavy"


class Skin(StrEnum):
    INTACT = "intact"
    MACERATED = "macerated"
    BLISTERED = "blistered"


EXUDATE = {
    Exudate.NONE: Text("Aucun", "None"),
    Exudate.LIGHT: Text("Léger", "Light"),
    Exudate.HEAVY: Text("Abondant", "Heavy"),
}
SKIN = {
    Skin.INTACT: Text("Saine", "Intact"),
    Skin.MACERATED: Text("Macérée", "Macerated"),
    Skin.BLISTERED: Text("Phlyctènes", "Blistered"),
}


class Sample(Form, frozen=True, kw_only=True):
    length: Annotated[
        Decimal | Absent,
        decimal(
            Text("Longueur", "Length"),
            unit="cm",
            low="0",
            high="100",
            step="0.1",
            code=loinc("39126-8"),
        ),
    ]
    pain: Annotated[int | Absent | None, whole(Text("Douleur", "Pain"), low=0, high=10, unit="{score}")] = None
    exudate: Annotated[Exudate | None, choice(Text("Exsudat", "Exudate"), EXUDATE)] = None
    skin: Annotated[tuple[Skin, ...], several(Text("Peau", "Skin"), SKIN, most=2)] = ()
    remark: Annotated[str, note(Text("Remarque", "Remark"), longest=20)] = ""
    odour: Annotated[bool, flag(Text("Odeur", "Odour"), help=Text("Après nettoyage", "After cleansing"))] = False
    asked: Annotated[bool | None, flag(Text("Demandé", "Asked"))] = None
    since: Annotated[datetime.date | None, day(Text("Depuis", "Since"), latest="2100-12-31")] = None
    photos: Annotated[tuple[str, ...], picture(Text("Photos", "Photos"), most=2)] = ()


def doubled(answers: Sample) -> tuple[Computed, ...]:
    if isinstance(answers.length, Absent):
        return (Computed(name="double", label=Text("Double", "Double"), absent=Text("Sans longueur", "No length")),)
    return (Computed(name="double", label=Text("Double", "Double"), value=str(2 * answers.length), unit="cm"),)


SAMPLE = FormDefinition(
    id="sample.wound",
    version=1,
    title=Text("Exemple", "Sample"),
    answers=Sample,
    specialty="sample",
    sections=(
        Section("measure", Text("Mesure", "Measure"), ("length", "pain", "since")),
        Section("look", Text("Aspect", "Look"), ("exudate", "skin", "odour", "asked", "photos", "remark")),
    ),
    computes=doubled,
)
