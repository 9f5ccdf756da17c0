"""Each row of the France pack is met by one act and lacked by another, and says what the interface needs."""

from __future__ import annotations

import pytest
from visavis_france.plugin import create_plugin, obligations
from visavis_sdk.obligations import Due, Enforcement, Met, NotApplicable
from visavis_sdk.testing.duties import EXAMPLES

STEPS = {
    *("patient", "people", "consent", "need", "place", "plan_b", "check", "jurisdiction", "session", "advice"),
    *("quality", "incident", "note_assisting", "note_on_site", "close"),
}
ROWS = {row.id: row for row in obligations()}


@pytest.mark.parametrize("row", obligations(), ids=lambda row: row.id)
def test_each_row_is_met_by_one_act_and_lacked_by_another(row):
    example = EXAMPLES[row.check.__name__]
    assert isinstance(row.check(example.meets), Met)
    assert isinstance(row.check(example.lacks), NotApplicable if example.never_due else Due)


@pytest.mark.parametrize("row", obligations(), ids=lambda row: row.id)
def test_each_row_says_what_to_do_where_and_on_what_ground(row):
    assert row.jurisdiction == "france"
    assert row.step in STEPS
    sources = row.source.split()
    assert set(sources) <= {"S1", "S3", "S4"}
    assert row.citation.startswith(sources[0])
    assert "maison" in row.citation or row.id == "C6", "written for other acts: the citation says who applies it here"
    assert row.effective_from in {"2010-10-21", "2026-05-01", row.reviewed}
    for text in (row.advice, row.title):
        assert max(len(text.fr), len(text.en)) <= 100
    assert (row.stops is not None) is (row.enforcement is Enforcement.GATE)


def test_a_row_dated_by_a_decree_cites_its_article():
    dated = {id: row for id, row in ROWS.items() if row.effective_from == "2010-10-21"}
    assert set(dated) == {"B1", "D2", "D3", "E2", "G3"}
    assert all("R. 6316-" in row.citation for row in dated.values())
    recent = {id for id, row in ROWS.items() if row.effective_from == "2026-05-01"}
    assert all("S4" in ROWS[id].source for id in recent)


def test_a_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="colour"):
        create_plugin({"colour": "red"})
