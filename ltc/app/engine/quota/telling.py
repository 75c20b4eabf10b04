"""What there is to tell of quotas: how much is used, for whom there is some left, and when it will be spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltc.app.engine.context import instant
from ltc.app.engine.quota.gate import budget_of, instant_of
from ltc.app.engine.quota.period import forecast, period
from ltc.core.contract import SystemClock
from ltc.core.store import quotas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltc.core.contract import Clock, Limits
    from ltc.core.store import Tx


def told(tx: Tx, limits: Mapping[str, Limits], clock: Clock) -> list[dict[str, Any]]:
    """Tell of each system that has limits how they stand."""
    virtual = None if isinstance(clock, SystemClock) else int(clock.now().timestamp() * 1e6)
    return [_told(system, one, quotas.look(tx, system, virtual)) for system, one in limits.items() if is_limited(one)]


def is_limited(limits: Limits) -> bool:
    """Tell whether there is anything to say of a system's limits."""
    return limits.per_second is not None or limits.budget is not None or limits.gauged


def _told(system: str, limits: Limits, state: quotas.State) -> dict[str, Any]:
    now = instant_of(state.now)
    begun, ends = period(limits, now)
    used = state.used_since(int(begun.timestamp() * 1e6))
    budget = budget_of(limits, state.told_limit)
    spent = forecast(limits, budget, used, now) if budget is not None else None
    return {
        "system": system, "per_second": limits.per_second, "unit": "hour" if limits.hourly else "day",
        "budget": budget, "used": used, "left": max(0, budget - used) if budget is not None else None,
        "began": instant(begun), "resets": instant(ends),
        "spent_at": instant(spent) if spent is not None else None,
        "told_by_system": instant(instant_of(state.told_at)) if limits.gauged and state.told_at else None,
        "rests_until": instant(instant_of(state.rests_until)) if state.rests_until > state.now else None,
        "why": state.why if state.rests_until > state.now else "",
    }  # fmt: skip
