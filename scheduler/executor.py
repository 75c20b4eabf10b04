"""Who does the work: an executor takes run ids, nothing else, so that losing or doubling a message does no harm."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class Executor(Protocol):
    """Runs what was claimed, here or elsewhere."""

    def start(self) -> None:
        """Begin to work."""

    def submit(self, run_id: int, *, priority: int = 0, done: Callable[[bool], None] | None = None) -> None:
        """Take a run; ``done`` is told whether it ended well, if this process learns it."""

    def drain(self, timeout: float | None = None) -> bool:
        """Take nothing new, finish what runs, and tell whether all of it ended in time; what waits is left to others."""


class LocalExecutor:
    """Threads of this process: the embedded default."""

    def __init__(self, work: Callable[[int], bool], workers: int = 2) -> None:
        """Take the function that executes a run by its id and tells whether it ended well."""
        self._work = work
        self._workers = workers
        self._order = itertools.count()
        self._waiting: queue.PriorityQueue[tuple[int, int, int, Callable[[bool], None] | None]] = queue.PriorityQueue()
        self._pool: ThreadPoolExecutor | None = None
        self._running: set[Future[None]] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Make the threads ready."""
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="ltc-worker")

    def submit(self, run_id: int, *, priority: int = 0, done: Callable[[bool], None] | None = None) -> None:
        """Put a run in the queue, the highest priority first."""
        with self._lock:
            if self._pool is None:
                _LOG.info("Run %s is left to others: this process is stopping.", run_id, extra={"run": run_id})
                return
            self._waiting.put((-priority, next(self._order), run_id, done))
            future = self._pool.submit(self._next)
            self._running.add(future)
        future.add_done_callback(self._ended)

    def drain(self, timeout: float | None = None) -> bool:
        """Finish what runs now; what only waits stays queued in the store."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is None:
            return True
        pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            running = set(self._running)
        return not wait(running, timeout).not_done

    def _next(self) -> None:
        """Do the most urgent of the waiting runs: one turn of a thread was asked for each of them."""
        _, _, run_id, done = self._waiting.get()
        well = False
        try:
            well = self._work(run_id)
        finally:
            if done is not None:
                done(well)

    def _ended(self, future: Future[None]) -> None:
        with self._lock:
            self._running.discard(future)
        fault = None if future.cancelled() else future.exception()
        if fault is not None:
            _LOG.error("A run broke off.", exc_info=fault)
