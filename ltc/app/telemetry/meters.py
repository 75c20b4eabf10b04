"""Meters: what this process counts for itself: calls with their time, and webhooks at the door."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltc.core.contract import Call

BOUNDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds at which the classes of a call's time end."""


@dataclass(slots=True)
class Times:
    """How many calls took how long: one number for each class, and one for what is longer."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.classes[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Meters:
    """May be used by several threads."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._lock = Lock()
        self._calls: defaultdict[tuple[str, str], Times] = defaultdict(Times)
        self._webhooks: Counter[tuple[str, str]] = Counter()

    def watching(self, system: str, journal: Callable[[Call], None]) -> Callable[[Call], None]:
        """Give a journal for a system's calls that counts each before it is kept."""

        def record(call: Call) -> None:
            with self._lock:
                self._calls[system, outcome(call.status)].add(call.milliseconds / 1000)
            journal(call)

        return record

    def webhook(self, system: str, came: str, number: int = 1) -> None:
        """Count webhooks of a system by what came of them; ``came`` is one of few words."""
        with self._lock:
            self._webhooks[system, came] += number

    def calls(self) -> dict[tuple[str, str], tuple[list[int], float]]:
        """Give the times of calls by system and outcome."""
        with self._lock:
            return {key: (list(times.classes), times.seconds) for key, times in self._calls.items()}

    def webhooks(self) -> dict[tuple[str, str], int]:
        """Give the numbers of webhooks by system and what came of them."""
        with self._lock:
            return dict(self._webhooks)


def outcome(status: str) -> str:
    """Class a call by its answer: HTTP's classes, and one word for all that never answered.

    >>> outcome("204"), outcome("503"), outcome("ConnectTimeout"), outcome("S")
    ('2xx', '5xx', 'no_answer', 'other')
    """
    if status[:3].isdecimal() and len(status) == 3:
        return f"{status[0]}xx"
    return "no_answer" if status.endswith(("Error", "Timeout", "Exception")) else "other"
