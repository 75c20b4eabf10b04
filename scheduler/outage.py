"""An outage: what a process says of something that is away, how long it waits before it asks again, and that it is back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

TOLD_EVERY_SECONDS: Final = 60.0
"""So often a log says that something is still away: an outage of a night must not push what matters out of it."""


class Outage:
    """What is away, as one thread sees it.

    >>> import logging
    >>> away = Outage(logging.getLogger("doctest"), "No work can be had", longest=4.0)
    >>> [away.note(ConnectionError("The store is away.")) for _ in range(4)]
    [1.0, 2.0, 4.0, 4.0]
    >>> away.over()
    >>> away.note(ConnectionError("The store is away."))
    1.0
    """

    def __init__(
        self, log: logging.Logger, what: str, *, first: float = 1.0, longest: float = 5.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Take where to say it and what it keeps from happening, and the seconds that pass before the next attempts."""
        self._log, self._what, self._first, self._longest, self._now = log, what, first, longest, now
        self._pause = 0.0
        self._began = self._told_at = 0.0
        self._told = ""

    def note(self, fault: object, *, bug: BaseException | None = None) -> float:
        """Note a failed attempt, and give the seconds to wait; it is told if it is news, and once a minute."""
        now, why = self._now(), str(fault)
        if not self._pause:
            self._began = now
        if why != self._told or now - self._told_at >= TOLD_EVERY_SECONDS:
            self._told, self._told_at = why, now
            self._log.warning("%s: %s", self._what, why, exc_info=bug)
        self._pause = min(2 * self._pause or self._first, self._longest)
        return self._pause

    def over(self) -> None:
        """Note an attempt that did not fail; after an outage it is told how long that was."""
        if self._pause:
            self._log.info("Over after %.0f seconds: %s.", self._now() - self._began, self._what)
            self._pause, self._told = 0.0, ""
