"""The second look notices what cannot be, says where, and stays silent otherwise."""

from __future__ import annotations

import pytest
from visavis_sdk.testing import Host, captured, tell

FORM = "wound_care.wound"
SOUND = {
    "kind": "pressure",
    "site": "sacrum",
    "side": "midline",
    "origin_date": "2026-01-02",
    "length": "4",
    "width": "3",
    "slough": "60",
    "granulation": "40",
    "exudate": "moderate",
    "exudate_type": ["serous"],
    "edge": ["undermined"],
    "undermining": "1,2",
    "undermining_clock": "3",
    "periwound": ["erythema"],
    "erythema": "1",
    "pain": "3",
    "photos": ["still_1"],
    "next_change": "2026-01-17",
}


@pytest.fixture(scope="module")
def host():
    return Host.load("visavis_wound_care")


def findings(host, **changes):
    return host.review(FORM, host.fill(FORM, SOUND | changes))


def test_a_sound_form_has_nothing_to_say(host):
    assert findings(host) == ()


@pytest.mark.parametrize(
    ("changes", "severity", "fields"),
    [
        ({"origin_date": "2026-01-16"}, "alert", ("origin_date",)),
        ({"next_change": "2026-01-14"}, "attention", ("next_change",)),
        ({"slough": "50"}, "alert", ("necrosis", "slough", "granulation", "epithelium")),
        ({"necrosis": "10"}, "alert", ("necrosis", "slough", "granulation", "epithelium")),
        ({"exudate": "none"}, "attention", ("exudate", "exudate_type")),
        ({"edge": ["attached"]}, "attention", ("edge", "undermining")),
        ({"undermining": "", "edge": []}, "attention", ("undermining", "undermining_clock")),
        ({"periwound": ["intact", "erythema"]}, "attention", ("periwound",)),
        ({"periwound": ["maceration"]}, "attention", ("periwound", "erythema")),
        ({"width": "0"}, "alert", ("width",)),
        ({"closed": "on"}, "alert", ("closed", "length", "width", "slough", "granulation", "exudate")),
    ],
)
def test_each_contradiction_is_noticed_where_it_is(host, changes, severity, fields):
    assert [(finding.severity, finding.fields) for finding in findings(host, **changes)] == [(severity, fields)]


def test_the_sum_of_tissues_is_said_in_both_languages(host):
    answers = host.fill(FORM, SOUND | {"slough": "50"})
    (french,), (english,) = host.review(FORM, answers), host.review(FORM, answers, language="en")
    assert french.text == "Les tissus font 90\u00a0%\u00a0; ils doivent faire 100\u00a0%."
    assert english.text == "The tissues make 90%; they must make 100%."


def test_a_closed_wound_is_no_contradiction(host):
    closed = {"kind": "pressure", "site": "sacrum", "closed": "on", "length": "0", "width": "0", "exudate": "none"}
    assert host.review(FORM, host.fill(FORM, closed)) == ()


def test_the_forms_of_others_are_left_alone(host):
    assert host.review("someone_elses.form", None) == ()
    assert host.failures == []


# -- completeness ----------------------------------------------------------------------------------------------------


def gaps(host, *events, **changes):
    answers = host.fill(FORM, SOUND | changes)
    return [gap.fields for gap in host.gaps(FORM, answers, tell(*events))]


def test_a_full_dossier_has_no_gap(host):
    assert gaps(host, captured("still_1")) == []


def test_a_bare_form_says_what_is_missing_and_where(host):
    answers = host.fill(FORM, {"kind": "pressure", "site": "heel"})
    found = host.gaps(FORM, answers)
    assert [gap.fields for gap in found] == [
        ("side",),
        ("length", "width"),
        ("exudate",),
        ("necrosis", "slough", "granulation", "epithelium"),
        ("photos",),
        ("pain",),
    ]
    assert [gap.level for gap in found] == ["required"] * 5 + ["recommended"]


def test_a_reason_closes_a_gap_as_well_as_a_value(host):
    reasons = {"length": {"absent": "not_measurable"}, "pain": {"absent": "refused"}, "exudate": {"absent": "not_done"}}
    assert gaps(host, captured("still_1"), **reasons, exudate_type=[]) == []


def test_a_paired_site_has_no_midline(host):
    assert gaps(host, captured("still_1"), site="heel") == [("side",)]


def test_a_photo_of_another_act_is_not_a_photo_of_this_wound(host):
    assert gaps(host, captured("still_2")) == [("photos",)]
