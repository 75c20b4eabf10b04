"""From a job's trigger to the moments at which it fires: its slots.

What happens when clocks change, for a job that names hours (`30 2 * * *`):

- The hour that is skipped in spring: it runs once, at the moment that the old offset gives (03:30 on the wall).
- The hour that comes twice in autumn: it runs once, at the first of the two.

A job whose hours are `*` or `*/n` follows real time: it skips what does not exist and runs in both of the repeated hours.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.jobs import Cron, Every

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scheduler.jobs import Job
    from scheduler.windows import Window

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_SILENCES: Final = 1_000
_MINUTES_OF_A_WEEK: Final = 7 * 24 * 60 + 60
_RUNS_ON: Final = re.compile(r"\*(?:/\d+)?")


class _OncePerWallTime(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Leaves out the second of two equal wall-clock times, for jobs that name their hours."""

    def __init__(self, inner: CronTrigger) -> None:
        self._inner = inner

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Give the next moment, in the manner of APScheduler."""
        found: datetime | None = self._inner.get_next_fire_time(previous_fire_time, now)
        while found is not None and _is_repeated(found):
            found = self._inner.get_next_fire_time(found, _just_after(found))
        return found


def _just_after(moment: datetime) -> datetime:
    """Go on by the least step; in UTC, since Python adds to the wall clock and forgets which of two equal hours it is."""
    return (moment.astimezone(UTC) + timedelta(microseconds=1)).astimezone(moment.tzinfo)


def _is_repeated(moment: datetime) -> bool:
    return bool(moment.fold) and moment.utcoffset() != moment.replace(fold=0).utcoffset() and _exists(moment)


def _exists(moment: datetime) -> bool:
    """Tell a wall-clock time that a change of clocks skipped from one that is there."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None, fold=0) == moment.replace(tzinfo=None, fold=0)


class _Later(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Shifts every moment by the same time."""

    def __init__(self, inner: Any, offset: timedelta) -> None:
        self._inner = inner
        self._offset = offset

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Give the next moment, in the manner of APScheduler."""
        previous = _moved(previous_fire_time, -self._offset) if previous_fire_time is not None else None
        found: datetime | None = self._inner.get_next_fire_time(previous, _moved(now, -self._offset))
        return _moved(found, self._offset) if found is not None else None


class _OutsideSilence(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Leaves out what falls into windows of silence."""

    def __init__(self, inner: Any, windows: Sequence[Window], zone: ZoneInfo) -> None:
        self._inner = inner
        self._windows = windows
        self._zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Give the next moment, in the manner of APScheduler; None if there is none for as long as anyone looks."""
        found: datetime | None = self._inner.get_next_fire_time(previous_fire_time, now)
        for _ in range(_MOST_SILENCES):
            if found is None or not _is_silent(self._windows, self._zone, found):
                return found
            found = self._inner.get_next_fire_time(None, _end_of_silence(self._windows, self._zone, found))
        return None


def _is_silent(windows: Sequence[Window], zone: ZoneInfo, moment: datetime) -> bool:
    local = moment.astimezone(zone)
    return any(window.covers(local) for window in windows)


def _end_of_silence(windows: Sequence[Window], zone: ZoneInfo, moment: datetime) -> datetime:
    """Find the first whole minute after a moment that is in no window; windows begin and end on minutes."""
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
    for _ in range(_MINUTES_OF_A_WEEK):
        minute += timedelta(minutes=1)
        if not _is_silent(windows, zone, minute):
            break
    return minute.astimezone(moment.tzinfo)


def silence(job: Job, moment: datetime) -> timedelta:
    """Say how long a job must wait at a moment, by its windows of silence.

    >>> from scheduler.jobs import Job
    >>> from scheduler.windows import read_window
    >>> nightly = Job("nightly", quiet=(read_window("22:00-06:00"),))
    >>> [str(silence(nightly, datetime(2026, 3, 2, hour, 30, tzinfo=UTC))) for hour in (5, 6)]
    ['0:30:00', '0:00:00']
    """
    zone = ZoneInfo(job.time_zone)
    if not job.quiet or not _is_silent(job.quiet, zone, moment):
        return timedelta(0)
    return _end_of_silence(job.quiet, zone, moment) - moment


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Move a moment by real time, whatever the clocks on the wall do."""
    return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)


def offset(job: Job) -> timedelta:
    """Find how much later a job starts: a share of its jitter that only its name decides.

    >>> from scheduler.jobs import Job
    >>> nightly = Job("nightly", jitter=timedelta(minutes=10))
    >>> offset(nightly) == offset(nightly), timedelta(0) <= offset(nightly) < timedelta(minutes=10), offset(Job("nightly"))
    (True, True, datetime.timedelta(0))
    """
    milliseconds = int(job.jitter / timedelta(milliseconds=1))
    if not milliseconds:
        return timedelta(0)
    number = int.from_bytes(hashlib.sha256(job.name.encode()).digest()[:8], "big")
    return timedelta(milliseconds=number % milliseconds)


def build(job: Job) -> Any:
    """Make APScheduler's trigger for a job; None if time does not make it run."""
    trigger = _base(job)
    if trigger is None:
        return None
    if job.jitter:
        trigger = _Later(trigger, offset(job))
    return _OutsideSilence(trigger, job.quiet, ZoneInfo(job.time_zone)) if job.quiet else trigger


def _base(job: Job) -> Any:
    if isinstance(job.trigger, Every):
        return IntervalTrigger(seconds=job.trigger.period.total_seconds(), start_date=EPOCH, timezone=UTC)
    if isinstance(job.trigger, Cron):
        return _cron(job.trigger.expression, job.time_zone)
    return None


def _cron(expression: str, time_zone: str) -> Any:
    minute, hour, day, month, weekday = _fields(expression)
    trigger = CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday), timezone=ZoneInfo(time_zone)
    )
    return trigger if _RUNS_ON.fullmatch(hour) else _OncePerWallTime(trigger)


def _fields(expression: str) -> list[str]:
    fields = expression.lower().split()
    if len(fields) != 5:
        msg = f"a cron expression has five fields (minute, hour, day, month, weekday), this has {len(fields)}"
        raise ValueError(msg)
    if fields[2] != "*" and fields[4] != "*":
        msg = "day of month and weekday cannot both be given: cron runs on either, and few people expect it; write two jobs"
        raise ValueError(msg)
    return fields


def _weekdays(field: str) -> str:
    """Name the weekdays: cron counts from Sunday, APScheduler from Monday.

    >>> _weekdays("1-5"), _weekdays("0,6"), _weekdays("5-7"), _weekdays("*/2"), _weekdays("mon")
    ('mon,tue,wed,thu,fri', 'sun,sat', 'fri,sat,sun', '*/2', 'mon')
    """
    parts: list[str] = []
    for part in field.split(","):
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if found is None:
            parts.append(part)
            continue
        first, last = int(found[1]), int(found[2] or found[1])
        if last > 7 or first > last:
            msg = f"{part!r} is not a weekday or a range of them: 0 to 7, where 0 and 7 are Sunday"
            raise ValueError(msg)
        parts += [_WEEKDAYS[number] for number in range(first, last + 1)]
    return ",".join(dict.fromkeys(parts))


def check_cron(expression: str) -> None:
    """Raise ValueError with a reason if the expression cannot be used."""
    _cron(expression, "UTC")


def slots(job: Job, after: datetime, until: datetime) -> Iterator[datetime]:
    """Give the slots of a job later than one moment and not later than another, in UTC."""
    trigger = build(job)
    previous: datetime | None = None
    now = _just_after(after)
    while trigger is not None:
        found = trigger.get_next_fire_time(previous, now)
        if found is None or found > until:
            return
        yield found.astimezone(UTC)
        previous, now = found, _just_after(found)


def next_slot(job: Job, after: datetime) -> datetime | None:
    """Find the first slot of a job that is later than a moment; None if there is none.

    >>> from scheduler.jobs import Every, Job
    >>> str(next_slot(Job("often", Every(timedelta(minutes=5))), datetime(2026, 3, 2, 8, tzinfo=UTC)))
    '2026-03-02 08:05:00+00:00'
    >>> next_slot(Job("by hand"), datetime(2026, 3, 2, 8, tzinfo=UTC))
    """
    return next(slots(job, after, _NEVER), None)
