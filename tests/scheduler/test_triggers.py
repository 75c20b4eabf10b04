"""When slots come, also on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler import Cron, Every, Job, check_cron, is_always, read_window, slots
from scheduler.triggers import offset


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


def test_jitter_moves_every_slot_of_a_job_by_the_same_time_and_jobs_apart():
    jobs = [Job(f"job{number}", Every(timedelta(minutes=5)), jitter=timedelta(minutes=5)) for number in range(200)]
    offsets = [offset(job) for job in jobs]
    assert len(set(offsets)) > 190
    assert max(offsets) < timedelta(minutes=5)
    found = list(slots(jobs[0], datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC)))
    assert found == [datetime(2026, 1, 1, tzinfo=UTC) + offsets[0] + number * timedelta(minutes=5) for number in range(12)]


def test_jitter_keeps_to_the_one_night_of_spring_and_autumn():
    job = Job("night", Cron("30 2 * * *"), time_zone="Europe/Berlin", jitter=timedelta(minutes=30))
    still = Job("night", Cron("30 2 * * *"), time_zone="Europe/Berlin")
    for first, last in (("2026-03-28T00:00Z", "2026-03-31T00:00Z"), ("2026-10-24T00:00Z", "2026-10-27T00:00Z")):
        span = datetime.fromisoformat(first), datetime.fromisoformat(last)
        assert list(slots(job, *span)) == [slot + offset(job) for slot in slots(still, *span)]


def test_slots_in_silence_do_not_come():
    windows = (read_window("mon-fri 08:00-18:00"), read_window("sat,sun"))
    job = Job("often", Every(timedelta(hours=2)), time_zone="Europe/Berlin", quiet=windows)
    assert times(job, "2026-03-06T05:00Z", "2026-03-09T21:00Z") == [
        "03-06T06:00Z", "03-06T18:00Z", "03-06T20:00Z", "03-06T22:00Z", "03-09T00:00Z", "03-09T02:00Z", "03-09T04:00Z",
        "03-09T06:00Z", "03-09T18:00Z", "03-09T20:00Z",
    ]  # fmt: skip


def test_a_job_of_every_second_goes_on_after_a_long_silence():
    job = Job("tick", Every(timedelta(seconds=1)), quiet=(read_window("06:00-22:00"),))
    first = next(slots(job, datetime(2026, 3, 2, 5, 59, 59, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)))
    assert first == datetime(2026, 3, 2, 22, tzinfo=UTC)


def test_a_job_that_silence_leaves_no_slot_never_comes():
    job = Job("noon", Cron("0 12 * * *"), quiet=(read_window("11:00-13:00"),))
    assert times(job, "2026-01-01T00:00Z", "2026-01-10T00:00Z") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a window"), ("8-18", "not a window"), ("mon-fry", "not a day"), ("25:00-26:00", "not a time of day"),
        ("08:00-08:00", "same time"), ("mon 08:00", "not a window"), ("00:70-01:00", "not a time of day"),
    ],
)  # fmt: skip
def test_a_wrong_window_is_refused_with_a_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_window(text)


def test_windows_that_leave_nothing_are_known():
    assert is_always([read_window("mon-sun")])
    assert is_always([read_window("06:00-22:00"), read_window("22:00-06:00")])
    assert not is_always([read_window("mon-sat"), read_window("sun 00:00-23:59")])
