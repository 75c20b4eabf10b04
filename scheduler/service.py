"""The scheduler of one process; any number of them may run side by side.

APScheduler says when a slot comes. The slot is then offered to ``claim``, which lets exactly one process have it (an
INSERT … ON CONFLICT DO NOTHING in the store), so replicas need neither a leader nor a shared job store. What comes after a job,
and how many of its runs may overlap, is decided where runs begin and end: in the store.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler.jobs import Job
from scheduler.outage import Outage
from scheduler.triggers import build, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scheduler.executor import Executor

    Claim: TypeAlias = Callable[[Job, datetime], int | None]
    Missed: TypeAlias = Callable[[Job, datetime], None]
    Oldest: TypeAlias = Callable[[Job], datetime | None]
else:
    Claim: TypeAlias = Any
    Missed: TypeAlias = Any
    Oldest: TypeAlias = Any

_LOG = logging.getLogger(__name__)


def _system_now() -> datetime:
    return datetime.now(UTC)


def _report_missed(job: Job, slot: datetime) -> None:
    _LOG.warning("Job %s missed its slot %s.", job.name, slot.isoformat(), extra={"job": job.name})


def _nothing_known(job: Job) -> datetime | None:
    del job
    return None


class Scheduler:
    """Offers slots to the claim and tells the executor what it won."""

    def __init__(
        self,
        jobs: Sequence[Job],
        claim: Claim,
        executor: Executor,
        *,
        now: Callable[[], datetime] = _system_now,
        missed: Missed = _report_missed,
        oldest: Oldest = _nothing_known,
    ) -> None:
        """Take the jobs, the claim (a run id, or None if the slot is not to be had), the executor, and each job's oldest slot."""
        self._jobs = {job.name: job for job in jobs}
        self._claim = claim
        self._executor = executor
        self._now = now
        self._missed = missed
        self._oldest = oldest
        self._owed: dict[tuple[str, datetime], None] = {}
        self._away = {name: Outage(_LOG, f"The slots of job {name} wait") for name in self._jobs}
        self._lock = Lock()
        self._clock: Any = None

    def start(self) -> None:
        """Offer what came while no process was there, within each job's grace, and then each slot as it comes."""
        self._clock = BackgroundScheduler(executors={"default": _Offers(self._offer)}, timezone=UTC)
        for job in self._jobs.values():
            trigger = build(job)
            if trigger is not None:
                self._clock.add_job(
                    _never_called, trigger, args=(job.name,), id=job.name, name=job.name, coalesce=job.coalesce,
                    misfire_grace_time=None,  # we decide: we know the slot
                )  # fmt: skip
        self._clock.start()
        for job in self._jobs.values():
            self._catch_up(job)

    def stop(self) -> None:
        """Offer nothing more."""
        if self._clock is not None:
            self._clock.shutdown(wait=True)
            self._clock = None

    def offer_owed(self) -> None:
        """Offer again what could not be offered, since the store was away; of a job that coalesces, the newest slot."""
        with self._lock:
            owed, self._owed = self._owed, {}
        by_job: dict[str, list[datetime]] = {}
        for name, slot in owed:
            by_job.setdefault(name, []).append(slot)
        for name, came in by_job.items():
            self._offer(name, came[-1:] if self._jobs[name].coalesce else came)

    def _catch_up(self, job: Job) -> None:
        """Offer the slots that came within the job's grace, also those that were taken: which these are changes at any moment.

        A job that never ran has missed nothing, nor has one before its oldest run.
        """
        try:
            oldest = self._oldest(job)
        except Exception as fault:  # noqa: BLE001 - whatever ails the store, the slots to come shall be offered
            _LOG.warning("Whether job %s missed a slot cannot be seen: %s", job.name, fault, extra={"job": job.name})
            return
        if oldest is None:
            return
        now = self._now()
        came = list(slots(job, max(oldest, now - job.misfire_grace), now))
        if came:
            self._offer(job.name, came[-1:] if job.coalesce else came)

    def _offer(self, name: str, times: Sequence[datetime]) -> None:
        """Offer slots that have come; a slot that is too late is missed, one that cannot be offered now is owed."""
        job = self._jobs[name]
        for time in times:
            slot = time.astimezone(UTC)
            if self._now() - slot > job.misfire_grace:
                self._missed(job, slot)
                continue
            try:
                run_id = self._claim(job, slot)
            except Exception as fault:  # noqa: BLE001 - the store may be away for a moment, and the slot is still good after it
                self._away[name].note(fault)
                with self._lock:
                    self._owed[name, slot] = None
                continue
            self._away[name].over()
            if run_id is not None:
                self._tell(run_id, job)

    def _tell(self, run_id: int, job: Job) -> None:
        try:
            self._executor.submit(run_id, priority=job.priority)
        except Exception as fault:  # noqa: BLE001 - the broker may be away: the run is in the store, and the sweep finds it there
            _LOG.warning(
                "Run %s of job %s waits for the sweep: %s", run_id, job.name, fault, extra={"run": run_id, "job": job.name}
            )


def _never_called(name: str) -> None:
    """Stand where APScheduler wants a function; our executor uses the name alone."""
    raise AssertionError(name)


class _Offers(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Gives the nominal times of a job to a callback: APScheduler's own executors keep them to themselves."""

    def __init__(self, offer: Callable[[str, Sequence[datetime]], None]) -> None:
        super().__init__()
        self._offer = offer

    def submit_job(self, job: Any, run_times: list[datetime]) -> None:
        """Offer in the scheduler's own thread: a claim takes milliseconds."""
        self._offer(job.id, run_times)

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        """Do nothing more: APScheduler declares this step, ours is done above."""
