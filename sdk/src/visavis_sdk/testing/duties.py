"""For each shared duty, an act that meets it and one that lacks it, so that a pack's rows can be tried one by one.

    @pytest.mark.parametrize("row", obligations(), ids=lambda row: row.id)
    def test_row(row): example = EXAMPLES[row.check.__name__]; assert isinstance(row.check(example.meets), Met)

Knows: the shortest stories that decide each check of `visavis_sdk.evidence.DUTIES`.
Refuses to know: a pack's own checks; the pack gives its own stories.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from visavis_sdk import events as e
from visavis_sdk.notes import REQUIRED_SECTIONS, RESPONSIBILITY
from visavis_sdk.testing.acts import MemoryAct, captured, tell
from visavis_sdk.vocabulary import (
    ActKind,
    Adequacy,
    ConsentChannel,
    ConsentGiver,
    PatientPresence,
    Role,
    Side,
    SubstitutedConsentResult,
)

__all__ = ["EXAMPLES", "EXPERT", "NURSE", "Example", "consent", "join", "live", "note", "vouched"]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """`lacks` leaves the duty due, or without object where the duty only helps (`never_due`)."""

    meets: MemoryAct
    lacks: MemoryAct
    never_due: bool = False


NURSE: Final = e.ParticipantIdentified(
    participant="par_nurse",
    role=Role.ON_SITE,
    side=Side.ON_SITE,
    family_name="Tremblay",
    title="Infirmière",
    profession="nurse",
    establishment="CLSC",
    contact="418 555-0101",
    account="acc_nurse",
)
EXPERT: Final = e.ParticipantIdentified(
    participant="par_expert",
    role=Role.EXPERT,
    side=Side.REMOTE,
    family_name="Okafor",
    title="Dr",
    profession="physician",
    specialty="Chirurgie",
    establishment="CHU",
    contact="418 555-0102",
    account="acc_expert",
)
RELATIVE: Final = e.ParticipantIdentified(
    participant="par_relative", role=Role.RELATIVE, side=Side.ON_SITE, family_name="Exemple", quality="fille"
)
OPENED: Final = e.ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse")
EMERGENCY: Final = e.ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse", emergency=True)
SESSION: Final = e.SessionOpened(session="ses_1")
CLOSED: Final = e.SessionClosed(session="ses_1", reason="ended")
ENDED: Final = e.LiveEnded(by="par_nurse")
TOLD: Final = e.InformationGiven(
    text_id="t", text_version="1", text_sha256="ab" * 32, language="fr", given_by="par_nurse"
)
IDENTIFIED: Final = e.PatientIdentified(
    family_name="Exemple",
    given_names="Paul",
    birth_date="1950-02-03",
    sex="male",
    checked_by="par_nurse",
    method="health_card",
)
NEED: Final = e.NeedStated(need="Plaie", expectations="Avis", competence_confirmed=True)
PLACE: Final = e.PlaceStated(address="12, rue des Pins", call_back_number="418 555-0199", suitable=True)
ADVICE: Final = e.AdviceGiven(advice="adv_1", by="par_expert", text="Rincer", justification="Exsudat")
WITHDRAWN: Final = e.ConsentWithdrawn(by="patient", received_by="par_nurse")
INCIDENT: Final = e.IncidentReported(incident="inc_1", kind="sound", description="Plus de son")


def vouched(act: MemoryAct) -> MemoryAct:
    """The same act in which each person with an account came in by that account's own hand."""
    return msgspec.structs.replace(
        act,
        events=tuple(
            msgspec.structs.replace(recorded, actor=e.Actor(kind="account", id=recorded.body.account))
            if isinstance(recorded.body, e.ParticipantIdentified) and recorded.body.account
            else recorded
            for recorded in act.events
        ),
    )


def consent(**changes: object) -> e.ConsentGiven:
    """Both answers yes, orally, by the patient, unless changed."""
    given = e.ConsentGiven(
        to_remote_professional=True,
        to_technology=True,
        channel=ConsentChannel.ORAL,
        given_by=ConsentGiver.PATIENT,
        received_by="par_nurse",
        text_id="t",
        text_version="1",
        text_sha256="ab" * 32,
        language="fr",
    )
    return msgspec.structs.replace(given, **changes)


def join(participant: str) -> e.ParticipantJoined:
    return e.ParticipantJoined(session="ses_1", participant=participant)


def live(*then: e.Event) -> MemoryAct:
    """An act whose two professionals are in the session, and what happened then."""
    return tell(OPENED, NURSE, EXPERT, SESSION, join("par_nurse"), join("par_expert"), *then)


def note(name: str, **texts: str) -> e.NoteSigned:
    """A signed note with every section it must have, unless a text is changed."""
    keys = (*REQUIRED_SECTIONS[name], RESPONSIBILITY)
    sections = tuple(e.NoteSection(key=key, text=texts.get(key, "Dit.")) for key in keys)
    return e.NoteSigned(note=name, sections=sections, content_sha256="ab" * 32, by="par_nurse")


def presence(side: Side, *, reminded: bool = True) -> e.PresenceConfirmed:
    who = "par_nurse" if side is Side.ON_SITE else "par_expert"
    return e.PresenceConfirmed(side=side, participants=(who,), confidentiality_reminded=reminded)


def check(verdict: Adequacy) -> e.EquipmentChecked:
    return e.EquipmentChecked(participant="par_nurse", results=(e.CheckResult(what="camera", verdict=verdict),))


def verdict(subject: str, found: Adequacy, decision: str = "") -> e.AdequacyDeclared:
    return e.AdequacyDeclared(by="par_expert", subject=subject, verdict=found, decision=decision)


def link(source: str) -> e.LinkOpened:
    return e.LinkOpened(
        session="ses_1",
        link="lnk_1",
        participant="par_nurse",
        direction="publish",
        source=source,
        client_fingerprint="A",
        server_fingerprint="B",
    )


def _example(meets: MemoryAct, lacks: MemoryAct, *, never_due: bool = False) -> Example:
    return Example(meets=meets, lacks=lacks, never_due=never_due)


_BESIDE = e.PatientPresenceStated(presence=PatientPresence.BESIDE_PROFESSIONAL)
_VIRTUAL = e.PatientPresenceStated(presence=PatientPresence.VIRTUAL)
_OBTAINED = e.SubstitutedConsentAttempted(
    asked="Marie Exemple", result=SubstitutedConsentResult.OBTAINED, attempted_by="par_nurse"
)
_BY_ANOTHER = consent(given_by=ConsentGiver.LEGAL_REPRESENTATIVE)
_LIMIT = e.SharingLimited(withheld=("dermatoscope",))
_RECORDING = msgspec.structs.replace(captured(), media_type="video/webm")
_SECTIONS_OF_BOTH = (note("assisting"), note("on_site"))

EXAMPLES: Final[Mapping[str, Example]] = MappingProxyType(
    {
        "patient_presence_settled": _example(tell(_BESIDE), tell(_VIRTUAL)),
        "professionals_vouched": _example(vouched(tell(OPENED, NURSE, EXPERT)), tell(OPENED, NURSE, EXPERT)),
        "patient_identified": _example(
            tell(IDENTIFIED), tell(msgspec.structs.replace(IDENTIFIED, method="unverified"))
        ),
        "accompanying_identified": _example(tell(RELATIVE), tell(msgspec.structs.replace(RELATIVE, quality=" "))),
        "professionals_described": _example(
            tell(NURSE, EXPERT), tell(NURSE, msgspec.structs.replace(EXPERT, specialty=""))
        ),
        "people_and_place_on_record": _example(tell(presence(Side.ON_SITE), PLACE), tell(PLACE)),
        "competence_confirmed": _example(tell(NEED), tell(msgspec.structs.replace(NEED, competence_confirmed=False))),
        "everyone_bound_to_confidentiality": _example(
            tell(presence(Side.ON_SITE), presence(Side.REMOTE)),
            tell(presence(Side.ON_SITE), presence(Side.REMOTE, reminded=False)),
        ),
        "information_given": _example(tell(TOLD, consent()), tell(consent(), TOLD)),
        "consent_given": _example(tell(TOLD, consent()), tell(TOLD, consent(to_technology=False))),
        "representative_named": _example(
            tell(msgspec.structs.replace(_BY_ANOTHER, giver_name="Marie Exemple", giver_quality="mandataire")),
            tell(_BY_ANOTHER),
        ),
        "substituted_consent_attempted": _example(tell(EMERGENCY, _OBTAINED), tell(EMERGENCY)),
        "withdrawal_obeyed": _example(live(WITHDRAWN, CLOSED), live(WITHDRAWN, CLOSED, ADVICE)),
        "sharing_limits_obeyed": _example(live(_LIMIT, link("clinical")), live(_LIMIT, link("Dermatoscope"))),
        "need_stated": _example(tell(NEED), tell()),
        "briefing_sent": _example(tell(e.BriefingProvided(summary="Diabète")), tell()),
        "place_known": _example(tell(PLACE), tell()),
        "place_suitable": _example(tell(PLACE), tell(msgspec.structs.replace(PLACE, suitable=None))),
        "equipment_checked": _example(tell(NURSE, check(Adequacy.LIMITED)), tell(NURSE, check(Adequacy.INSUFFICIENT))),
        "plan_b_written": _example(tell(e.PlanBDeclared(telephone="418 555-0199", procedure="Téléphone")), tell()),
        "assisted_in_real_time": _example(live(), tell(OPENED, NURSE, EXPERT, SESSION, join("par_nurse"))),
        "quality_watched": _example(
            live(verdict("clinical", Adequacy.INSUFFICIENT, "photos")), live(verdict("clinical", Adequacy.INSUFFICIENT))
        ),
        "insufficiency_said": _example(
            live(e.InsufficiencyDeclared(by="par_expert", reason="Flou")), live(), never_due=True
        ),
        "reorientation_said": _example(
            live(e.ActReoriented(by="par_expert", reason="Nécrose", towards="Bloc")), live(), never_due=True
        ),
        "advice_noted": _example(live(ADVICE), live()),
        "incidents_followed": _example(
            live(INCIDENT, e.IncidentResolved(incident="inc_1", resumed=True, seconds_lost=9)), live(INCIDENT)
        ),
        "nothing_recorded": _example(live(captured()), live(_RECORDING)),
        "information_judged_sufficient": _example(
            live(verdict("information", Adequacy.ADEQUATE)), live(verdict("sound", Adequacy.ADEQUATE))
        ),
        "assisting_note_signed": _example(
            live(CLOSED, ENDED, note("assisting")), live(CLOSED, ENDED, note("assisting", approach=" "))
        ),
        "on_site_note_signed": _example(
            live(CLOSED, ENDED, note("on_site")), live(CLOSED, ENDED, note("on_site", care=""))
        ),
        "dated_report_signed": _example(live(CLOSED, ENDED, note("assisting")), live(CLOSED, ENDED)),
        "responsibility_in_both_notes": _example(
            live(CLOSED, ENDED, *_SECTIONS_OF_BOTH),
            live(CLOSED, ENDED, note("assisting"), note("on_site", responsibility="")),
        ),
        "consent_in_note": _example(
            live(CLOSED, ENDED, note("on_site")), live(CLOSED, ENDED, note("on_site", consent=""))
        ),
        "follow_up_named": _example(live(e.FollowUpNamed(name="Dre Roy", contact="1", by="par_expert")), live()),
    }
)
"""One example per shared duty, by the name of its check."""
