"""What a guest may see of an act: the meeting, not the dossier.

Knows: which events make the meeting (who is there, consent, plan B, what is drawn and advised) and which are clinical.
Refuses to know: who is a guest; the practice asks for the narrowed act.
"""

from __future__ import annotations

import msgspec
from visavis_sdk.events import (
    BriefingProvided,
    DossierOpened,
    FormSaved,
    InvitationIssued,
    NeedStated,
    NoteDrafted,
    NoteSigned,
    ObligationDerogated,
    PatientIdentified,
)

from visavis_core.acts.act import Act

__all__ = ["CLINICAL", "narrow"]

CLINICAL = (
    BriefingProvided,
    DossierOpened,
    FormSaved,
    InvitationIssued,
    NeedStated,
    NoteDrafted,
    NoteSigned,
    ObligationDerogated,
    PatientIdentified,
)


def narrow(act: Act) -> Act:
    """For showing only: its events keep their numbers but have gaps, so nothing can be decided or evolved from it."""
    return msgspec.structs.replace(
        act,
        patient=None,
        need=None,
        briefing=None,
        forms={},
        notes={},
        derogations=(),
        invitations={},
        events=tuple(event for event in act.events if not isinstance(event.body, CLINICAL)),
    )
