"""The sweeper: one thread in each process that looks for runs which wait in vain, or whose worker was lost."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol

from scheduler.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scheduler.executor import Executor

_LOG = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
"""After so long it looks again when the store could not be asked."""


class Waiting(Protocol):
    """A run that waits for a worker."""

    @property
    def run_id(self) -> int:
        """Give its number."""

    @property
    def priority(self) -> int:
        """Say how urgent it is."""


class Sweeper:
    """Asks the store what waits, and tells the executor."""

    def __init__(self, look: Callable[[], tuple[Iterable[Waiting], float]], executor: Executor) -> None:
        """Take the question: it gives the runs that wait, and after how many seconds it is worth to be asked again."""
        self._look, self._executor = look, executor
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, name="ltc-sweeper", daemon=True)

    def start(self) -> None:
        """Look at once, and then again and again."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _go(self) -> None:
        away = Outage(_LOG, "What waits cannot be looked after", first=AWAY_SECONDS, longest=AWAY_SECONDS)
        pause, owed = 0.0, dict[int, Waiting]()  # the store says what waits once, and then not again for a long time
        while not self._stop.wait(pause):
            try:
                waiting, pause = self._look()
                owed |= {one.run_id: one for one in waiting}
                for one in list(owed.values()):
                    self._executor.submit(one.run_id, priority=one.priority)
                    del owed[one.run_id]
            except Exception as fault:  # noqa: BLE001 - store or broker may be away for a while: the sweeper is who comes back
                pause = away.note(fault)
            else:
                away.over()
