"""What a person reads when an answer is not accepted.

Knows: one sentence per error code, in both languages: what is asked, and the way out.
Refuses to know: the answer itself, which never appears in a message: messages may be logged, answers may not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from visavis_sdk.forms.fields import FieldShape
from visavis_sdk.text import Text

__all__ = ["MESSAGES", "message"]


def _number(value: str, unit: str, comma: bool) -> str:
    shown = value.replace(".", ",") if comma else value
    words = UNIT_WORDS.get(unit, unit)
    return f"{shown}\u00a0{words}" if words else shown


# UCUM writes some units as no person would: an annotation in braces is not read aloud.
UNIT_WORDS: Final = {"{score}": "", "1": ""}

Sentence = Callable[[FieldShape], Text]


def _bound(fr: str, en: str, which: str) -> Sentence:
    def say(shape: FieldShape) -> Text:
        value = getattr(shape, which)
        return Text(fr.format(_number(value, shape.unit, True)), en.format(_number(value, shape.unit, False)))

    return say


def _plain(fr: str, en: str) -> Sentence:
    return lambda _shape: Text(fr, en)


MESSAGES: Final[dict[str, Sentence]] = {
    "required": _plain("Il faut une réponse.", "An answer is needed."),
    "required_or_reason": _plain(
        "Il faut une réponse, ou la raison pour laquelle il n’y en a pas.",
        "An answer is needed, or the reason why there is none.",
    ),
    "not_a_number": _plain("Écrivez un nombre, par exemple 3,2.", "Write a number, for example 3.2."),
    "not_whole": _plain("Écrivez un nombre entier, sans virgule.", "Write a whole number, without decimals."),
    "too_low": _bound("Au moins {}.", "At least {}.", "low"),
    "too_high": _bound("Au plus {}.", "At most {}.", "high"),
    "too_early": _bound("Pas avant le {}.", "Not before {}.", "low"),
    "too_late": _bound("Pas après le {}.", "Not after {}.", "high"),
    "off_step": _bound("Arrondissez à {} près.", "Round to the nearest {}.", "step"),
    "not_a_choice": _plain("Choisissez une des réponses proposées.", "Choose one of the answers offered."),
    "too_many": lambda shape: Text(f"Au plus {shape.most}.", f"At most {shape.most}."),
    "not_text": _plain("Écrivez du texte.", "Write text."),
    "too_long": lambda shape: Text(f"Au plus {shape.longest} caractères.", f"At most {shape.longest} characters."),
    "not_yes_or_no": _plain("Répondez par oui ou non.", "Answer yes or no."),
    "not_a_date": _plain(
        "Écrivez une date qui existe, année d’abord, par exemple 2026-11-23.",
        "Write a date that exists, year first, for example 2026-11-23.",
    ),
    "not_a_picture": _plain("Choisissez parmi les captures de l’acte.", "Choose among the captures of the act."),
    "not_a_reason": _plain("Choisissez une des raisons proposées.", "Choose one of the reasons offered."),
    "absence_not_allowed": _plain("Cette question attend une réponse.", "This question needs an answer."),
    "value_and_absence": _plain(
        "Donnez la valeur ou la raison de son absence, pas les deux.",
        "Give the value or the reason it is missing, not both.",
    ),
}

UNKNOWN_FIELD: Final = Text("Cette question n’est pas dans le formulaire.", "This question is not in the form.")


def message(code: str, shape: FieldShape) -> Text:
    """The sentence for `code` on this field."""
    return MESSAGES[code](shape)
