"""How a process dies in a test: at a crash point of the engine, the nth time that it gets there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable


class Killed(BaseException):
    """The process died here."""


def kill_at(point: str, nth: int = 1) -> Callable[[str], None]:
    """Die when a crash point is reached for the nth time."""
    seen = Counter[str]()

    def crash(here: str) -> None:
        seen[here] += 1
        if here == point and seen[here] == nth:
            raise Killed(point)

    return crash
