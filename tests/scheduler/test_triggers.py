"""When slots come, also on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler import Cron, Every, Job, check_cron, slots


def times(job, first, last):
    return [slot.strftime("%m-%dT%H:%MZ") for slot in slots(job, datetime.fromisoformat(first), datetime.fromisoformat(last))]


def berlin(expression):
    return Job("night", Cron(expression), time_zone="Europe/Berlin")


def test_an_hour_that_is_skipped_in_spring_runs_once():
    assert times(berlin("30 2 * * *"), "2026-03-28T00:00Z", "2026-03-31T00:00Z") == [
        "03-28T01:30Z", "03-29T01:30Z", "03-30T00:30Z",
    ]  # fmt: skip


def test_an_hour_that_comes_twice_in_autumn_runs_once():
    assert times(berlin("30 2 * * *"), "2026-10-24T00:00Z", "2026-10-27T00:00Z") == [
        "10-24T00:30Z", "10-25T00:30Z", "10-26T01:30Z",
    ]  # fmt: skip


def test_starting_between_the_two_equal_hours_of_autumn_waits_for_the_next_day():
    assert times(berlin("30 2 * * *"), "2026-10-25T00:45Z", "2026-10-27T00:00Z") == ["10-26T01:30Z"]


def test_every_hour_follows_real_time_through_both_changes():
    spring = times(berlin("0 * * * *"), "2026-03-28T23:30Z", "2026-03-29T03:30Z")
    autumn = times(berlin("0 * * * *"), "2026-10-24T23:30Z", "2026-10-25T03:30Z")
    assert spring == ["03-29T00:00Z", "03-29T01:00Z", "03-29T02:00Z", "03-29T03:00Z"]
    assert autumn == ["10-25T00:00Z", "10-25T01:00Z", "10-25T02:00Z", "10-25T03:00Z"]


def test_periods_name_the_same_slots_wherever_the_process_starts():
    job = Job("often", Every(timedelta(minutes=15)))
    first = times(job, "2026-01-01T00:03Z", "2026-01-01T00:50Z")
    assert first == ["01-01T00:15Z", "01-01T00:30Z", "01-01T00:45Z"]
    assert times(job, "2026-01-01T00:29:59Z", "2026-01-01T00:50Z") == first[1:]


def test_weekdays_count_from_sunday_as_cron_does():
    sundays = list(slots(Job("s", Cron("0 0 * * 0")), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC)))
    assert [slot.strftime("%a") for slot in sundays] == ["Sun", "Sun"]


@pytest.mark.parametrize("expression", ["* * * *", "61 * * * *", "0 0 1 * 1", "0 0 * * 8", "0 0 * * 5-2", "x * * * *"])
def test_a_wrong_expression_is_refused_with_a_reason(expression):
    with pytest.raises(ValueError, match=r"\w+"):
        check_cron(expression)
