"""How often a system lets itself be called: what a connector says of its vendor, and an admin of the system at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Reserve:
    """The last share of a budget, which work of a priority below this one leaves to others."""

    share: float
    below: int


RESERVES = (Reserve(0.20, below=0), Reserve(0.05, below=50))
"""Unless it is said otherwise, a full read leaves a fifth to the rest, and what time starts leaves a twentieth to webhooks."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls a second with a burst, and a budget a day or an hour; nothing said means no limit.

    ``burst`` is how many calls may come at once, 0 for as many as a second has. A day begins at ``resets_at`` in ``time_zone``.
    ``gauged`` says that the ``used`` and ``limit`` of the connector's gauge speak of this budget; then a budget that is only
    ``usual`` with the vendor gives way to what the system itself says.
    """

    per_second: float | None = None
    burst: int = 0
    per_day: int | None = None
    per_hour: int | None = None
    time_zone: str = "UTC"
    resets_at: time = time(0)
    reserve: tuple[Reserve, ...] = RESERVES
    gauged: bool = False
    usual: bool = True

    @property
    def budget(self) -> int | None:
        """Give the calls of a day or of an hour; None if they are not limited."""
        return self.per_hour if self.per_hour is not None else self.per_day

    @property
    def hourly(self) -> bool:
        """Tell whether the budget is one of hours."""
        return self.per_hour is not None

    @property
    def most_at_once(self) -> int:
        """Give the calls that may come at once, where there is a limit per second."""
        return self.burst or max(1, round(self.per_second or 0))

    def open_to(self, priority: int, budget: int) -> int:
        """Say how much of a budget work of a priority may use.

        >>> [Limits().open_to(priority, 1000) for priority in (-10, 0, 50)]
        [800, 950, 1000]
        """
        kept = max((one.share for one in self.reserve if priority < one.below), default=0.0)
        return budget - round(budget * kept)
