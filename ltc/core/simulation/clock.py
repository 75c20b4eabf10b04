"""Virtual time: it stands still until someone sleeps or moves it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta


class VirtualClock:
    """A clock that a test or the sandbox moves; sleeping takes no real time."""

    def __init__(self, start: datetime) -> None:
        """Begin at a zone-aware time."""
        if start.tzinfo is None:
            message = "A virtual clock needs a zone-aware start, such as datetime(2026, 1, 1, tzinfo=UTC)."
            raise ValueError(message)
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Tell the virtual time."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> datetime:
        """Move time forward and tell the new time; time never goes back."""
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))
            return self._now
