"""A long queue: nothing is lost in it, and no page grows with it."""

from __future__ import annotations

from typing import Any

import httpx
from visavis_core.identity.limits import Limits
from visavis_core.queue import ActSummary
from visavis_core.web.pages.home import ROWS_SHOWN, group_rows
from visavis_sdk.vocabulary import ActKind, ActPhase, Outcome

from .story import cause_in, text_of


def closed(count: int) -> tuple[ActSummary, ...]:
    return tuple(
        ActSummary(
            act=f"act_{number}",
            kind=ActKind.TELEASSISTANCE,
            phase=ActPhase.CLOSED,
            emergency=False,
            outcome=Outcome.COMPLETED,
            opened_at="2026-11-28T10:00:00Z",
            relation="participant",
        )
        for number in range(count)
    )


def test_every_row_of_a_long_group_is_on_exactly_one_page() -> None:
    rows = closed(2 * ROWS_SHOWN + 3)
    seen: list[str] = []
    page: int | None = 0
    while page is not None:
        [part] = group_rows(rows, "closed", page)
        assert len(part.rows) <= ROWS_SHOWN
        assert part.count == len(rows)
        seen += [row.act for row in part.rows]
        page = part.later
    assert seen == [row.act for row in rows]
    assert part.earlier == 1


def test_a_page_that_does_not_exist_is_the_first_and_an_unknown_group_is_all_of_them() -> None:
    rows = closed(3)
    [part] = group_rows(rows, "closed", 99)
    assert (part.first, len(part.rows)) == (0, 3)
    assert [part.name for part in group_rows(rows, "nonsense", 1)] == ["requests", "mine", "to_sign", "closed"]


async def test_a_long_list_is_cut_and_its_rest_is_a_link_away(nurse: httpx.AsyncClient, house: Any) -> None:
    for number in range(ROWS_SHOWN + 2):
        house.limits = Limits(lambda: 0.0)  # the limit on opening is another story
        press = {"_cause": f"queue.{number}", "specialty": "surgery"}
        assert (await nurse.post("/acts", data=press)).status_code == 303
    home = (await nurse.get("/")).text
    assert f"1 à {ROWS_SHOWN} sur {ROWS_SHOWN + 2}" in text_of(home)
    assert home.count('class="queue-row') == ROWS_SHOWN
    rest = (await nurse.get("/?group=mine&page=1")).text
    assert rest.count('class="queue-row') == 2
    assert "Toute ma file" in text_of(rest)


async def test_nobody_opens_acts_by_the_hundred(nurse: httpx.AsyncClient) -> None:
    cause = cause_in((await nurse.get("/acts/open")).text)
    answers = [
        await nurse.post("/acts", data={"_cause": f"{cause}.{number}", "specialty": "surgery"}) for number in range(60)
    ]
    assert {answer.status_code for answer in answers} == {303, 429}
    assert "Trop d’essais" in text_of(answers[-1].text)
