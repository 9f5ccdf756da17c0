"""Anybody may try anything at any moment: what must hold holds after every step."""

from __future__ import annotations

import hypothesis.strategies as st
import msgspec
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from visavis_core.acts import commands as c
from visavis_core.acts.act import fold
from visavis_core.acts.decide import Refusal
from visavis_sdk.events import (
    ActClosed,
    ActExported,
    AdviceGiven,
    ConsentWithdrawn,
    DossierOpened,
    LinkOpened,
    SessionOpened,
)
from visavis_sdk.obligations import Due, Enforcement
from visavis_sdk.vocabulary import ActPhase, Adequacy, Outcome, Role, Side, SubstitutedConsentResult

CHAPTERS = ("opened", "called", "prepared", "live", "emergency", "concluding", "signed", "withdrawn", "refused")


def begin(story, chapter):
    """The act at the beginning of a chapter, so that deep states are reached in few steps."""
    if chapter == "emergency":
        story.opens(emergency=True)
        story.does(story.nurse, c.StartSession())
        story.does(story.physician, c.JoinAsExpert())
        return story.both_join()
    story.opens()
    if chapter == "opened":
        return story
    if chapter == "called":
        return story.calls()
    if chapter == "refused":
        story.calls().informs().says_everything_else().tests_devices().plans_b()
        story.does(story.nurse, c.RefuseConsent())
        return story
    story.calls().consents().says_everything_else().tests_devices().plans_b()
    if chapter in {"live", "concluding", "signed", "withdrawn"}:
        story.goes_live().advises()
        story.confirms_presence()
    if chapter == "withdrawn":
        story.does(story.nurse, c.WithdrawConsent())
    if chapter in {"concluding", "signed"}:
        story.does(story.nurse, c.EndLive())
    if chapter == "signed":
        story.signs_both()
    return story


SIMPLE = (
    c.StartSession(),
    c.JoinSession(),
    c.EndLive(),
    c.JoinAsExpert(),
    c.RequestAssistance(specialty="Plaies"),
    c.DeclareEmergency(reason="Choc"),
    c.RefuseConsent(),
    c.WithdrawConsent(),
    c.ReorientAct(reason="a", towards="b"),
    c.DeclareInsufficiency(reason="a"),
    c.DeclineAssistance(reason="a"),
    c.GiveAdvice(text="a", justification="b"),
    c.DecideStep(step="a", validated=True),
    c.DeclareAdequacy(subject="information", verdict=Adequacy.INSUFFICIENT, decision="photo"),
    c.ReportIncident(kind="sound", description="a"),
    c.TakePlanB(step="telephone"),
    c.EndPlanB(resumed=True),
    c.DeclarePlanB(telephone="418 555", procedure="a"),
    c.LimitSharing(withheld=("clinical",)),
    c.NameFollowUp(name="a", contact="b"),
    c.OpenDossier(rule="participant.reads"),
    c.OpenLink(
        session="s", link="l", direction="publish", source="clinical", client_fingerprint="A", server_fingerprint="B"
    ),
    c.ExportAct(rule="participant.exports"),
    c.IdentifyParticipant(role=Role.RELATIVE, side=Side.ON_SITE, family_name="X"),
)


class AnythingAtAnyMoment(RuleBasedStateMachine):
    story_class: type

    guests = Bundle("guests")

    @initialize(chapter=st.sampled_from(CHAPTERS))
    def open(self, chapter):
        self.story = begin(self.story_class(), chapter)
        self.signed = {}

    def tries(self, author, command):
        if isinstance(command, c.OpenLink):
            # A link of another session is refused whatever else holds; here the rest is tried.
            command = msgspec.structs.replace(command, session=self.story.act.session or "none")
        before = self.story.act
        answer = self.story.answer(author, command)
        if isinstance(answer, Refusal):
            assert answer.message.fr
            assert answer.message.en
            assert self.story.act is before
            return ()
        due_before = self.story.due() if isinstance(command, c.CloseAct) else set()
        for body in answer:
            self.story.record(author.actor, body)
        if any(isinstance(body, ActClosed) for body in answer):
            assert due_before == set()
        if before.phase is ActPhase.CLOSED:
            assert all(isinstance(body, DossierOpened | ActExported) for body in answer)
        return answer

    def author(self, name):
        return getattr(self.story, name)

    people = st.sampled_from(("nurse", "physician", "colleague", "system"))

    @rule(who=people, command=st.sampled_from(SIMPLE))
    def somebody_tries(self, who, command):
        self.tries(self.author(who), command)

    @rule(who=people, whole=st.booleans())
    def somebody_records_consent(self, who, whole):
        self.tries(self.author(who), self.story.consent(to_technology=whole))

    @rule(result=st.sampled_from(SubstitutedConsentResult))
    def a_relative_is_asked(self, result):
        self.tries(self.story.nurse, c.AttemptSubstitutedConsent(asked="X", result=result))

    @rule(who=people, outcome=st.sampled_from(Outcome))
    def somebody_closes(self, who, outcome):
        self.tries(self.author(who), c.CloseAct(outcome=outcome))

    @rule(who=people, note=st.sampled_from(("assisting", "on_site")))
    def somebody_signs(self, who, note):
        if self.tries(self.author(who), self.story.note(note)):
            assert note not in self.signed
            self.signed[note] = self.story.act.notes[note]

    @rule(who=people, position=st.integers(0, 40))
    def somebody_justifies(self, who, position):
        lines = self.story.sheet.lines
        obligation = lines[position % len(lines)].obligation
        command = c.DerogateObligation(
            obligation=obligation.id, jurisdiction=obligation.jurisdiction, reason="Pas le temps"
        )
        self.tries(self.author(who), command)

    @rule(target=guests, role=st.sampled_from((Role.PATIENT, Role.RELATIVE, Role.OBSERVER)))
    def a_guest_is_invited(self, role):
        command = c.IssueInvitation(
            role=role,
            side=Side.ON_SITE,
            display_name="X",
            token_sha256="a" * 64,
            expires_at="2026-11-30T00:00:00Z",
        )
        made = self.tries(self.story.nurse, command)
        return made[0].invitation if made else "nobody"

    @rule(guest=guests, command=st.sampled_from(SIMPLE))
    def a_guest_tries(self, guest, command):
        template = self.story.system
        actor = type(template.actor)(kind="guest", id=guest)
        self.tries(type(template)(actor=actor, participant=guest), command)

    @invariant()
    def the_record_has_no_gap_and_makes_the_state(self):
        act = self.story.act
        assert [recorded.n for recorded in act.events] == list(range(act.n))
        assert fold(act.events) == act

    @invariant()
    def nothing_live_follows_a_withdrawal(self):
        bodies = [recorded.body for recorded in self.story.act.events]
        withdrawn = next((i for i, body in enumerate(bodies) if isinstance(body, ConsentWithdrawn)), len(bodies))
        assert not [b for b in bodies[withdrawn:] if isinstance(b, AdviceGiven | SessionOpened | LinkOpened)]

    @invariant()
    def a_session_is_open_only_while_live_and_never_against_consent(self):
        act = self.story.act
        assert not act.session or (act.phase is ActPhase.LIVE and not act.consent.denied)
        assert set(act.present) <= set(act.participants)
        assert len(act.holders_of(Role.EXPERT)) <= 1

    @invariant()
    def a_signed_note_stays_as_it_was_signed(self):
        assert all(self.story.act.notes[note] == state for note, state in self.signed.items())

    @invariant()
    def a_closed_act_has_its_outcome_and_no_gate_left(self):
        act, sheet = self.story.act, self.story.sheet
        assert (act.outcome is not None) is (act.phase is ActPhase.CLOSED)
        if act.phase is ActPhase.CLOSED:
            gates = [line for line in sheet.lines if line.obligation.enforcement is Enforcement.GATE]
            assert not [line.obligation.id for line in gates if isinstance(line.status, Due)]
            withdrawn = any(isinstance(recorded.body, ConsentWithdrawn) for recorded in act.events)
            assert (act.outcome is Outcome.WITHDRAWN) is withdrawn


def test_what_must_hold_holds_whatever_anybody_tries(story):
    machine = type("Machine", (AnythingAtAnyMoment,), {"story_class": type(story)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=120,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
