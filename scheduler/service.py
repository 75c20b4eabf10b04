"""The scheduler of one process; any number of them may run side by side.

APScheduler says when a slot comes. The slot is then offered to ``claim``, which lets exactly one process have it (an
INSERT … ON CONFLICT DO NOTHING in the store), so replicas need neither a leader nor a shared job store.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.jobs import After, Job
from scheduler.triggers import build

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scheduler.executor import Executor

    Claim: TypeAlias = Callable[[Job, datetime], int | None]
    Missed: TypeAlias = Callable[[Job, datetime], None]
else:
    Claim: TypeAlias = Any
    Missed: TypeAlias = Any

_LOG = logging.getLogger(__name__)


def _system_now() -> datetime:
    return datetime.now(UTC)


def _report_missed(job: Job, slot: datetime) -> None:
    _LOG.warning("Job %s missed its slot %s.", job.name, slot.isoformat(), extra={"job": job.name})


class Scheduler:
    """Offers slots to the claim and hands what it won to the executor."""

    def __init__(
        self,
        jobs: Sequence[Job],
        claim: Claim,
        executor: Executor,
        *,
        now: Callable[[], datetime] = _system_now,
        missed: Missed = _report_missed,
    ) -> None:
        """Take the jobs, the claim (a run id, or None if another process has the slot) and the executor."""
        self._jobs = {job.name: job for job in jobs}
        self._claim = claim
        self._executor = executor
        self._now = now
        self._missed = missed
        self._clock: Any = None

    def start(self) -> None:
        """Begin to offer slots; the executor is started too."""
        self._executor.start()
        self._clock = BackgroundScheduler(executors={"default": _Offers(self._offer)}, timezone=UTC)
        for job in self._jobs.values():
            trigger = build(job)
            if trigger is not None:
                self._clock.add_job(
                    _never_called, trigger, args=(job.name,), id=job.name, name=job.name, coalesce=job.coalesce,
                    max_instances=job.max_instances, misfire_grace_time=None,  # our executor decides: it knows the slot
                )  # fmt: skip
        self._clock.start()

    def stop(self, timeout: float | None = None) -> bool:
        """Offer nothing more, let the runs end, and tell whether they did in time."""
        if self._clock is not None:
            self._clock.shutdown(wait=False)
            self._clock = None
        return self._executor.drain(timeout)

    def fire(self, name: str, slot: datetime | None = None) -> bool:
        """Run a job now, by hand or because the one before it ended; tell whether the slot was free."""
        return self._start(self._jobs[name], slot or self._now(), lambda _well: None)

    def _offer(self, name: str, times: Sequence[datetime], ended: Callable[[], None]) -> None:
        """Offer slots that have come; a slot that is too late is missed."""
        job = self._jobs[name]
        left = _Countdown(len(times), ended)
        for time in times:
            slot = time.astimezone(UTC)
            if self._now() - slot > job.misfire_grace:
                self._missed(job, slot)
                left.one()
            elif not self._start(job, slot, lambda _well: left.one()):
                left.one()

    def _start(self, job: Job, slot: datetime, told: Callable[[bool], None]) -> bool:
        run_id = self._claim(job, slot)
        if run_id is None:
            return False

        def done(well: bool) -> None:  # noqa: FBT001 - the executor's callback has one argument
            told(well)
            if well:
                self._followers(job, slot)

        self._executor.submit(run_id, priority=job.priority, done=done)
        return True

    def _followers(self, ended: Job, slot: datetime) -> None:
        for job in self._jobs.values():
            if isinstance(job.trigger, After) and job.trigger.job == ended.name:
                self.fire(job.name, slot)


class _Countdown:
    """Tells when the last of several slots has ended."""

    def __init__(self, number: int, ended: Callable[[], None]) -> None:
        self._left = number
        self._ended = ended

    def one(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._ended()


def _never_called(name: str) -> None:
    """Stand where APScheduler wants a function; our executor uses the name alone."""
    raise AssertionError(name)


class _Offers(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Gives the nominal times of a job to a callback: APScheduler's own executors keep them to themselves."""

    def __init__(self, offer: Callable[[str, Sequence[datetime], Callable[[], None]], None]) -> None:
        super().__init__()
        self._offer = offer

    def submit_job(self, job: Any, run_times: list[datetime]) -> None:
        """Offer outside of the lock, since a run may end before this returns."""
        with self._lock:
            if self._instances[job.id] >= job.max_instances:
                slot = run_times[-1].isoformat()
                _LOG.warning("Job %s still runs: its slot %s is left out.", job.id, slot, extra={"job": job.id})
                return
            self._instances[job.id] += 1
        offered = False
        try:
            self._offer(job.id, run_times, lambda: self._ended(job.id))
            offered = True
        finally:  # the store may be away for a moment: APScheduler logs it, and the next slot is offered all the same
            if not offered:
                self._ended(job.id)

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        """Do nothing more: APScheduler declares this step, ours is done above."""

    def _ended(self, name: str) -> None:
        with self._lock:
            self._instances[name] = max(0, self._instances[name] - 1)
