"""Why an answer is not there.

Knows: an answer that is missing has a reason somebody chose, and a reason is never a number.
Refuses to know: what the reason means for a score; whoever computes decides, and zero is not among the choices.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from visavis_sdk.text import Text

__all__ = ["ABSENCE_LABELS", "Absence", "Absent"]


class Absence(StrEnum):
    """Reasons a professional can give. They map to FHIR R4 `dataAbsentReason` in the core's export."""

    NOT_DONE = "not_done"
    NOT_MEASURABLE = "not_measurable"
    REFUSED = "refused"


# A struct and not the bare enumeration: msgspec refuses a union of two types that are both strings in JSON,
# and `Decimal | Absence` would be one. On the wire an absent answer is {"absent": "refused"}.
class Absent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stands where the value would. Put it in the field's type to offer the reasons: `Decimal | Absent`."""

    absent: Absence


ABSENCE_LABELS: dict[Absence, Text] = {
    Absence.NOT_DONE: Text("Non réalisé", "Not done"),
    Absence.NOT_MEASURABLE: Text("Non mesurable", "Not measurable"),
    Absence.REFUSED: Text("Refusé par le patient", "Refused by the patient"),
}
