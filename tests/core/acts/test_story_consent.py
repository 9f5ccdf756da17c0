"""Consent given, refused, withdrawn, substituted and limited (D1-D5, D7)."""

from __future__ import annotations

import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.act import Consent
from visavis_sdk.events import (
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    LinkOpened,
    SessionClosed,
    SubstitutedConsentAttempted,
)
from visavis_sdk.obligations import Met, NotApplicable
from visavis_sdk.vocabulary import ActPhase, ConsentGiver, Outcome, Role, Side, SubstitutedConsentResult

SHA = "a" * 64


def still(**more):
    fields = {"still": "still_1", "sha256": SHA, "size": 9, "media_type": "image/jpeg", "width": 4, "height": 3}
    return c.CaptureStill(
        **{**fields, "source": "clinical", "method": "take_photo", "captured_at": "2026-11-23T14:00:00Z", **more}
    )


def link(session, source="clinical"):
    return c.OpenLink(
        session=session,
        link="link_1",
        direction="publish",
        source=source,
        client_fingerprint="AA",
        server_fingerprint="BB",
    )


def test_consent_is_to_the_very_text_that_was_told(story):
    story.opens()
    assert story.may_not(story.nurse, story.consent()) == "information_missing"
    story.informs()
    assert story.may_not(story.nurse, story.consent(text_sha256="b" * 64)) == "information_missing"
    assert story.may_not(story.nurse, story.consent(language="en")) == "information_missing"
    (given,) = story.does(story.nurse, story.consent())
    assert isinstance(given, ConsentGiven)
    assert given.received_by == story.id_of(story.nurse)
    assert story.act.consent.state is Consent.GIVEN
    assert story.act.consent.event == story.act.events[-1].n


@pytest.mark.parametrize("answer", [{"to_remote_professional": False}, {"to_technology": False}])
def test_one_no_of_two_is_a_refusal(story, answer):
    story.opens().calls().informs().says_everything_else().tests_devices().plans_b()
    story.does(story.nurse, story.consent(**answer))
    assert story.act.consent.state is Consent.REFUSED
    assert story.may_not(story.nurse, c.StartSession()) == "consent_refused"


def test_a_representative_is_named_with_their_quality(story):
    story.opens().informs()
    by_another = {"given_by": ConsentGiver.LEGAL_REPRESENTATIVE, "giver_name": "Marie Exemple"}
    assert story.may_not(story.nurse, story.consent(**by_another)) == "giver_missing"
    story.does(story.nurse, story.consent(**by_another, giver_quality="mandataire"))
    assert isinstance(story.status("D3"), Met)


def test_refused_consent_stops_the_session_from_starting_and_the_act_closes_as_declined(story):
    story.opens().calls().informs().says_everything_else().tests_devices().plans_b()
    story.does(story.nurse, c.RefuseConsent(reason="Préfère attendre"))
    assert story.may_not(story.nurse, c.StartSession()) == "consent_refused"
    assert story.may_not(story.nurse, c.CloseAct()) == "outcome_mismatch"
    story.does(story.nurse, c.CloseAct(outcome=Outcome.DECLINED))
    assert story.act.outcome is Outcome.DECLINED
    assert not [line for line in story.sheet.lines if line.is_due], "nothing is left to do in an act never held"


def test_after_a_refusal_the_person_may_be_reoriented_or_change_their_mind(story):
    story.opens().calls().informs().says_everything_else().tests_devices().plans_b()
    story.does(story.nurse, c.RefuseConsent())
    story.does(story.nurse, story.consent())
    story.goes_live()
    assert story.act.phase is ActPhase.LIVE

    other = type(story)()
    other.opens().informs()
    other.does(other.nurse, c.RefuseConsent())
    other.does(other.nurse, c.ReorientAct(reason="Refus", towards="Urgence de l’hôpital"))
    other.does(other.nurse, c.CloseAct(outcome=Outcome.REORIENTED))
    assert other.act.outcome is Outcome.REORIENTED


def test_withdrawal_closes_the_session_in_the_same_breath_and_for_good(story):
    story.prepares().goes_live()
    advice = story.advises()
    withdrawn, closed = story.does(story.nurse, c.WithdrawConsent(by="patient", reason="Fatigue"))
    assert isinstance(withdrawn, ConsentWithdrawn)
    assert isinstance(closed, SessionClosed)
    assert closed.reason == "withdrawn"
    assert (story.act.phase, story.act.session, story.act.present) == (ActPhase.CONCLUDING, "", ())

    nothing_live = (
        (story.physician, c.GiveAdvice(text="a", justification="b")),
        (story.nurse, c.StartSession()),
        (story.nurse, c.JoinSession()),
        (story.nurse, still()),
        (story.nurse, link("ended")),
        (story.physician, c.DecideStep(step="a", validated=True)),
        (story.nurse, c.RequestAssistance(specialty="a")),
        (story.nurse, story.consent()),
    )
    for author, command in nothing_live:
        assert story.may_not(author, command) == "consent_withdrawn", type(command).__name__
    assert story.may_not(story.nurse, c.WithdrawConsent()) == "already_withdrawn"

    story.does(story.nurse, c.AcknowledgeAdvice(advice=advice, done=True))
    story.confirms_presence().signs_both()
    assert story.may_not(story.nurse, c.CloseAct()) == "outcome_mismatch"
    story.does(story.nurse, c.CloseAct(outcome=Outcome.WITHDRAWN))
    assert story.act.outcome is Outcome.WITHDRAWN
    assert isinstance(story.status("D5"), Met)


def test_withdrawal_outranks_every_other_ending(story):
    story.prepares().goes_live()
    story.does(story.physician, c.ReorientAct(reason="Saignement", towards="Urgence"))
    story.does(story.nurse, c.WithdrawConsent())
    assert story.act.ending is Outcome.WITHDRAWN


def test_a_guest_patient_withdraws_by_themselves(story):
    story.prepares().goes_live()
    guest = story.invites(Role.PATIENT, Side.ON_SITE)
    story.does(guest, c.JoinSession())
    story.does(guest, c.WithdrawConsent())
    assert story.act.consent.state is Consent.WITHDRAWN
    assert story.may_not(guest, c.GiveConsent(**as_fields(story.consent()))) == "role_forbids"


def as_fields(command):
    return {name: getattr(command, name) for name in command.__struct_fields__}


def test_a_source_the_patient_withholds_is_neither_captured_nor_published(story):
    story.prepares().goes_live()
    story.does(story.nurse, link(story.act.session, "dermatoscope"))
    story.does(story.nurse, c.LimitSharing(withheld=("Dermatoscope",)))
    assert story.may_not(story.nurse, still(source="dermatoscope")) == "source_withheld"
    assert story.may_not(story.nurse, link(story.act.session, "dermatoscope")) == "source_withheld"
    story.does(story.nurse, still())
    assert isinstance(story.status("D7"), Met)
    story.does(story.nurse, c.LimitSharing(withheld=()))
    story.does(story.nurse, link(story.act.session, "dermatoscope"))
    assert isinstance(story.status("D7"), Met)
    assert isinstance(story.act.events[-1].body, LinkOpened)


def test_substituted_consent_is_for_emergencies_and_never_replaces_the_patient(story):
    story.opens()
    attempt = c.AttemptSubstitutedConsent(asked="Marie Exemple", quality="fille", result="obtained")
    assert story.may_not(story.nurse, attempt) == "substituted_outside_emergency"
    story.does(story.nurse, c.DeclareEmergency(reason="Hémorragie"))
    assert story.may_not(story.nurse, c.DeclareEmergency(reason="Hémorragie")) == "already_emergency"
    obtained = c.AttemptSubstitutedConsent(asked="Marie Exemple", result=SubstitutedConsentResult.OBTAINED)
    story.does(story.nurse, obtained)
    assert story.act.consent.state is Consent.SUBSTITUTED
    assert isinstance(story.status("D2"), Met)
    story.informs()
    story.does(story.nurse, story.consent())
    assert story.act.consent.state is Consent.GIVEN
    assert story.may_not(story.nurse, obtained) == "patient_has_consented"


@pytest.mark.parametrize("no", ["refuse", "substitute", "half"])
def test_a_no_stops_an_emergency_that_ran_on_owed_consent(story, no):
    story.opens(emergency=True)
    story.does(story.nurse, c.StartSession(), c.JoinSession())
    command = {
        "refuse": c.RefuseConsent(),
        "substitute": c.AttemptSubstitutedConsent(asked="X", result=SubstitutedConsentResult.REFUSED),
        "half": story.consent(to_technology=False),
    }[no]
    if no == "half":
        story.informs()
    said, closed = story.does(story.nurse, command)
    assert isinstance(closed, SessionClosed)
    assert story.act.phase is ActPhase.CONCLUDING
    assert story.act.ending is Outcome.DECLINED
    assert isinstance(story.status("D2"), NotApplicable)
    assert not isinstance(said, ConsentRefused) or no == "refuse"


def test_in_the_record_a_substitute_never_unsays_the_patient(story):
    """No command leads there; a record that holds it is still read so."""
    story.opens().consents()
    said = SubstitutedConsentAttempted(asked="X", result=SubstitutedConsentResult.REFUSED, attempted_by="p")
    story.record(story.nurse.actor, said)
    assert story.act.consent.state is Consent.GIVEN


NOES = {
    "refuse": lambda story: c.RefuseConsent(reason="Fatigue"),
    "not to the technology": lambda story: story.consent(to_technology=False),
    "not to the remote professional": lambda story: story.consent(to_remote_professional=False),
}


@pytest.mark.parametrize("no", NOES)
@pytest.mark.parametrize("moment", ["prepared", "live", "after the session"])
def test_a_no_after_a_yes_is_a_withdrawal_however_it_is_said(story, no, moment):
    story.prepares()
    if moment != "prepared":
        story.goes_live()
    if moment == "after the session":
        story.does(story.nurse, c.EndLive())
    told = story.does(story.nurse, NOES[no](story))
    assert isinstance(told[0], ConsentWithdrawn)
    assert [type(event) for event in told[1:]] == ([SessionClosed] if moment == "live" else [])
    assert (story.act.consent.state, story.act.phase) == (Consent.WITHDRAWN, ActPhase.CONCLUDING)
    assert story.act.ending is Outcome.WITHDRAWN, "header, room and outcome tell the same"
    assert isinstance(story.status("D2"), Met), "the consent that was given stays given"


def test_the_patient_s_no_after_somebody_else_s_yes_is_a_withdrawal(story):
    story.opens(emergency=True)
    obtained = c.AttemptSubstitutedConsent(asked="X", result=SubstitutedConsentResult.OBTAINED)
    story.does(story.nurse, obtained, c.StartSession(), c.JoinSession(), c.EndLive())
    (told,) = story.does(story.nurse, c.RefuseConsent())
    assert isinstance(told, ConsentWithdrawn)
    assert isinstance(story.status("D2"), Met)


def test_the_substitute_s_no_after_their_own_yes_is_a_withdrawal(story):
    story.opens(emergency=True)
    obtained = c.AttemptSubstitutedConsent(asked="X", result=SubstitutedConsentResult.OBTAINED)
    story.does(story.nurse, obtained, c.StartSession(), c.JoinSession())
    refused = c.AttemptSubstitutedConsent(asked="X", result=SubstitutedConsentResult.REFUSED)
    told, closed = story.does(story.nurse, refused)
    assert (told.by, isinstance(closed, SessionClosed)) == ("representative", True)
    assert story.act.ending is Outcome.WITHDRAWN
    assert isinstance(story.status("D2"), Met), "it makes nothing due again"
