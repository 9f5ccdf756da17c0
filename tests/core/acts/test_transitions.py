"""Every command, in every phase, from every seat, has an explicit answer; the page in docs shows the same table."""

from __future__ import annotations

import itertools
import pathlib
import typing

import msgspec
import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.decide import HANDLERS, permits
from visavis_core.acts.diagram import BEGIN, END, draw, redraw
from visavis_core.acts.roles import Seat
from visavis_core.acts.transitions import LEADS_TO, TRANSITIONS
from visavis_sdk.events import ConsentRefused, ConsentWithdrawn, LiveEnded, SessionOpened
from visavis_sdk.vocabulary import ActPhase

COMMANDS = typing.get_args(c.AnyCommand)
OUTSIDE = {Seat.INVITED, Seat.NEWCOMER, Seat.STRANGER}
CELLS = list(itertools.product(COMMANDS, ActPhase, Seat))


def in_phase(act, phase, **more):
    session = "session_1" if phase is ActPhase.LIVE else ""
    return msgspec.structs.replace(act, phase=phase, session=session, **more)


def test_the_table_and_the_decisions_hold_every_command_once():
    assert set(TRANSITIONS) == set(COMMANDS)
    assert set(HANDLERS) == set(COMMANDS) - {c.OpenAct}
    assert set(typing.get_args(c.ClientCommand)) | set(typing.get_args(c.HouseCommand)) == set(COMMANDS)
    assert not set(typing.get_args(c.ClientCommand)) & set(typing.get_args(c.HouseCommand))


def test_every_cell_answers_as_its_row_says(story):
    act = story.opens().act
    for command, phase, seat in CELLS:
        rule = TRANSITIONS[command]
        refusal = permits(in_phase(act, phase), command, seat)
        allowed = phase in rule.phases and seat in rule.seats and not rule.opens
        assert (refusal is None) is allowed, (command.__name__, phase, seat)
        if refusal is None:
            continue
        expected = (
            {"act_already_open"}
            if rule.opens
            else {"not_in_act"}
            if seat in OUTSIDE and seat not in rule.seats
            else {"role_forbids"}
            if seat not in rule.seats
            else {"act_closed"}
            if phase is ActPhase.CLOSED
            else {"phase_forbids"}
        )
        assert refusal.code in expected, (command.__name__, phase, seat)
        assert refusal.message.fr != refusal.message.en
        assert refusal.message.fr.strip()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (ConsentRefused(received_by="p"), "consent_refused"),
        (ConsentWithdrawn(by="patient", received_by="p"), "consent_withdrawn"),
    ],
)
def test_against_consent_nothing_live_is_possible_from_any_seat(story, body, code):
    story.opens()
    story.record(story.nurse.actor, body)
    live = {c.GiveAdvice, c.DecideStep, c.CaptureStill, c.OpenLink, c.JoinSession, c.StartSession, c.CommitAnnotation}
    assert live <= {command for command, rule in TRANSITIONS.items() if not rule.against_consent}
    for command, phase, seat in CELLS:
        rule = TRANSITIONS[command]
        if rule.against_consent or seat not in rule.seats or phase is ActPhase.CLOSED:
            continue
        assert permits(in_phase(story.act, phase), command, seat).code == code, (command.__name__, phase, seat)


def test_what_needs_a_session_says_so(story):
    story.opens()
    act = msgspec.structs.replace(story.act, phase=ActPhase.LIVE, session="")
    needing = [command for command, rule in TRANSITIONS.items() if rule.needs_session]
    assert needing
    for command in needing:
        assert permits(act, command, Seat.EXPERT).code == "no_open_session"


def test_a_closed_act_lets_only_reading_through(story):
    act = in_phase(story.opens().act, ActPhase.CLOSED)
    through = {command for command, seat in itertools.product(COMMANDS, Seat) if permits(act, command, seat) is None}
    assert through == {c.OpenDossier, c.ExportAct}


def test_strangers_may_nothing():
    nobody = {command for command, rule in TRANSITIONS.items() if Seat.STRANGER in rule.seats}
    assert nobody == {c.OpenDossier, c.ExportAct}, "the permission layer says who may; the record is for all"


MOVES = {
    c.StartSession: lambda story: (story.nurse, c.StartSession()),
    c.EndLive: lambda story: (story.nurse, c.EndLive()),
    c.WithdrawConsent: lambda story: (story.nurse, c.WithdrawConsent()),
    c.RefuseConsent: lambda story: (story.nurse, c.RefuseConsent()),
    c.ReorientAct: lambda story: (story.nurse, c.ReorientAct(reason="a", towards="b")),
    c.DeclareInsufficiency: lambda story: (story.physician, c.DeclareInsufficiency(reason="a")),
    c.DeclineAssistance: lambda story: (story.physician, c.DeclineAssistance(reason="a")),
}


@pytest.mark.parametrize(
    ("command", "start", "end"), [move for move in LEADS_TO if move[0] not in {c.OpenAct, c.CloseAct}]
)
def test_each_arrow_of_the_diagram_is_real(story, command, start, end):
    story.prepares()
    if start is not ActPhase.PREPARING:
        story.goes_live()
    if start is ActPhase.CONCLUDING:
        story.does(story.nurse, c.EndLive())
    assert story.act.phase is start
    story.does(*MOVES[command](story))
    assert story.act.phase is end


def test_no_arrow_is_missing(story):
    """Any phase change a story can make is one the diagram shows."""
    shown = {(start, end) for _, start, end in LEADS_TO}
    for body in (SessionOpened(session="s"), LiveEnded(by="p"), ConsentWithdrawn(by="patient", received_by="p")):
        other = type(story)().opens()
        before = other.act.phase
        other.record(other.nurse.actor, body)
        assert (before, other.act.phase) in shown


def test_the_page_is_current():
    page = (pathlib.Path(__file__).resolve().parents[3] / "docs" / "acts.md").read_text(encoding="utf-8")
    assert redraw(page) == page, "run scripts/draw_acts.py"
    assert draw() in page
    with pytest.raises(ValueError, match="marker"):
        redraw(page.replace(END, ""))
    assert page.count(BEGIN) == 1
