"""Information, consent, refusal, withdrawal, substitution and limits (D1-D5, D7).

A no closes the open session in the same decision, so that no moment exists in which consent is gone and media runs.
Whichever command brings it, a no after a yes is a withdrawal: one fact, told one way everywhere. To refuse the command
was rejected, because the patient's no would then wait for another gesture while media runs.
"""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.vocabulary import ConsentGiver, SubstitutedConsentResult

from visavis_core.acts import commands as c
from visavis_core.acts.author import Author, Context, Decision
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.refusals import refuse
from visavis_core.acts.state import Act, Consent

__all__ = ["CONSENT", "close_session"]

CONSENT = Decisions()


_BY = {
    ConsentGiver.PATIENT: "patient",
    ConsentGiver.LEGAL_REPRESENTATIVE: "representative",
    ConsentGiver.SUBSTITUTE: "representative",
}


def close_session(act: Act, reason: str) -> tuple[e.Event, ...]:
    """The closing of the open session, or nothing when none is open. `reason` as in `SessionClosed`."""
    return (e.SessionClosed(session=act.session, reason=reason),) if act.session else ()


def _no(act: Act, refused: e.Event, *, by: str, received_by: str, reason: str = "") -> tuple[e.Event, ...]:
    """The patient's no: `refused` while there was no yes, a withdrawal once there was one (D5)."""
    told = e.ConsentWithdrawn(by=by, received_by=received_by, reason=reason) if act.consent.stands else refused
    return (told, *close_session(act, "withdrawn"))


@CONSENT.of(c.GiveInformation)
def give_information(act: Act, command: c.GiveInformation, author: Author, _context: Context) -> Decision:
    if act.consent.state is Consent.WITHDRAWN:
        return refuse("consent_withdrawn")
    return (
        e.InformationGiven(
            text_id=command.text_id,
            text_version=command.text_version,
            text_sha256=command.text_sha256,
            language=command.language,
            given_by=speaker(act, author),
            interpreter=command.interpreter,
        ),
    )


@CONSENT.of(c.GiveConsent)
def give_consent(act: Act, command: c.GiveConsent, author: Author, _context: Context) -> Decision:
    """Consent counts only to the very text that was told, by its hash (D1, D2); both questions are answered."""
    if act.consent.state is Consent.WITHDRAWN:
        return refuse("consent_withdrawn")
    told = act.consent.information
    asked = (command.text_id, command.text_version, command.text_sha256, command.language)
    if told is None or (told.text_id, told.text_version, told.text_sha256, told.language) != asked:
        return refuse("information_missing")
    by_another = command.given_by is not ConsentGiver.PATIENT
    if by_another and not (command.giver_name.strip() and command.giver_quality.strip()):
        return refuse("giver_missing")
    if command.given_by is ConsentGiver.SUBSTITUTE and not act.emergency:
        return refuse("substituted_outside_emergency")
    given = e.ConsentGiven(
        to_remote_professional=command.to_remote_professional,
        to_technology=command.to_technology,
        channel=command.channel,
        given_by=command.given_by,
        giver_name=command.giver_name,
        giver_quality=command.giver_quality,
        received_by=speaker(act, author),
        text_id=command.text_id,
        text_version=command.text_version,
        text_sha256=command.text_sha256,
        language=command.language,
    )
    whole = command.to_remote_professional and command.to_technology
    return (given,) if whole else _no(act, given, by=_BY[command.given_by], received_by=given.received_by)


@CONSENT.of(c.RefuseConsent)
def refuse_consent(act: Act, command: c.RefuseConsent, author: Author, _context: Context) -> Decision:
    if act.consent.state is Consent.WITHDRAWN:
        return refuse("already_withdrawn")
    refused = e.ConsentRefused(received_by=speaker(act, author), reason=command.reason)
    return _no(act, refused, by="patient", received_by=refused.received_by, reason=command.reason)


@CONSENT.of(c.WithdrawConsent)
def withdraw_consent(act: Act, command: c.WithdrawConsent, author: Author, _context: Context) -> Decision:
    if act.consent.state is Consent.WITHDRAWN:
        return refuse("already_withdrawn")
    withdrawn = e.ConsentWithdrawn(by=command.by, received_by=speaker(act, author), reason=command.reason)
    return (withdrawn, *close_session(act, "withdrawn"))


@CONSENT.of(c.AttemptSubstitutedConsent)
def attempt_substituted_consent(
    act: Act, command: c.AttemptSubstitutedConsent, author: Author, _context: Context
) -> Decision:
    if not act.emergency:
        return refuse("substituted_outside_emergency")
    if act.consent.state is Consent.GIVEN:
        return refuse("patient_has_consented")
    attempted = e.SubstitutedConsentAttempted(
        asked=command.asked,
        quality=command.quality,
        result=command.result,
        attempted_by=speaker(act, author),
        detail=command.detail,
    )
    if command.result is not SubstitutedConsentResult.REFUSED:
        return (attempted,)
    return _no(act, attempted, by="representative", received_by=attempted.attempted_by, reason=command.detail)


@CONSENT.of(c.LimitSharing)
def limit_sharing(_act: Act, command: c.LimitSharing, _author: Author, _context: Context) -> Decision:
    """The latest list holds whole; an empty one lifts every limit."""
    return (e.SharingLimited(withheld=command.withheld, reason=command.reason),)
