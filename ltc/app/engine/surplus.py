"""Surplus: a draft of ours that showed when nobody waited for it any more is thrown away, so that nobody sends it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ltc.core.contract import SettleRule, Verb
from ltc.core.models.canonical import parse_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import RecordState

DRAFT = "draft"
"""The status of what nobody but us has seen yet."""


AT_MOST_LATE = timedelta(hours=1)
"""A create that takes effect late does so within minutes; a draft with our key that is made later is a person's copy."""


def surplus_draft(scope: Scope, records: Sequence[RecordState], kept: RecordState) -> RecordState | None:
    """Find a draft beside the record that a golden record has in a system, where creates are settled by their drafts.

    A create may take effect after it was looked for and done again. Which of two unsent drafts will be sent is not known yet.
    """
    verbs = scope.spec.verbs if scope.spec is not None else {}
    if Verb.CANCEL not in verbs or not any(step.settle is SettleRule.DRAFT for step in verbs.get(Verb.CREATE, ())):
        return None
    if kept.leaves.get("status") == DRAFT:
        return None
    others = (record for record in records if record is not kept and record.speaks and record.evidence == "hub_key")
    return next((one for one in others if one.leaves.get("status") == DRAFT and _together(one, kept)), None)


def _together(one: RecordState, other: RecordState) -> bool:
    """Tell whether two records were made by the same write, as far as their times can tell."""
    times = [record.leaves.get("created_at") for record in (one, other)]
    if None in times:
        return False
    first, second = (parse_time(str(time)) for time in times)
    return abs(first - second) <= AT_MOST_LATE
