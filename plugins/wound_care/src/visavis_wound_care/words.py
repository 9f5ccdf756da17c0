"""The choices of the wound form, in order, with their words in French and English.

Knows: what a professional can pick and how each is said.
Refuses to know: what any of them implies.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from visavis_sdk import Text

__all__ = [
    "EDGE",
    "EXUDATE",
    "EXUDATE_TYPE",
    "KIND",
    "PERIWOUND",
    "RISK",
    "SIDE",
    "SIGN",
    "SITE",
    "Edge",
    "Exudate",
    "ExudateType",
    "LocalSign",
    "Periwound",
    "Risk",
    "Side",
    "Site",
    "WoundKind",
]


class WoundKind(StrEnum):
    PRESSURE = "pressure"
    VENOUS = "venous"
    ARTERIAL = "arterial"
    MIXED = "mixed"
    DIABETIC_FOOT = "diabetic_foot"
    SURGICAL = "surgical"
    TRAUMATIC = "traumatic"
    BURN = "burn"
    TUMOUR = "tumour"
    OTHER = "other"


KIND: Final = {
    WoundKind.PRESSURE: Text("Escarre", "Pressure injury"),
    WoundKind.VENOUS: Text("Ulcère veineux", "Venous ulcer"),
    WoundKind.ARTERIAL: Text("Ulcère artériel", "Arterial ulcer"),
    WoundKind.MIXED: Text("Ulcère mixte", "Mixed ulcer"),
    WoundKind.DIABETIC_FOOT: Text("Plaie du pied diabétique", "Diabetic foot wound"),
    WoundKind.SURGICAL: Text("Plaie chirurgicale ou désunion", "Surgical wound or dehiscence"),
    WoundKind.TRAUMATIC: Text("Plaie traumatique ou dermabrasion", "Traumatic wound or abrasion"),
    WoundKind.BURN: Text("Brûlure", "Burn"),
    WoundKind.TUMOUR: Text("Plaie tumorale", "Malignant wound"),
    WoundKind.OTHER: Text("Autre", "Other"),
}


class Site(StrEnum):
    """From head to toes, trunk before limbs."""

    SCALP = "scalp"
    FACE = "face"
    NECK = "neck"
    CHEST = "chest"
    ABDOMEN = "abdomen"
    BACK = "back"
    SACRUM = "sacrum"
    BUTTOCK = "buttock"
    ISCHIUM = "ischium"
    TROCHANTER = "trochanter"
    PERINEUM = "perineum"
    UPPER_ARM = "upper_arm"
    ELBOW = "elbow"
    FOREARM = "forearm"
    HAND = "hand"
    FINGER = "finger"
    THIGH = "thigh"
    KNEE = "knee"
    LEG = "leg"
    MALLEOLUS = "malleolus"
    HEEL = "heel"
    DORSUM = "dorsum"
    SOLE = "sole"
    TOE = "toe"
    STUMP = "stump"
    OTHER = "other"


SITE: Final = {
    Site.SCALP: Text("Cuir chevelu", "Scalp"),
    Site.FACE: Text("Visage", "Face"),
    Site.NECK: Text("Cou", "Neck"),
    Site.CHEST: Text("Thorax", "Chest"),
    Site.ABDOMEN: Text("Abdomen", "Abdomen"),
    Site.BACK: Text("Dos", "Back"),
    Site.SACRUM: Text("Sacrum", "Sacrum"),
    Site.BUTTOCK: Text("Fesse", "Buttock"),
    Site.ISCHIUM: Text("Ischion", "Ischium"),
    Site.TROCHANTER: Text("Trochanter (hanche)", "Trochanter (hip)"),
    Site.PERINEUM: Text("Périnée", "Perineum"),
    Site.UPPER_ARM: Text("Bras", "Upper arm"),
    Site.ELBOW: Text("Coude", "Elbow"),
    Site.FOREARM: Text("Avant-bras", "Forearm"),
    Site.HAND: Text("Main", "Hand"),
    Site.FINGER: Text("Doigt", "Finger"),
    Site.THIGH: Text("Cuisse", "Thigh"),
    Site.KNEE: Text("Genou", "Knee"),
    Site.LEG: Text("Jambe", "Lower leg"),
    Site.MALLEOLUS: Text("Malléole", "Malleolus"),
    Site.HEEL: Text("Talon", "Heel"),
    Site.DORSUM: Text("Dos du pied", "Dorsum of the foot"),
    Site.SOLE: Text("Plante du pied", "Sole"),
    Site.TOE: Text("Orteil", "Toe"),
    Site.STUMP: Text("Moignon", "Stump"),
    Site.OTHER: Text("Autre", "Other"),
}


class Side(StrEnum):
    """The patient's own right and left, never the picture's."""

    RIGHT = "right"
    LEFT = "left"
    MIDLINE = "midline"


SIDE: Final = {
    Side.RIGHT: Text("Droite", "Right"),
    Side.LEFT: Text("Gauche", "Left"),
    Side.MIDLINE: Text("Milieu", "Midline"),
}


class Risk(StrEnum):
    DIABETES = "diabetes"
    SMOKING = "smoking"
    UNDERNUTRITION = "undernutrition"


RISK: Final = {
    Risk.DIABETES: Text("Diabète", "Diabetes"),
    Risk.SMOKING: Text("Tabac", "Smoking"),
    Risk.UNDERNUTRITION: Text("Dénutrition", "Undernutrition"),
}


class LocalSign(StrEnum):
    SWELLING = "swelling"
    WARMTH = "warmth"
    TENDERNESS = "tenderness"
    PUS = "pus"
    FRIABLE = "friable"


SIGN: Final = {
    LocalSign.SWELLING: Text("Gonflement", "Swelling"),
    LocalSign.WARMTH: Text("Chaleur", "Warmth"),
    LocalSign.TENDERNESS: Text("Sensibilité ou douleur au toucher", "Tenderness"),
    LocalSign.PUS: Text("Pus", "Pus"),
    LocalSign.FRIABLE: Text("Tissu rouge et friable", "Red friable tissue"),
}


class Exudate(StrEnum):
    NONE = "none"
    LIGHT = "light"
    MODERATE = "moderate"
    HEAVY = "heavy"


EXUDATE: Final = {
    Exudate.NONE: Text("Aucun", "None"),
    Exudate.LIGHT: Text("Léger", "Light"),
    Exudate.MODERATE: Text("Modéré", "Moderate"),
    Exudate.HEAVY: Text("Abondant", "Heavy"),
}


class ExudateType(StrEnum):
    SEROUS = "serous"
    BLOODY = "bloody"
    PURULENT = "purulent"


EXUDATE_TYPE: Final = {
    ExudateType.SEROUS: Text("Séreux", "Serous"),
    ExudateType.BLOODY: Text("Sanglant", "Bloody"),
    ExudateType.PURULENT: Text("Purulent", "Purulent"),
}


class Edge(StrEnum):
    ATTACHED = "attached"
    UNDERMINED = "undermined"
    ROLLED = "rolled"


EDGE: Final = {
    Edge.ATTACHED: Text("Adhérentes", "Attached"),
    Edge.UNDERMINED: Text("Décollées", "Undermined"),
    Edge.ROLLED: Text("Enroulées", "Rolled"),
}


class Periwound(StrEnum):
    INTACT = "intact"
    MACERATION = "maceration"
    ERYTHEMA = "erythema"
    OEDEMA = "oedema"


PERIWOUND: Final = {
    Periwound.INTACT: Text("Saine", "Intact"),
    Periwound.MACERATION: Text("Macération", "Maceration"),
    Periwound.ERYTHEMA: Text("Rougeur", "Erythema"),
    Periwound.OEDEMA: Text("Œdème", "Oedema"),
}
