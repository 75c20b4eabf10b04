"""Quotas on a terminal: how many calls of the day or hour are used, and until when they last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ltc.app.cli.times import minute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ltc.app.cli.frame import Frame
    from ltc.core.contract import Limits

COLUMNS = ("system", "used", "of", "per", "left", "resets", "at this pace", "most a second")


def show_quotas(frame: Frame, quotas: Iterable[Mapping[str, Any]]) -> None:
    """Show the systems that were called under a limit."""
    rows = [_row(one) for one in quotas if one["used"] or one["rests_until"]]
    if rows:
        frame.print("\ncalls, by system")
        frame.table(COLUMNS, rows)


def _row(quota: Mapping[str, Any]) -> list[Any]:
    resets = minute(quota["resets"]) if quota["budget"] is not None else ""
    return [
        quota["system"], quota["used"], quota["budget"], quota["unit"], quota["left"], resets, pace(quota), quota["per_second"],
    ]  # fmt: skip


def pace(quota: Mapping[str, Any]) -> str:
    """Say what the present pace leads to.

    >>> pace({"budget": 10, "left": 4, "spent_at": "2026-03-02T15:40:00.000000Z", "rests_until": None, "resets": ""})
    'spent at 2026-03-02 15:40'
    >>> pace({"budget": 10, "left": 9, "spent_at": None, "rests_until": None}), pace({"budget": None, "rests_until": None})
    ('lasts', '')
    """
    if quota["rests_until"]:
        return f"rests until {minute(quota['rests_until'])}"
    if quota["budget"] is None:
        return ""
    if not quota["left"]:
        return f"spent until {minute(quota['resets'])}"
    return f"spent at {minute(quota['spent_at'])}" if quota["spent_at"] else "lasts"


def show_limits(frame: Frame, limits: Mapping[str, Any]) -> None:
    """Say in a line how often a system may be called."""
    said = [f"{limits['per_second']:g} a second ({limits['burst']} at once)"] if limits["per_second"] else []
    said += [f"{limits[name]:,} {word}" for name, word in (("per_day", "a day"), ("per_hour", "an hour")) if limits[name]]
    kept = [f"jobs below priority {one['below']} leave {one['share']:.0%} of them" for one in limits["reserve"]]
    shown = "; ".join((*said, *(kept if limits["per_day"] or limits["per_hour"] else ())))
    frame.print(f"Limits of calls: {shown or 'none'}.")


def described(limits: Limits, told: int = 0) -> dict[str, Any]:
    """Say what the limits are; what the system itself tells of its budget counts more than what is usual."""
    if told and limits.gauged and limits.usual:
        limits = replace(limits, per_hour=told) if limits.hourly else replace(limits, per_day=told)
    return {
        "per_second": limits.per_second, "burst": limits.most_at_once if limits.per_second else None,
        "per_day": limits.per_day, "per_hour": limits.per_hour,
        "reserve": [{"below": one.below, "share": one.share} for one in limits.reserve],
    }  # fmt: skip
