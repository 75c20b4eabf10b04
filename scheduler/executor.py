"""Who does the work: an executor is told run ids, and the store is the queue, so that a message may be lost or doubled."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from scheduler.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often an idle worker looks for what another process has queued."""

AWAY_SECONDS = 5.0
"""How long it lets a store be that is away, at most."""

T = TypeVar("T")


class Executor(Protocol):
    """Brings queued runs to workers, here or elsewhere."""

    def start(self) -> None:
        """Begin to work."""

    def submit(self, run_id: int, *, priority: int = 0) -> None:
        """Tell the workers that a run waits."""

    def drain(self, timeout: float | None = None) -> bool:
        """Begin nothing new, let what runs come to its end, and tell whether it did in time; what waits is left to others."""


class Elsewhere:
    """For a process that only queues runs: workers of other processes look for them by themselves."""

    def start(self) -> None:
        """Begin nothing."""

    def submit(self, run_id: int, *, priority: int = 0) -> None:
        """Leave the run where it is: in the store."""

    def drain(self, timeout: float | None = None) -> bool:
        """Have nothing to end."""
        del timeout
        return True


class LocalExecutor(Generic[T]):
    """Threads of this process: the embedded default. Each takes what is most urgent in the store, also what others queued."""

    def __init__(
        self, take: Callable[[], T | None], work: Callable[[T], None], workers: int = 2, *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        """Take how a run is taken (None: there is nothing to do) and how it is worked on."""
        self._take, self._work = take, work
        self._look_seconds = look_seconds
        self._lookout = threading.Lock()
        self._away = Outage(_LOG, "No work can be had", first=look_seconds, longest=max(AWAY_SECONDS, look_seconds))
        self._woken, self._stop = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._go, name=f"ltc-worker-{number}", daemon=True) for number in range(1, workers + 1)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def submit(self, run_id: int, *, priority: int = 0) -> None:
        """Let an idle thread look at once."""
        del run_id, priority
        self._woken.set()

    def drain(self, timeout: float | None = None) -> bool:
        """Let each thread come to the end of its slice."""
        self._stop.set()
        self._woken.set()
        until = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(None if until is None else max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _go(self) -> None:
        while not self._stop.is_set():
            taken = self._next()
            if taken is not None:
                try:
                    self._work(taken)
                except Exception:  # noqa: BLE001 - a bug in one run ends that run, and not the worker
                    _LOG.exception("A run broke off.")

    def _next(self) -> T | None:
        """Wait for something to do; one idle thread looks, and the next takes its place when it has found some."""
        with self._lookout:
            while not self._stop.is_set():
                self._woken.clear()
                try:
                    taken = self._take()
                except Exception as fault:  # noqa: BLE001 - the store may be away for a while: a worker outlives that
                    self._woken.wait(self._away.note(fault))
                    continue
                self._away.over()
                if taken is not None:
                    return taken
                self._woken.wait(self._look_seconds)
        return None
