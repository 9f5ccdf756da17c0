"""Shared duties: each is met by one act and lacked by another, and the odd cases are told apart."""

from __future__ import annotations

import msgspec
import pytest
from visavis_sdk import events as e
from visavis_sdk.evidence import DUTIES, due, every, first, first_after, latest, met, people, stopped_early
from visavis_sdk.obligations import Due, Met, NotApplicable
from visavis_sdk.testing import tell
from visavis_sdk.testing.duties import (
    EXAMPLES,
    EXPERT,
    NURSE,
    consent,
    join,
    live,
    note,
    vouched,
)
from visavis_sdk.vocabulary import ActKind, Adequacy, Role, Side, SubstitutedConsentResult

WITHDRAWN = e.ConsentWithdrawn(by="patient", received_by="par_nurse")
STOPPED = e.SessionClosed(session="ses_1", reason="withdrawn")
ENDED = (e.SessionClosed(session="ses_1", reason="ended"), e.LiveEnded(by="par_nurse"))
REFUSED = e.ConsentRefused(received_by="par_nurse")


def test_every_shared_duty_has_an_example():
    assert set(EXAMPLES) == set(DUTIES)


@pytest.mark.parametrize("name", DUTIES)
def test_a_duty_is_met_by_one_act_and_lacked_by_another(name):
    example, check = EXAMPLES[name], DUTIES[name]
    status = check(example.meets)
    assert isinstance(status, Met)
    assert status.events == tuple(sorted(set(status.events)))
    assert set(status.events) <= {recorded.n for recorded in example.meets.events}
    lacking = check(example.lacks)
    assert isinstance(lacking, NotApplicable if example.never_due else Due)


@pytest.mark.parametrize("name", DUTIES)
def test_what_is_missing_is_one_short_line(name):
    for act in (EXAMPLES[name].lacks, tell()):
        status = DUTIES[name](act)
        if isinstance(status, Due):
            assert 0 < len(status.missing.fr) <= 90
            assert 0 < len(status.missing.en) <= 90


def status(name, *bodies, **more):
    return DUTIES[name](tell(*bodies, **more))


def test_an_account_typed_in_by_somebody_else_is_not_vouched():
    act = vouched(tell(NURSE, EXPERT))
    forged = msgspec.structs.replace(act.events[-1], actor=e.Actor(kind="account", id="acc_nurse"))
    assert isinstance(
        DUTIES["professionals_vouched"](msgspec.structs.replace(act, events=(*act.events[:-1], forged))), Due
    )
    assert isinstance(DUTIES["professionals_vouched"](vouched(tell(NURSE))), Due), "no physician yet"


def test_a_correction_by_hand_does_not_undo_who_came_in():
    corrected = msgspec.structs.replace(NURSE, contact="1")
    act = vouched(tell(NURSE, EXPERT))
    by_colleague = e.Recorded(act=act.id, n=3, at="x", actor=e.Actor(kind="system", id="s"), body=corrected)
    assert isinstance(
        DUTIES["professionals_vouched"](msgspec.structs.replace(act, events=(*act.events, by_colleague))), Met
    )


def test_an_accompanying_professional_gives_an_identifier_and_a_lone_patient_needs_nobody():
    helper = e.ParticipantIdentified(
        participant="p", role=Role.ACCOMPAGNANT, side=Side.ON_SITE, family_name="X", profession="care_assistant"
    )
    assert isinstance(status("accompanying_identified", helper), Due)
    assert isinstance(status("accompanying_identified", msgspec.structs.replace(helper, identifier="12")), Met)
    assert isinstance(status("accompanying_identified"), NotApplicable)


def test_consent_withdrawn_was_given_and_a_later_yes_answers_a_no():
    assert isinstance(status("consent_given", consent(), WITHDRAWN), Met)
    assert isinstance(status("consent_given", REFUSED), Due)
    assert isinstance(status("consent_given", REFUSED, consent()), Met)
    assert isinstance(status("consent_given", consent(), REFUSED), Due)


def test_a_no_that_stopped_a_running_session_leaves_nothing_to_obtain():
    for said in (REFUSED, consent(to_technology=False), WITHDRAWN):
        assert isinstance(DUTIES["consent_given"](live(said, STOPPED)), NotApplicable)
    assert isinstance(DUTIES["consent_given"](live(*ENDED, REFUSED)), Due), "said afterwards, it is to be justified"


@pytest.mark.parametrize("result", SubstitutedConsentResult)
def test_only_an_obtained_substitute_consents(result):
    attempt = e.SubstitutedConsentAttempted(asked="X", result=result, attempted_by="par_nurse")
    obtained = result is SubstitutedConsentResult.OBTAINED
    assert isinstance(status("consent_given", attempt), Met if obtained else Due)


def test_an_attempt_is_asked_only_in_emergency_and_not_of_who_spoke():
    opened = e.ActOpened(kind=ActKind.TELEASSISTANCE, opened_by="par_nurse", emergency=True)
    assert isinstance(status("substituted_consent_attempted"), NotApplicable)
    assert isinstance(status("substituted_consent_attempted", opened, consent()), NotApplicable)
    assert isinstance(status("substituted_consent_attempted", opened, REFUSED), NotApplicable)


def test_a_withdrawal_before_any_session_is_obeyed_by_silence():
    assert isinstance(status("withdrawal_obeyed", WITHDRAWN), Met)
    assert isinstance(DUTIES["withdrawal_obeyed"](live(WITHDRAWN)), Due), "the session is still open"
    assert isinstance(DUTIES["withdrawal_obeyed"](live(*ENDED, WITHDRAWN)), Met)


def test_a_lifted_limit_limits_no_more():
    still = e.StillCaptured(
        still="s",
        sha256="a",
        size=1,
        media_type="image/png",
        width=1,
        height=1,
        source="face",
        method="canvas",
        captured_at="x",
        captured_by="p",
    )
    limit, lifted = e.SharingLimited(withheld=("Face",)), e.SharingLimited(withheld=())
    assert isinstance(DUTIES["sharing_limits_obeyed"](live(limit, lifted, still)), Met)
    assert isinstance(DUTIES["sharing_limits_obeyed"](live(limit, still, lifted)), Due)


def test_a_repaired_device_is_tested_alone():
    def check(what, verdict):
        results = (e.CheckResult(what=what, verdict=verdict),)
        return e.EquipmentChecked(participant="par_nurse", results=results)

    broken, repaired = check("microphone", Adequacy.INSUFFICIENT), check("microphone", Adequacy.ADEQUATE)
    camera = check("camera", Adequacy.ADEQUATE)
    assert isinstance(status("equipment_checked", NURSE, camera, broken), Due)
    assert isinstance(status("equipment_checked", NURSE, broken, camera, repaired), Met)
    elsewhere = msgspec.structs.replace(camera, participant="par_expert")
    assert isinstance(status("equipment_checked", NURSE, EXPERT, elsewhere), Due)


def test_two_who_were_never_in_the_same_session_did_not_meet():
    other = e.SessionOpened(session="ses_2")
    apart = tell(
        NURSE,
        EXPERT,
        e.SessionOpened(session="ses_1"),
        join("par_nurse"),
        other,
        e.ParticipantJoined(session="ses_2", participant="par_expert"),
    )
    assert isinstance(DUTIES["assisted_in_real_time"](apart), Due)
    nurse_as_expert = msgspec.structs.replace(EXPERT, profession="nurse")
    assert isinstance(status("assisted_in_real_time", NURSE, nurse_as_expert), Due)
    alone = (NURSE, e.SessionOpened(session="ses_1"), join("par_nurse"))
    reoriented = e.ActReoriented(by="par_nurse", reason="a", towards="b")
    assert isinstance(status("assisted_in_real_time", *alone, reoriented), NotApplicable)


@pytest.mark.parametrize(
    "answer",
    [
        e.PlanBTaken(by="par_nurse", step="telephone"),
        e.IncidentReported(incident="i", kind="picture", description="Flou"),
        e.InsufficiencyDeclared(by="par_expert", reason="Flou"),
    ],
)
def test_a_measured_insufficiency_is_answered_by_what_was_done(answer):
    poor = e.QualityMeasured(participant="par_nurse", source="clinical", verdict=Adequacy.INSUFFICIENT)
    assert isinstance(DUTIES["quality_watched"](live(poor)), Due)
    assert isinstance(DUTIES["quality_watched"](live(poor, answer)), Met)
    assert isinstance(DUTIES["quality_watched"](live(answer, poor)), Due), "done before, it answers nothing"
    decided = e.AdequacyDeclared(by="par_expert", subject="face", verdict=Adequacy.LIMITED, decision="photos")
    assert isinstance(DUTIES["quality_watched"](live(decided, poor)), Due)
    assert isinstance(DUTIES["quality_watched"](live(poor, decided)), Met)
    assert isinstance(status("quality_watched"), NotApplicable)


def test_a_plan_b_in_use_has_not_ended():
    taken, ended = e.PlanBTaken(by="par_nurse", step="telephone"), e.PlanBEnded(resumed=True)
    assert isinstance(DUTIES["incidents_followed"](live(taken)), Due)
    assert isinstance(DUTIES["incidents_followed"](live(taken, ended)), Met)
    assert isinstance(DUTIES["incidents_followed"](live(taken, ended, taken)), Due)


def test_no_note_is_asked_of_a_physician_who_never_came():
    nobody = (NURSE, EXPERT, e.SessionOpened(session="ses_1"), join("par_nurse"), *ENDED)
    assert isinstance(status("assisting_note_signed", *nobody), NotApplicable)
    assert isinstance(status("responsibility_in_both_notes", *nobody, note("on_site")), Met)
    assert isinstance(status("assisting_note_signed", NURSE), Due), "still to come"
    advice = e.AdviceGiven(advice="a", by="par_expert", text="Comprimer", justification="Saignement")
    assert isinstance(status("assisting_note_signed", *nobody[:-2], advice, *ENDED), Due), "advised by telephone"


def test_finding_reads_in_order():
    act = live(REFUSED, consent(), REFUSED)
    assert [found.n for found in every(act, e.ConsentRefused)] == [6, 8]
    assert (first(act, e.ConsentRefused).n, latest(act, e.ConsentRefused).n) == (6, 8)
    assert first_after(act, e.ConsentRefused, 6).n == 8
    assert first_after(act, e.ConsentRefused, 8) is None
    assert latest(act, e.PlanBTaken) is first(act, e.PlanBTaken) is None
    assert met(8, first(act, e.ConsentRefused), 8) == Met(events=(6, 8))
    assert due("fr", "en").missing.in_language("en") == "en"
    renamed = msgspec.structs.replace(NURSE, family_name="Nouveau")
    assert people(tell(NURSE, renamed))["par_nurse"].body.family_name == "Nouveau"


def test_an_act_that_went_to_its_end_did_not_stop_early():
    assert not stopped_early(live(*ENDED))
    assert stopped_early(live(WITHDRAWN))
    assert stopped_early(live(REFUSED, STOPPED))
    assert not stopped_early(tell(REFUSED))
