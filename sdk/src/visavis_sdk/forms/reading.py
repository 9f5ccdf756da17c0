"""From what was typed to what is stored, one field at a time.

Knows: for each kind of field, how to read text from an HTML form or a value from JSON into what the trace keeps:
whole numbers, decimal strings, words, ISO dates; never a float.
Refuses to know: which fields a form has, and the sentences an error is told with.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, cast

from visavis_sdk.forms.fields import FieldShape

__all__ = ["READERS", "Unread", "read"]

# Twelve digits each side hold every clinical quantity and keep arithmetic cheap on hostile input.
NUMBER: Final = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,12})?")
STILL: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FLAG_WORDS: Final = {
    **dict.fromkeys(("true", "on", "yes", "oui", "1"), True),
    **dict.fromkeys(("false", "off", "no", "non", "0"), False),
}
Stored = int | bool | str | list[str]


class Unread(Exception):  # noqa: N818 - a code on its way to a FieldError, caught two frames up
    """The answer cannot be read. Carries the error's code and never the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(shape: FieldShape, raw: object) -> Stored | None:
    """The stored form of `raw`; None when nothing was answered. Raises `Unread`."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return READERS[shape.kind](shape, raw)


def _number(shape: FieldShape, raw: object) -> Decimal:
    if isinstance(raw, bool):
        raise Unread("not_a_number")
    if isinstance(raw, float):  # JSON clients have no other number; repr is the shortest text that reads back
        raw = repr(raw) if math.isfinite(raw) else ""
    if isinstance(raw, int | Decimal):
        raw = str(raw)
    if not isinstance(raw, str) or len(raw) > 64:
        raise Unread("not_a_number")
    text = raw.strip().replace("−", "-")  # the typographic minus that tablets and copied text carry
    if not NUMBER.fullmatch(text):
        raise Unread("not_a_number")
    value = Decimal(text.replace(",", "."))
    if shape.low and value < Decimal(shape.low):
        raise Unread("too_low")
    if shape.high and value > Decimal(shape.high):
        raise Unread("too_high")
    return value


def _check_step(shape: FieldShape, value: Decimal) -> None:
    if (value - Decimal(shape.low or "0")) % Decimal(shape.step):
        raise Unread("off_step")


def _read_whole(shape: FieldShape, raw: object) -> int:
    value = _number(shape, raw)
    if value != value.to_integral_value():
        raise Unread("not_whole")
    _check_step(shape, value)
    return int(value)


def _read_decimal(shape: FieldShape, raw: object) -> str:
    value = _number(shape, raw)
    _check_step(shape, value)
    # One text per value, so that the same answer has the same hash: 3.20 and 3,2 are both "3.2", and zero has no sign.
    return format(value.normalize(), "f") if value else "0"


def _read_choice(shape: FieldShape, raw: object) -> str:
    if not isinstance(raw, str) or raw not in {option.value for option in shape.options}:
        raise Unread("not_a_choice")
    return str(raw)


def _texts(raw: object, code: str) -> list[str]:
    if not isinstance(raw, str | list | tuple):
        raise Unread(code)
    given: Sequence[object] = [raw] if isinstance(raw, str) else cast("Sequence[object]", raw)
    if len(given) > 1000:
        raise Unread(code)
    texts = [item for item in given if isinstance(item, str)]
    if len(texts) != len(given):
        raise Unread(code)
    return [text for text in texts if text.strip()]  # an HTML form posts an empty value to say "none of them"


def _read_several(shape: FieldShape, raw: object) -> list[str] | None:
    chosen = set(_texts(raw, "not_a_choice"))
    ordered = [option.value for option in shape.options if option.value in chosen]
    if len(ordered) != len(chosen):
        raise Unread("not_a_choice")
    if len(ordered) > shape.most:
        raise Unread("too_many")
    return ordered or None


def _read_note(shape: FieldShape, raw: object) -> str | None:
    if not isinstance(raw, str):
        raise Unread("not_text")
    if len(raw) > 2 * shape.longest + 2:  # before any work on it: line ends from HTML forms take two characters
        raise Unread("too_long")
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
        raise Unread("not_text")
    if len(text) > shape.longest:
        raise Unread("too_long")
    return text or None


def _read_flag(_shape: FieldShape, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in FLAG_WORDS:
        return FLAG_WORDS[raw.strip().lower()]
    raise Unread("not_yes_or_no")


def _read_day(shape: FieldShape, raw: object) -> str:
    if isinstance(raw, datetime.date) and not isinstance(raw, datetime.datetime):
        raw = raw.isoformat()
    # Only year first: 03/11 is March in one office and November in the next, and nobody would notice.
    if not isinstance(raw, str) or not ISO_DAY.fullmatch(raw.strip()):
        raise Unread("not_a_date")
    text = raw.strip()
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise Unread("not_a_date") from None
    if shape.low and text < shape.low:
        raise Unread("too_early")
    if shape.high and text > shape.high:
        raise Unread("too_late")
    return text


def _read_picture(shape: FieldShape, raw: object) -> list[str] | None:
    stills = list(dict.fromkeys(_texts(raw, "not_a_picture")))
    if not all(STILL.fullmatch(still) for still in stills):
        raise Unread("not_a_picture")
    if len(stills) > shape.most:
        raise Unread("too_many")
    return stills or None


READERS: Final[dict[str, Callable[[FieldShape, object], Stored | None]]] = {
    "whole": _read_whole,
    "decimal": _read_decimal,
    "choice": _read_choice,
    "several": _read_several,
    "note": _read_note,
    "flag": _read_flag,
    "day": _read_day,
    "picture": _read_picture,
}
