"""How long a lane waits for more webhooks before it looks again: one call reads many records, if they are there together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CALM, CROWDED = 30.0, 60.0
"""So many webhooks a second are followed at once, and from so many on they are gathered for as long as may be."""

GATHER_SECONDS = 2.5
MEMORY_SECONDS = 1.0

SCARCE = ((0.1, 60.0), (0.25, 10.0), (0.5, 2.0))
"""Seconds to wait when less than such a share of the system's calls is left: late is better than shut out for hours."""


class Pace:
    """Knows how fast webhooks came lately."""

    def __init__(self) -> None:
        """Begin in silence."""
        self._rate = 0.0

    def pause(self, found: int, seconds: float, quota: Mapping[str, int]) -> float:
        """Give the seconds to wait after a turn that found so many webhooks, in so many seconds since the turn before.

        >>> pace = Pace()
        >>> [pace.pause(2, 0.1, {}) for _ in range(50)] == [0.0] * 50
        True
        >>> [round(pace.pause(100, 1.0, {}), 1) for _ in range(2)]
        [2.5, 2.5]
        >>> Pace().pause(2, 1.0, {"used": 2000, "limit": 3000}), Pace().pause(0, 1.0, {"used": 2999, "limit": 3000})
        (2.0, 0.0)
        """
        if seconds > 0:
            self._rate += (found / seconds - self._rate) * min(1.0, seconds / MEMORY_SECONDS)
        if not found:
            return 0.0
        crowd = min(1.0, max(0.0, (self._rate - CALM) / (CROWDED - CALM)))
        limit = quota.get("limit", 0)
        left = 1 - quota.get("used", 0) / limit if limit > 0 else 1.0
        return max(crowd * GATHER_SECONDS, next((pause for share, pause in SCARCE if left < share), 0.0))
