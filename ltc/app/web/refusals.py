"""What the log says about refusals: a few of each kind in a minute, and how many more there were.

Whoever cannot sign may still send, as often as he likes: he must not fill the log, nor push what matters out of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

MOST = 10
PERIOD_SECONDS = 60.0


class Refusals:
    """Logs refusals sparingly."""

    def __init__(self, log: logging.Logger, most: int = MOST) -> None:
        """Take where to write, and how many lines of a kind may come in a minute."""
        self._log, self._most = log, most
        self._counts: Counter[str] = Counter()

    def warn(self, kind: str, message: str, *details: object, system: str = "", fault: Exception | None = None) -> None:
        """Log a refusal, or only count it; ``kind`` and ``system`` are of few names, never what a stranger said."""
        if not self._counts:
            asyncio.get_running_loop().call_later(PERIOD_SECONDS, self.tell)
        self._counts[kind] += 1
        if self._counts[kind] <= self._most:
            about = {"system": system} if system else {}
            self._log.log(logging.ERROR if fault else logging.WARNING, message, *details, exc_info=fault, extra=about)

    def tell(self) -> None:
        """Say what was only counted, and begin anew."""
        more = {kind: count - self._most for kind, count in self._counts.items() if count > self._most}
        self._counts.clear()
        if more:
            told = ", ".join(f"{count} {kind}" for kind, count in sorted(more.items()))
            self._log.warning(
                "%d more requests were refused in the last minute and not logged one by one: %s.", sum(more.values()), told
            )
