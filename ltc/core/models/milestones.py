"""Milestones: what happened to a record and when, in business time; they are only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from ltc.core.models.registry import paths

_DAYS: Final[Mapping[str, str]] = {
    "order_date": "ordered",
    "issue_date": "issued",
    "paid_date": "paid",
    "refund_date": "refunded",
    "payout_date": "paid",
    "booking_date": "booked",
}
_NOT_YET: Final = frozenset({"expires_at", "evidence_due_at"})  # what will happen is no milestone

# A status whose moment has another name.
_MOMENTS: Final[Mapping[tuple[str, str], str]] = {
    ("opportunity", "won"): "closed_at",
    ("opportunity", "lost"): "closed_at",
    ("payment", "posted"): "paid_date",
    ("contract", "active"): "activated_at",
}


DAY: Final = len("2026-01-31")


class Milestone(NamedTuple):
    """A state that was reached; ``occurred_at`` is a date or a moment, "" if the record does not say when."""

    state: str
    occurred_at: str
    precision: Literal["day", "second"]


@cache
def _timed(entity: str) -> Mapping[str, str]:
    """Map the leaves of an entity that say when something happened to what happened."""
    found = {path: path.removesuffix("_at") for path, info in paths(entity).items() if info.type == "time" and "." not in path}
    found |= {path: state for path, state in _DAYS.items() if path in paths(entity)}
    return {path: state for path, state in found.items() if path not in _NOT_YET}


@cache
def _leaf_of(entity: str) -> Mapping[str, str]:
    """Map what happens to an entity to the first leaf that says when."""
    return {state: path for path, state in reversed(list(_timed(entity).items()))}


def milestone_of(entity: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Milestone]:
    """Name the states that a record has reached between two sightings of its leaves.

    >>> milestone_of("delivery", {"status": "planned"}, {"status": "shipped", "shipped_at": "2026-01-31T08:00:00Z"})
    [Milestone(state='shipped', occurred_at='2026-01-31T08:00:00Z', precision='second')]
    >>> milestone_of("order", {}, {"status": "confirmed"}), milestone_of("order", {}, {"order_date": "2026-01-30"})[0].precision
    ([Milestone(state='confirmed', occurred_at='', precision='second')], 'day')
    """
    reached: dict[tuple[str, str], None] = {}
    status = after.get("status")
    if status is not None and status != before.get("status"):
        leaf = _MOMENTS.get((entity, status)) or _leaf_of(entity).get(status, "")
        reached[status, after.get(leaf) or ""] = None
    for path, state in _timed(entity).items():
        moment = after.get(path)
        if moment is not None and moment != before.get(path):
            reached[state, moment] = None
    return [Milestone(state, moment, "day" if len(moment) == DAY else "second") for state, moment in reached]
