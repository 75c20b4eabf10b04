"""The day or the hour for which a budget holds, and at what time it will be spent at the present pace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ltc.core.contract import Limits

TOO_EARLY = 0.05
"""Before so much of a budget is used, its pace says nothing of the day."""


def period(limits: Limits, now: datetime) -> tuple[datetime, datetime]:
    """Give when the present day or hour of a budget began, and when the next one begins.

    >>> from ltc.core.contract import Limits
    >>> [at.isoformat() for at in period(Limits(per_day=1, time_zone="Europe/Berlin"), datetime(2026, 3, 29, 12, tzinfo=UTC))]
    ['2026-03-28T23:00:00+00:00', '2026-03-29T22:00:00+00:00']
    """
    local = now.astimezone(ZoneInfo(limits.time_zone))
    if limits.hourly:
        begun = (local - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)).astimezone(UTC)
        return begun, begun + timedelta(hours=1)
    day = local.date()
    if _reset(limits, day) > now:
        day -= timedelta(days=1)
    return _reset(limits, day), _reset(limits, day + timedelta(days=1))


def forecast(limits: Limits, budget: int, used: int, now: datetime) -> datetime | None:
    """Say when a budget will be spent if it goes on as it did since it began; None if it will last.

    >>> from ltc.core.contract import Limits
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> print(forecast(Limits(), 1000, 750, noon), forecast(Limits(), 1000, 500, noon), forecast(Limits(), 1000, 49, noon))
    2026-03-02 16:00:00+00:00 None None
    """
    begun, ends = period(limits, now)
    if used < max(1, budget * TOO_EARLY):
        return None
    if used >= budget:
        return now
    spent = begun + (now - begun) * (budget / used)
    return spent if spent < ends else None


def _reset(limits: Limits, day: date) -> datetime:
    return datetime.combine(day, limits.resets_at, ZoneInfo(limits.time_zone)).astimezone(UTC)
