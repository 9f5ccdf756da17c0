"""Stills, drawings, verdicts, incidents, plan B and what the program itself records."""

from __future__ import annotations

import pytest
from visavis_core.acts import commands as c
from visavis_core.acts.decide import Author
from visavis_sdk.events import Actor, AdviceGiven, Stroke
from visavis_sdk.vocabulary import Adequacy, Role, Side

STROKES = (Stroke(shape="arrow", points=((1, 2), (3, 4))),)


def still(**more):
    fields = {"still": "still_1", "sha256": "a" * 64, "size": 9, "media_type": "image/jpeg", "width": 4, "height": 3}
    return c.CaptureStill(
        **{**fields, "source": "clinical", "method": "take_photo", "captured_at": "2026-11-23T14:00:00Z", **more}
    )


def test_a_still_is_kept_once_and_is_a_picture(story):
    story.prepares().goes_live()
    story.does(story.nurse, still())
    assert story.act.stills[0].captured_by == story.id_of(story.nurse)
    assert story.may_not(story.nurse, still()) == "still_already_kept"
    assert story.may_not(story.nurse, still(still="still_2", media_type="video/webm")) == "still_not_picture"


def test_a_drawing_stands_on_something_seen(story):
    story.prepares().goes_live()
    draw = c.CommitAnnotation(target="live:clinical", strokes=STROKES, frame=90_000)
    (drawn,) = story.does(story.physician, draw)
    assert story.act.annotations == (drawn,)
    assert story.may_not(story.physician, c.CommitAnnotation(target="still_9", strokes=STROKES)) == "unknown_still"
    story.does(story.nurse, still())
    story.does(story.physician, c.CommitAnnotation(target="still_1", strokes=STROKES))


def test_advice_goes_on_by_telephone_and_refers_to_stills_of_the_act(story):
    story.prepares().goes_live()
    story.does(story.nurse, c.TakePlanB(step="telephone", reason="Coupure"))
    (advice,) = story.does(story.physician, c.GiveAdvice(text="Comprimer", justification="Saignement"))
    assert isinstance(advice, AdviceGiven)
    unknown = c.GiveAdvice(text="a", justification="b", still="still_9")
    assert story.may_not(story.physician, unknown) == "unknown_still"
    assert story.may_not(story.nurse, c.GiveAdvice(text="a", justification="b")) == "role_forbids"
    assert story.may_not(story.physician, c.AcknowledgeAdvice(advice=advice.advice)) == "role_forbids"
    assert story.may_not(story.nurse, c.AcknowledgeAdvice(advice="advice_99")) == "unknown_advice"


def test_plan_b_is_tried_taken_and_ended(story):
    story.opens().calls()
    assert story.may_not(story.nurse, c.TryPlanB(works=True)) == "plan_b_not_declared"
    assert story.may_not(story.nurse, c.EndPlanB(resumed=True)) == "plan_b_not_taken"
    story.does(story.nurse, c.DeclarePlanB(telephone="418 555-0199", procedure="Téléphone"), c.TryPlanB(works=True))
    story.does(story.nurse, c.TakePlanB(step="telephone"))
    assert story.act.plan_b.taken.step == "telephone"
    story.does(story.physician, c.EndPlanB(resumed=True))
    assert story.act.plan_b.taken is None
    assert story.act.plan_b.tried.works


def test_an_incident_is_followed_to_its_end(story):
    story.prepares().goes_live()
    (incident,) = story.does(story.nurse, c.ReportIncident(kind="sound", description="Plus de son"))
    resolved = c.ResolveIncident(incident=incident.incident, resumed=True, seconds_lost=40)
    story.does(story.nurse, resolved)
    assert story.act.incidents[0].resolved.seconds_lost == 40
    assert story.may_not(story.nurse, resolved) == "incident_already_resolved"
    other = c.ResolveIncident(incident="incident_99", resumed=True, seconds_lost=0)
    assert story.may_not(story.nurse, other) == "unknown_incident"


def test_a_poor_verdict_says_what_lacks(story):
    story.prepares().goes_live()
    poor = c.DeclareAdequacy(subject="clinical", verdict=Adequacy.INSUFFICIENT)
    assert story.may_not(story.physician, poor) == "verdict_reason_missing"
    story.does(story.physician, c.DeclareAdequacy(subject="clinical", verdict=Adequacy.LIMITED, decision="Photo"))


def test_the_program_records_links_losses_and_quality_and_nobody_speaks_for_another(story):
    story.prepares().goes_live()
    nurse, physician = story.id_of(story.nurse), story.id_of(story.physician)
    story.does(
        story.nurse,
        c.OpenLink(
            session=story.act.session,
            link="l1",
            direction="publish",
            source="face",
            client_fingerprint="A",
            server_fingerprint="B",
        ),
    )
    story.does(
        story.system,
        c.LoseConnection(participant=nurse),
        c.RestoreConnection(participant=nurse, seconds=4),
        c.MeasureQuality(participant=nurse, source="face", verdict=Adequacy.LIMITED, loss_per_mille=40),
    )
    story.does(story.nurse, c.LoseConnection(participant=nurse))
    for command in (
        c.LoseConnection(participant=physician),
        c.RestoreConnection(participant=physician, seconds=1),
        c.MeasureQuality(participant=physician, source="face", verdict=Adequacy.LIMITED),
    ):
        assert story.may_not(story.nurse, command) == "not_yours"
    assert all(recorded.body.technical for recorded in story.act.events[-5:])


def test_a_link_that_was_negotiated_in_an_earlier_session_is_refused(story):
    story.prepares().goes_live()
    late = c.OpenLink(
        session=story.act.session,
        link="l1",
        direction="publish",
        source="face",
        client_fingerprint="A",
        server_fingerprint="B",
    )
    story.does(story.nurse, c.EndLive())
    story.goes_live()
    assert story.may_not(story.nurse, late) == "session_has_changed"


def test_an_observer_watches_and_sends_nothing(story):
    story.prepares()
    observer = story.invites(Role.OBSERVER, Side.REMOTE)
    story.goes_live()
    story.does(observer, c.JoinSession())

    def link(direction):
        fingerprints = {"client_fingerprint": "A", "server_fingerprint": "B"}
        return c.OpenLink(session=story.act.session, link="l1", direction=direction, source="face", **fingerprints)

    assert story.may_not(observer, link("publish")) == "observer_publishes"
    story.does(observer, link("subscribe"))


def test_the_system_does_what_the_house_does_and_no_more(story):
    story.prepares().goes_live()
    system = Author(actor=Actor(kind="system", id="room"))
    assert story.may_not(system, c.GiveAdvice(text="a", justification="b")) == "role_forbids"
    (left,) = story.does(system, c.LeaveSession(participant=story.id_of(story.nurse), reason="lost"))
    assert left.reason == "lost"
    assert story.id_of(story.nurse) not in story.act.present


@pytest.mark.parametrize("text", ["", None])
def test_a_form_is_kept_whole_and_its_next_save_replaces_it(story, text):
    story.prepares()

    def save(instance, answers):
        return c.SaveForm(
            instance=instance, form="wound_care.wound", form_version=1, schema_sha256="a" * 64, answers=answers
        )

    (saved,) = story.does(story.nurse, save("", {"remark": text}))
    story.does(story.nurse, save(saved.instance, {"remark": "Propre"}))
    assert story.act.forms[saved.instance].answers == {"remark": "Propre"}
    assert len(story.act.forms) == 1
