"""The scheduler of one process; any number of them may run side by side.

APScheduler's triggers say when slots come, by the clock that is passed in (docs/adr/0022). A slot is offered to ``claim``, which
lets exactly one process have it (an INSERT … ON CONFLICT DO NOTHING in the store), so replicas need neither a leader nor a shared
job store. What comes after a job, and how many of its runs may overlap, is decided where runs begin and end: in the store.
"""

from __future__ import annotations

import heapq
import logging
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from scheduler.jobs import Job
from scheduler.outage import Outage
from scheduler.triggers import next_slot, slots

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

LOOK: Final = timedelta(seconds=10)
"""At most so long nobody looks at the clock, which may be set meanwhile."""

SET_BACK: Final = timedelta(seconds=2)
"""A clock that goes back by less is only being corrected."""

_LEAST: Final = timedelta(microseconds=1)


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
        self._coming: list[tuple[datetime, str]] = []
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._stop = Event()
        self._thread = Thread(target=self._go, name="ltc-schedule", daemon=True)

    def start(self) -> None:
        """Offer what came while no process was there, within each job's grace, and then each slot as it comes."""
        self.look()
        for job in self._jobs.values():
            self._catch_up(job)
        self._thread.start()

    def stop(self) -> None:
        """Offer nothing more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Offer the slots that came since it was looked last.

        A clock that was ahead and was set back brings slots again: those that were taken meanwhile the store refuses.
        """
        now = self._now()
        if not self._coming or now < self._looked - SET_BACK:
            self._begin(now)
        self._looked = now
        while self._coming and self._coming[0][0] <= now:
            slot, name = self._coming[0]
            job = self._jobs[name]
            coming = next_slot(job, now)
            if coming is None:
                heapq.heappop(self._coming)
            else:
                heapq.heapreplace(self._coming, (coming, name))
            self._came(job, slot, now)

    def _begin(self, now: datetime) -> None:
        coming = ((next_slot(job, now), name) for name, job in self._jobs.items())
        self._coming = [(slot, name) for slot, name in coming if slot is not None]
        heapq.heapify(self._coming)

    def _came(self, job: Job, slot: datetime, now: datetime) -> None:
        """Offer a slot and those after it until now; after a jump ahead by years, only what a job's grace lets start."""
        came = list(slots(job, max(slot, now - job.misfire_grace) - _LEAST, now))
        if not came or (came[0] > slot and not job.coalesce):
            self._missed(job, slot)
        self._offer(job.name, came[-1:] if job.coalesce else came)

    def _go(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            try:
                self.look()
                pause = self._pause()
            except Exception:  # noqa: BLE001 - a bug in one job's schedule must not end all of them
                _LOG.exception("Slots could not be offered.")
                pause = LOOK.total_seconds()

    def _pause(self) -> float:
        """Say for how many seconds nothing comes."""
        until = min(self._coming[0][0] - self._now(), LOOK) if self._coming else LOOK
        return max(0.001, until.total_seconds())

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
