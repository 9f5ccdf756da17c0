"""Who may open, join, be typed in, be invited, and speak for whom (B1-B5, B11)."""

from __future__ import annotations

import msgspec
from visavis_core.acts import commands as c
from visavis_core.acts.decide import Author
from visavis_core.acts.roles import PROFESSIONS, Seat, may_hold, seat_of
from visavis_sdk.events import Actor, ParticipantIdentified, ParticipantJoined
from visavis_sdk.vocabulary import ActKind, PatientPresence, Role, Side

OPEN = c.OpenAct(kind=ActKind.TELEASSISTANCE)


def as_profession(author, **changes):
    identity = msgspec.structs.replace(author.identity, **changes)
    return msgspec.structs.replace(author, identity=identity)


def test_who_may_open(story):
    assert story.may_not(story.system, OPEN) == "not_in_act"
    assert story.may_not(msgspec.structs.replace(story.nurse, roles=()), OPEN) == "not_in_act"
    assert story.may_not(msgspec.structs.replace(story.nurse, identity=None), OPEN) == "account_without_identity"
    assert story.may_not(as_profession(story.nurse, profession="care_assistant"), OPEN) == "profession_forbids"
    assert story.may_not(as_profession(story.nurse, profession="wizard"), OPEN) == "profession_forbids"
    other = c.OpenAct(kind=ActKind.TELECONSULTATION)
    assert story.may_not(story.nurse, other) == "kind_not_offered"
    assert story.may_not(story.nurse, c.EndLive()) == "no_act"
    story.opens()
    assert story.may_not(story.nurse, OPEN) == "act_already_open"


def test_the_assistant_is_a_physician_with_a_complete_identity(story):
    story.opens()
    assert story.may_not(story.physician, c.JoinAsExpert()) == "assistance_not_requested"
    story.does(story.nurse, c.RequestAssistance(specialty="Plaies", to_account="acc_physician"))
    assert story.may_not(story.colleague, c.JoinAsExpert()) == "asked_somebody_else"
    assert story.may_not(story.nurse, c.JoinAsExpert()) == "already_in_act", "not the one on site"
    nurse_as_expert = as_profession(story.physician, profession="nurse")
    assert story.may_not(nurse_as_expert, c.JoinAsExpert()) == "profession_forbids"
    refusal = story.refusal(as_profession(story.physician, contact="", specialty=" "), c.JoinAsExpert())
    assert (refusal.code, refusal.missing) == ("identity_incomplete", ("contact", "specialty"))
    assert "les coordonnées, la spécialité" in refusal.message.fr
    story.does(story.physician, c.JoinAsExpert())
    assert story.may_not(story.physician, c.JoinAsExpert()) == "already_in_act"
    assert story.may_not(story.colleague, c.JoinAsExpert()) == "expert_already_joined"
    assert story.may_not(story.nurse, c.RequestAssistance(specialty="Plaies")) == "expert_already_joined"


def test_every_profession_has_its_roles():
    assert {code for code in PROFESSIONS if may_hold(code, Role.EXPERT)} == {"physician"}
    assert not may_hold("care_assistant", Role.ON_SITE)
    assert all(profession.roles for profession in PROFESSIONS.values())


def test_an_outsider_learns_nothing_and_may_nothing(story):
    story.prepares()
    stranger = Author(actor=Actor(kind="guest", id="x"), participant="x")
    for author in (stranger, story.colleague):
        assert story.may_not(author, c.StartSession()) == "not_in_act"
    assert seat_of(story.act, stranger) is Seat.STRANGER
    assert seat_of(story.act, story.colleague) is Seat.NEWCOMER


def test_what_an_account_claims_to_be_does_not_count(story):
    """A participant id travels with a guest only; an account's place is read from the record."""
    story.prepares()
    liar = Author(actor=Actor(kind="account", id="acc_liar"), account="acc_liar", participant=story.id_of(story.nurse))
    assert story.may_not(liar, c.StartSession()) == "not_in_act"


def test_a_guest_comes_in_once_named_by_their_invitation(story):
    story.prepares().goes_live()
    guest = story.invites(Role.INTERPRETER, Side.REMOTE)
    assert story.may_not(guest, c.LeaveSession(participant=guest.participant)) == "not_in_act"
    identified, joined = story.does(guest, c.JoinSession())
    assert isinstance(identified, ParticipantIdentified)
    assert (identified.participant, identified.family_name) == (guest.participant, "Paul E.")
    assert isinstance(joined, ParticipantJoined)
    assert story.does(guest, c.JoinSession()) == (), "a reconnecting tablet changes nothing"
    assert story.may_not(guest, c.LeaveSession(participant=story.id_of(story.nurse))) == "not_yours"
    story.does(guest, c.LeaveSession(participant=guest.participant))
    assert story.does(story.system, c.LeaveSession(participant=guest.participant, reason="lost")) == ()
    (again,) = story.does(guest, c.JoinSession())
    assert isinstance(again, ParticipantJoined)
    assert "B3" in story.due(), "an interpreter's quality is still to be said"


def test_an_invitation_expires_and_names_a_role_that_may_be_invited(story):
    story.prepares()
    guest = story.invites(Role.RELATIVE, Side.ON_SITE, expires_at="2026-11-23T14:20:00Z")
    story.goes_live()
    for _ in range(20):
        story.context()
    assert story.may_not(guest, c.JoinSession()) == "invitation_expired"
    fields = {"side": Side.REMOTE, "display_name": "X", "token_sha256": "a" * 64}
    expert = c.IssueInvitation(role=Role.EXPERT, expires_at="2027-01-01T00:00:00Z", **fields)
    assert story.may_not(story.nurse, expert) == "role_not_typed"
    for moment in ("2020-01-01T00:00:00Z", "tomorrow", "2027-01-01T00:00:00"):
        past = c.IssueInvitation(role=Role.OBSERVER, expires_at=moment, **fields)
        assert story.may_not(story.nurse, past) == "expiry_unreadable"


def test_an_identity_is_corrected_by_whom_it_belongs_to(story):
    story.prepares()
    nurse, physician = story.id_of(story.nurse), story.id_of(story.physician)

    def correct(participant, role, side):
        return c.IdentifyParticipant(participant=participant, role=role, side=side, family_name="Nouveau")

    assert story.may_not(story.nurse, correct(physician, Role.EXPERT, Side.REMOTE)) == "identity_vouched"
    assert story.may_not(story.nurse, correct(nurse, Role.RELATIVE, Side.ON_SITE)) == "role_not_typed"
    assert story.may_not(story.nurse, correct("nobody", Role.RELATIVE, Side.ON_SITE)) == "unknown_participant"
    assert story.may_not(story.nurse, correct("", Role.EXPERT, Side.REMOTE)) == "role_not_typed"
    assert story.may_not(story.nurse, correct("", Role.PATIENT, Side.ON_SITE)) == "role_not_typed"
    story.does(story.nurse, correct(nurse, Role.ON_SITE, Side.ON_SITE))
    assert story.act.participants[nurse].account == story.nurse.account


def test_each_side_answers_for_its_own_room(story):
    story.prepares()
    nurse, physician = story.id_of(story.nurse), story.id_of(story.physician)

    def confirm(side, *participants):
        return c.ConfirmPresence(side=side, participants=participants, confidentiality_reminded=True)

    assert story.may_not(story.nurse, confirm(Side.REMOTE, physician)) == "other_side"
    assert story.may_not(story.nurse, confirm(Side.ON_SITE, physician)) == "presence_listed_elsewhere"
    assert story.may_not(story.nurse, confirm(Side.ON_SITE, "nobody")) == "unknown_participant"
    story.does(story.nurse, confirm(Side.ON_SITE, nurse))


def test_a_virtual_patient_needs_a_judgement(story):
    story.opens()
    virtual = c.StatePatientPresence(presence=PatientPresence.VIRTUAL)
    assert story.may_not(story.nurse, virtual) == "judgement_missing"
    story.does(story.nurse, msgspec.structs.replace(virtual, judgement="Isolement respiratoire"))


def test_an_incomplete_nurse_completes_herself_before_the_session(story):
    bare = as_profession(story.nurse, contact="", establishment="")
    story.does(bare, c.OpenAct(kind=ActKind.TELEASSISTANCE))
    story.calls()
    assert "coordonnées, établissement" in story.status("B4").missing.fr
    story.does(
        bare,
        c.IdentifyParticipant(
            participant=story.id_of(bare),
            role=Role.ON_SITE,
            side=Side.ON_SITE,
            family_name="Tremblay",
            title="Infirmière",
            profession="nurse",
            establishment="CLSC",
            contact="1",
        ),
    )
    assert story.status("B4").events


def test_an_account_without_a_name_opens_nothing(story):
    assert story.may_not(as_profession(story.nurse, family_name=" "), OPEN) == "account_without_identity"


def test_places_are_stated_of_people_in_the_act(story):
    story.opens()
    stated = c.StateJurisdiction(patient="quebec", professionals={"nobody": "quebec"})
    assert story.may_not(story.nurse, stated) == "unknown_participant"
