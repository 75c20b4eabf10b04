"""Soon: what is to be begun in a moment, unless it is called off before; one thread looks after all of it.

Most leases are held for a few milliseconds. A thread for each, to renew it, cost more than what was done under it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from threading import Lock, Thread

LOOK_SECONDS = 0.5
"""So often the thread looks whether something is due; nobody wakes it, since that is what costs."""
IDLE_LOOKS = 4
"""After so many looks at nothing the thread ends; the next one who comes begins another."""


class Soon:
    """Begins things about as many seconds later as was said, in the thread that looks after them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = count()
        self._waiting: dict[int, tuple[float, Callable[[], None]]] = {}
        self._thread: Thread | None = None

    def begin(self, seconds: float, action: Callable[[], None]) -> int:
        """Begin something after so many seconds, up to half a second later; the number calls it off."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._waiting.clear()  # a fork has no thread, and what its parent waits for is not its own
                self._thread = Thread(target=self._look, name="soon", daemon=True)
                self._thread.start()
            number = next(self._numbers)
            self._waiting[number] = (time.monotonic() + seconds, action)
        return number

    def call_off(self, number: int) -> None:
        """Let it be; when this is over, it either has begun as a whole or never will."""
        with self._lock:
            self._waiting.pop(number, None)

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                idle = 0 if self._waiting else idle + 1
                if idle == IDLE_LOOKS:
                    self._thread = None
                    return
                now = time.monotonic()
                due = [number for number, (at, _) in self._waiting.items() if at <= now]
                for number in due:
                    self._waiting.pop(number)[1]()
