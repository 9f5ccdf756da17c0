"""The section of the note: what was answered, the score with its parts, the photos, each with its sources."""

from __future__ import annotations

import pytest
from visavis_sdk import Figure, Finding, Heading, Measurement, Table
from visavis_sdk.testing import Host, captured, tell

FORM = "wound_care.wound"
ANSWERS = {
    "kind": "pressure",
    "site": "sacrum",
    "side": "midline",
    "length": "4",
    "width": "3,5",
    "slough": "60",
    "granulation": "40",
    "exudate": "moderate",
    "exudate_type": ["serous"],
    "odour": "non",
    "pain": {"absent": "refused"},
    "dressing_applied": "Alginate",
    "photos": ["still_1"],
}


@pytest.fixture(scope="module")
def host():
    return Host.load("visavis_wound_care")


def section(host, language="fr", **changes):
    act = tell(captured("still_1"))
    return host.blocks(FORM, host.fill(FORM, ANSWERS | changes), act, language=language, sources=(2,))


def only(blocks, kind):
    return [block for block in blocks if isinstance(block, kind)]


def test_it_begins_with_what_and_where(host):
    assert only(section(host), Heading)[0].text == "Plaie\u00a0: escarre, sacrum, milieu"
    assert only(section(host, "en"), Heading)[0].text == "Wound: pressure injury, sacrum, midline"


def test_push_is_given_with_its_total_its_method_and_its_three_sub_scores(host):
    blocks = section(host)
    push = only(blocks, Measurement)[-1]
    assert (push.label, push.value, push.absent) == ("Score PUSH", "14", "")
    assert "NPIAP" in push.method
    assert "à confirmer par le clinicien" in push.method
    _description, scores = only(blocks, Table)
    assert scores.rows == (
        ("Surface (longueur × largeur)", "14 cm²", "9"),
        ("Exsudat", "Modéré", "2"),
        ("Tissu le plus péjoratif", "Fibrine", "3"),
    )


def test_numbers_are_written_as_the_reader_writes_them(host):
    assert only(section(host, width="3,1"), Table)[1].rows[0][1] == "12,4 cm²"
    assert only(section(host, "en", width="3,1"), Table)[1].rows[0][1] == "12.4 cm²"


def test_what_was_answered_is_told_and_what_was_not_is_left_out(host):
    description = dict(only(section(host), Table)[0].rows)
    assert description == {
        "Tissus": "fibrine 60\u00a0%, bourgeon 40\u00a0%",
        "Odeur inhabituelle": "non",
        "Exsudat": "modéré, séreux",
        "Pansement posé": "Alginate",
    }


def test_a_refused_answer_is_told_as_refused_and_not_as_zero(host):
    pain = next(block for block in only(section(host), Measurement) if block.label == "Douleur")
    assert (pain.value, pain.absent) == ("", "Refusé par le patient")


def test_without_a_measure_there_is_no_score_and_the_table_shows_the_hole(host):
    blocks = section(host, length={"absent": "not_measurable"})
    push = only(blocks, Measurement)[-1]
    assert (push.value, push.absent) == ("", "Non calculable\u00a0: une donnée manque")
    assert only(blocks, Table)[1].rows[0] == ("Surface (longueur × largeur)", "—", "—")


def test_the_photo_is_shown_by_its_hash_and_cites_its_capture(host):
    (figure,) = only(section(host), Figure)
    assert figure.sha256 == "ab" * 32
    assert figure.sources == (2, 1)
    assert figure.alternative == "Photographie. Plaie\u00a0: escarre, sacrum, milieu."


def test_a_photo_that_is_not_in_the_act_is_said_to_be_missing(host):
    blocks = section(host, photos=["still_9"])
    assert only(blocks, Figure) == []
    assert [finding.severity for finding in only(blocks, Finding)] == ["attention"]


def test_push_outside_pressure_injuries_is_flagged_as_such(host):
    assert only(section(host), Finding) == []
    (flagged,) = only(section(host, kind="venous"), Finding)
    assert "conçu pour l’escarre" in flagged.text


def test_every_block_cites_the_form(host):
    assert all(2 in block.sources for block in section(host))
