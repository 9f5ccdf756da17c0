"""Somebody comes, goes silent, comes back, or does not."""

from __future__ import annotations

from visavis_core.session.presence import (
    LEFT_AFTER,
    LOST_AFTER,
    RECORDED_AFTER,
    Change,
    Presence,
    hear,
    judge,
    lose,
    part,
)


def test_a_first_word_makes_somebody_present_and_the_next_changes_nothing() -> None:
    presence, changes = hear(Presence(), "par_nurse", 10.0)
    assert changes == (Change("shown_here", "par_nurse"),)
    presence, changes = hear(presence, "par_nurse", 12.0)
    assert changes == ()
    assert presence.is_here("par_nurse")


def test_silence_is_shown_first_and_recorded_only_when_it_lasts() -> None:
    presence, _ = hear(Presence(), "par_nurse", 0.0)
    presence, changes = judge(presence, LOST_AFTER - 0.1)
    assert changes == ()
    presence, changes = judge(presence, LOST_AFTER)
    assert changes == (Change("shown_lost", "par_nurse"),)
    presence, changes = judge(presence, LOST_AFTER + RECORDED_AFTER)
    assert changes == (Change("lost", "par_nurse"),)
    presence, changes = judge(presence, LOST_AFTER + RECORDED_AFTER + 1)
    assert changes == (), "a loss is recorded once"


def test_a_reloaded_page_is_not_written_into_the_record() -> None:
    presence, _ = hear(Presence(), "par_md", 0.0)
    presence, _ = lose(presence, "par_md", 1.0)
    presence, changes = hear(presence, "par_md", 1.0 + RECORDED_AFTER / 2)
    assert changes == (Change("shown_here", "par_md"),)


def test_a_recorded_loss_is_followed_by_a_recorded_return_with_its_length() -> None:
    presence, _ = hear(Presence(), "par_md", 0.0)
    presence, _ = lose(presence, "par_md", 10.0)
    presence, _ = judge(presence, 14.0)
    presence, changes = hear(presence, "par_md", 27.4)
    assert changes == (Change("shown_here", "par_md"), Change("restored", "par_md", 17))
    assert presence.is_here("par_md")


def test_who_stays_away_counts_as_gone() -> None:
    presence, _ = hear(Presence(), "par_md", 0.0)
    presence, _ = lose(presence, "par_md", 10.0)
    presence, changes = judge(presence, 10.0 + LEFT_AFTER)
    assert changes == (Change("gone", "par_md", round(LEFT_AFTER)),)
    assert not presence.people


def test_leaving_by_choice_is_not_a_loss() -> None:
    presence, _ = hear(Presence(), "par_md", 0.0)
    presence = part(presence, "par_md")
    assert judge(presence, 1000.0)[1] == ()
