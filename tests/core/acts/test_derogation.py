"""What an emergency excuses, and what a justification must say (A13)."""

from __future__ import annotations

import msgspec
import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.decisions.derogation import NOTE_STEPS, Ground, ground_of, says_something
from visavis_core.acts.transitions import TRANSITIONS
from visavis_core.obligations.sheet import SheetLine
from visavis_core.web.pages.steps import STEPS
from visavis_france.plugin import obligations as french_obligations
from visavis_quebec.plugin import obligations
from visavis_sdk.events import CheckResult
from visavis_sdk.obligations import Due, Enforcement, Met, Transition
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActPhase, Adequacy, Outcome, Role, Side

WHY = "Hémorragie : pas le temps"
ROWS = {row.id: row for row in obligations()}


def justify(obligation, reason=WHY):
    return c.DerogateObligation(obligation=obligation, jurisdiction="quebec", reason=reason)


def emergency(story):
    """Opened, answered and ended in emergency, nothing said of what should have come before."""
    story.opens(emergency=True)
    story.does(story.nurse, c.StartSession())
    story.does(story.physician, c.JoinAsExpert())
    story.both_join().advises()
    story.does(story.physician, c.EndLive())
    return story


def line(id, *, owed=False):
    return SheetLine(obligation=ROWS[id], status=Due(missing=Text(fr="a", en="b")), owed=owed)


def test_an_emergency_act_is_not_completed_on_one_letter_reasons(story):
    emergency(story)
    for obligation in sorted(story.due()):
        assert story.may_not(story.nurse, justify(obligation, "x")) in {
            "reason_says_nothing",
            "note_never_derogated",
            "gate_must_be_met",
        }
    assert story.may_not(story.nurse, c.CloseAct()) == "gates_due"


def test_an_emergency_excuses_what_it_let_pass_and_nothing_else(story):
    emergency(story)
    answers = {obligation: story.answer(story.nurse, justify(obligation)) for obligation in sorted(story.due())}
    refused = {obligation: answer.code for obligation, answer in answers.items() if hasattr(answer, "code")}
    assert refused == {
        "A13": "gate_must_be_met",
        "B5": "gate_must_be_met",
        "G1": "note_never_derogated",
        "G2": "note_never_derogated",
    }
    # B1 and B4 were met once the physician had come in; they are not due and nothing is left to excuse.
    assert set(answers) - set(refused) == {"A2", "B2", "D1", "D2", "D4", "E1", "E2", "E4", "E6", "E7", "J1"}


def test_with_its_notes_written_and_the_rest_met_the_emergency_closes(story):
    emergency(story)
    for obligation in ("A2", "B2", "D1", "D2", "D4", "E1", "E2", "E6", "E7", "J1"):
        story.does(story.nurse, justify(obligation))
    assert story.may_not(story.nurse, c.CloseAct()) == "gates_due"
    story.does(story.nurse, c.StatePlace(address="12, rue des Pins", call_back_number="418 555-0199"))
    story.confirms_presence().signs_both()
    story.does(story.nurse, c.CloseAct())
    assert story.act.outcome is Outcome.COMPLETED


def test_an_emergency_declared_after_the_start_let_nothing_pass(story):
    story.prepares().goes_live()
    story.does(story.physician, c.DeclareEmergency(reason="Choc"))
    assert story.sheet.owed() == ()
    story.does(story.nurse, a_relative())
    assert "B3" in story.due()
    assert story.sheet.owed() == ()
    assert story.may_not(story.nurse, justify("B3")) == "gate_must_be_met"


def a_relative():
    return c.IdentifyParticipant(role=Role.RELATIVE, side=Side.ON_SITE, family_name="Exemple")


def test_what_came_due_after_an_emergency_start_was_not_let_pass_by_it(story):
    emergency(story)
    assert "B3" not in story.due()
    story.does(story.nurse, a_relative())
    assert "B3" in story.due()
    assert not story.sheet.line("B3").owed
    assert story.may_not(story.nurse, justify("B3")) == "gate_must_be_met"


def test_what_came_due_meanwhile_does_not_keep_an_emergency_from_resuming(story):
    emergency(story)
    story.does(story.nurse, a_relative(), c.StartSession())
    assert story.act.phase is ActPhase.LIVE
    assert story.sheet.line("B3").owed, "the second opening let it pass"


def test_a_gate_that_could_not_be_judged_yet_went_through_with_the_one_it_waits_for(story):
    """A physician from elsewhere, in emergency, without any of the titles of J2: true, and not to be made untrue."""
    emergency(story)
    story.does(story.nurse, story.places(expert="france"))
    assert "J2" in story.due()
    story.does(story.nurse, justify("J2", "Seul spécialiste joignable, avis unique en urgence vitale"))
    assert "J2" not in story.due()


def test_in_an_ordinary_act_such_a_title_is_asked_before_the_start(story):
    story.prepares()
    story.does(story.nurse, story.places(expert="france"))
    assert story.may_not(story.nurse, c.StartSession()) == "gates_due"
    assert story.may_not(story.nurse, justify("J2")) == "obligation_not_due"


@pytest.mark.parametrize("reason", ["x", "aaaaaaaaaaaa", "abababababab", "1234567890 !", ".......... ok", "Urgence"])
def test_a_justification_says_something(story, reason):
    assert not says_something(reason)
    emergency(story)
    refusal = story.refusal(story.nurse, justify("E7", reason))
    assert refusal.code == "reason_says_nothing"
    assert "10 lettres" in refusal.message.fr
    assert "10 letters" in refusal.message.en


@pytest.mark.parametrize("reason", [WHY, "Pas le temps", "No time to test", "Transfert immédiat", "Крововилив"])
def test_a_short_reason_is_enough_in_any_script(reason):
    assert says_something(reason)


def test_every_row_has_its_grounds_in_the_table(story):
    """Row by row: an owed gate of the session is excused by the emergency, a closing gate by nothing at all."""
    act = emergency(story).act
    for id, row in ROWS.items():
        if row.enforcement is not Enforcement.GATE:
            continue
        excusable = row.stops is Transition.START_SESSION and row.step not in NOTE_STEPS
        assert (ground_of(act, line(id, owed=True)) is Ground.EMERGENCY) is excusable, id
        if row.stops is Transition.CLOSE_ACT:
            stopped = msgspec.structs.replace(act, ending=Outcome.WITHDRAWN)
            assert ground_of(stopped, line(id, owed=True)) is None, id


def fails_while_live(story):
    broken = (CheckResult(what="microphone", verdict=Adequacy.INSUFFICIENT),)
    story.does(story.nurse, c.RecordEquipmentCheck(results=broken))


def test_a_device_that_fails_while_live_leaves_the_test_before_the_act_what_it_was(story):
    story.prepares().goes_live()
    tested = story.status("E6")
    assert isinstance(tested, Met)
    fails_while_live(story)
    assert story.status("E6") == tested
    assert isinstance(story.status("F1"), Due), "it is the quality of the session that now asks for a decision"
    story.does(
        story.nurse,
        c.DeclareAdequacy(subject="sound", verdict=Adequacy.INSUFFICIENT, decision="Poursuivi au téléphone"),
        c.EndLive(),
    )
    assert isinstance(story.status("F1"), Met)
    story.confirms_presence().signs_both()
    story.does(story.nurse, c.CloseAct())
    assert story.act.outcome is Outcome.COMPLETED


def test_a_test_first_made_while_live_in_emergency_counts_at_its_own_moment(story):
    story.opens(emergency=True)
    story.does(story.nurse, c.StartSession())
    assert story.sheet.line("E6").owed
    story.tests_devices()
    assert story.status("E6") == Met(events=(story.act.n - 1,)), "late, and cited as late"
    fails_while_live(story)
    assert isinstance(story.status("E6"), Due), "no good test came before the session: the latest one counts"


def test_what_can_no_longer_be_tested_may_be_justified_in_any_act(story):
    """A pack's own rule may make the check due after the live part; there must be a way out, and it says why."""
    story.prepares().goes_live()
    assert ground_of(story.act, line("E6")) is None, "while live it can still be tested"
    story.does(story.nurse, c.EndLive())
    assert story.may_not(story.nurse, c.RecordEquipmentCheck(results=())) == "phase_forbids"
    assert ground_of(story.act, line("E6")) is Ground.TOO_LATE
    assert ground_of(story.act, line("E7")) is Ground.TOO_LATE
    for id in ("B2", "D2", "E1", "E4", "J1"):
        assert ground_of(story.act, line(id)) is None, id


@pytest.mark.parametrize("pack", [obligations, french_obligations])
def test_no_gate_of_the_session_is_ever_a_dead_end(story, pack):
    """After the live part of any act, what is due can still be done on its page or, where its door shut, justified."""
    story.prepares().goes_live()
    story.does(story.nurse, c.EndLive())
    for row in pack():
        if row.enforcement is not Enforcement.GATE or row.stops is not Transition.START_SESSION:
            continue
        open_still = any(ActPhase.CONCLUDING in TRANSITIONS[one].phases for one in STEPS[row.step].commands)
        late = SheetLine(obligation=row, status=Due(missing=Text(fr="a", en="b")))
        assert (ground_of(story.act, late) is Ground.TOO_LATE) is not open_still, row.id


def test_the_justification_is_accepted_where_the_pack_says_it_is_due(story, monkeypatch):
    story.prepares().goes_live()
    story.does(story.nurse, c.EndLive())
    context = story.context()
    late = msgspec.structs.replace(context, gates_due=lambda _act, _transition: (line("E6"),))
    monkeypatch.setattr(story, "context", lambda: late)
    assert story.may_not(story.nurse, justify("E6", "x")) == "reason_says_nothing"
    story.does(story.nurse, justify("E6", "Micro remplacé pendant la séance, non essayé à nouveau"))
    assert story.act.derogations[-1].obligation == "E6"
