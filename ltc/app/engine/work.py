"""Work: slots become queued runs, workers take them slice by slice, and the end of one begins those that come after it.

The store is the queue (`ltc/core/store/queue.py`): a message to a worker says no more than that there is something to do.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from logging import INFO, WARNING
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from ltc.app.engine import pausing, resting, starting
from ltc.app.engine.context import instant, moment, never
from ltc.app.engine.counting import add_job
from ltc.app.engine.outcome import Done
from ltc.app.engine.quota.priority import working_at
from ltc.app.engine.span import USUAL
from ltc.app.engine.state import to_json
from ltc.app.engine.telling import LOG
from ltc.app.engine.turns import LEASE_SECONDS
from ltc.app.telemetry.surroundings import about
from ltc.core.errors import Fenced, Later, LtcError
from ltc.core.store import queue, righting
from ltc.core.store import tables as t
from ltc.core.store.queue import Hold, Waiting
from scheduler import After

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from ltc.app.config import HubConfig
    from ltc.core.contract import Clock
    from ltc.core.store import Store, Tx
    from scheduler import Job

LONGEST_CALL: Final = timedelta(minutes=1)
BROKEN_OFF: Final = "Broken off by hand."


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of a slice, for whoever hands out work: ``well`` is None while the run goes on; the others wait for a worker."""

    run_id: int
    well: bool | None
    waiting: tuple[Waiting, ...] = ()


class Work:
    """The work of one process; any number of them share a store. ``only`` names the jobs that this one works on; none: all."""

    def __init__(
        self, config: HubConfig, store: Store, clock: Clock, do: Callable[[Job, Hold, Callable[[], bool]], Done]
    ) -> None:
        """Take what does a slice of a job."""
        self._config, self._store, self._clock, self._do = config, store, clock, do
        self._stop = threading.Event()
        self.only: tuple[str, ...] = ()
        lease = config.settings.work.lease
        self._term = LEASE_SECONDS if lease is None else lease.total_seconds()
        self._has_swept = False

    # -- queueing --------------------------------------------------------------------------------------------------

    def claim(self, job: Job, slot: datetime, *, again: bool = False) -> int | None:
        """Queue a run for a slot; None if another process has it, the job is paused, or too many of its runs have not ended.

        A slot that is asked for ``again`` and again is not told of as one that is left out.
        """
        with self._store.reading() as tx:
            if self._is_known(tx, job.name, instant(slot)) or job.name in pausing.paused(tx):
                return None
        with self._store.transaction() as tx:
            run_id = queue.put(tx, self._row(job, instant(slot)), most=job.max_instances)
            taken = run_id is None and self._is_known(tx, job.name, instant(slot))
        if run_id is None and not taken and not again:
            LOG.warning("Job %s has not come to its end yet: its slot %s is left out.", job.name, slot.isoformat())
        return run_id

    def oldest_slot(self, job: Job) -> datetime | None:
        """Give the oldest slot of a job whose run is kept."""
        with self._store.reading() as tx:
            own = (t.run.c.job == job.name, t.run.c.options == USUAL)
            oldest = tx.scalar(select(t.run.c.slot).where(*own).order_by(t.run.c.slot).limit(1))
        return moment(oldest) if oldest else None

    def _row(self, job: Job, slot: str) -> dict[str, Any]:
        return {"job": job.name, "slot": slot, "priority": job.priority}

    @staticmethod
    def _is_known(tx: Tx, name: str, slot: str) -> bool:
        return tx.scalar(select(t.run.c.id).where(t.run.c.job == name, t.run.c.slot == slot)) is not None

    # -- working ---------------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Let slices that run come to their end at the next page, and begin none."""
        self._stop.set()

    def work(self, run_id: int = 0) -> Worked | None:
        """Do a slice of the most urgent run that waits, or else of the named one; None if there is none to be had."""
        hold = self.take() or (self.take(run_id) if run_id else None)
        return None if hold is None else self.go_on(hold)

    def take(self, run_id: int = 0) -> Hold | None:
        """Take a run, the named one or else the most urgent; None if there is none to be had."""
        if self._stop.is_set():
            return None
        if not run_id:
            with self._store.reading() as tx:
                if not queue.is_anything_waiting(tx):
                    return None
        return queue.take(self._store, holder(), self._term, self._now(), run_id, self.only)

    def go_on(self, hold: Hold) -> Worked:
        """Do a slice of a held run."""
        return self._slice(hold, self._until(time.monotonic()))

    def by_hand(self, tx: Tx, job: Job, options: str = USUAL) -> Hold | None:
        """Queue a run of this moment and take it at once; None if its slot is taken."""
        row = self._row(job, self._now()) | {"options": options}
        run_id = queue.put(tx, row)
        if run_id is None:
            return None
        return queue.take_within(tx.connection, self._store, holder(), self._term, self._now(), run_id)

    def finish(self, hold: Hold) -> Worked:
        """Work on a held run to its end, in one slice."""
        try:
            return self._slice(hold, never)
        except KeyboardInterrupt:
            with self._store.transaction(hold) as tx:
                queue.end(tx, hold, status="failed", error=BROKEN_OFF, counts="{}", at=self._now())
            raise

    def _until(self, begun: float) -> Callable[[], bool]:
        seconds = self._config.settings.work.slice.total_seconds()
        return lambda: self._stop.is_set() or time.monotonic() - begun > seconds

    def _slice(self, hold: Hold, enough: Callable[[], bool]) -> Worked:
        job = self._config.jobs.get(hold.job)
        with about(run=hold.run_id, job=hold.job):
            LOG.info("The job %s %s.", hold.job, "began" if hold.slices == 1 else f"goes on, slice {hold.slices}")
            try:
                with hold.kept_alive():
                    done = self._done(job, hold, enough) if job is not None else _unknown(hold)
                    worked = self._keep(hold, job, done)
            except (Fenced, Later) as fault:  # taken over, or the store is away: the run is not ours to end
                LOG.warning("The run is left to others: %s", fault)
                return Worked(hold.run_id, None)
            LOG.log(WARNING if done.error else INFO, "The job %s %s", hold.job, done.told)
            return worked

    def _done(self, job: Job, hold: Hold, enough: Callable[[], bool]) -> Done:
        try:
            with working_at(job.priority):
                return self._do(job, hold, enough)
        except Fenced:
            raise
        except LtcError as fault:
            return Done(error=str(fault))
        except Exception as fault:  # noqa: BLE001 - a bug fails its run, and not the worker
            LOG.exception("The job %s broke off.", hold.job)
            return Done(error=f"This should not happen ({type(fault).__name__}: {fault}). See the hub's log.")

    def _keep(self, hold: Hold, job: Job | None, done: Done) -> Worked:
        """Store what came of a slice; what follows from it is in the same transaction, so that it follows whoever dies."""
        with self._store.transaction(hold) as tx:
            ordinary = hold.options == USUAL
            if done.paused or (done.until and not ordinary):
                wait = self._seconds_to(done.until) if done.until else done.wait
                queue.hand_on(tx, hold, wait=wait)
                again = Waiting(hold.run_id, job.priority if job is not None else 0)
                return Worked(hold.run_id, None, () if wait else (again,))
            queue.end(tx, hold, status=done.status, error=done.error, counts=to_json(done.counts) or "{}", at=self._now())
            add_job(tx, hold.job, done.status)
            if ordinary:  # how a back-fill ended says nothing of the job's own runs
                self._rest(tx, hold.job, done)
            waiting = () if done.error else tuple(self._followers(tx, hold))
            if job is not None:
                waiting += tuple(starting.again(tx, job, self._now()))
        return Worked(hold.run_id, not done.error, waiting)

    @staticmethod
    def _rest(tx: Tx, job: str, done: Done) -> None:
        if done.until:
            resting.keep(tx, job, done.until, done.error)
        else:
            resting.forget(tx, job)

    def _seconds_to(self, until: str) -> float:
        return max(1.0, (moment(until) - self._clock.now()).total_seconds())

    def _followers(self, tx: Tx, hold: Hold) -> Iterator[Waiting]:
        """Queue the jobs that come after one that ended well, in its slot."""
        after = [job for job in self._config.jobs.values() if isinstance(job.trigger, After) and job.trigger.job == hold.job]
        paused = pausing.paused(tx) if after else {}
        for job in after:
            run_id = None if job.name in paused else queue.put(tx, self._row(job, hold.slot), most=job.max_instances)
            if run_id is not None:
                yield Waiting(run_id, job.priority)

    # -- what others left --------------------------------------------------------------------------------------------

    def sweep(self) -> tuple[list[Waiting], float]:
        """Find runs that wait for a worker or have lost theirs; say after how many seconds to look again.

        Jobs whose rest is over go on: each begins a run, in the slot in which the rest ended. So do those that webhooks asked for
        during a run that did not come to its end.
        """
        for name, until in self.rested().items():
            self.claim(self._config.jobs[name], until, again=True)
        self._set_right()
        swept = queue.sweep(self._store, self._now(), term=self._term)
        for run_id, job, lost in swept.lost:
            LOG.warning(
                "Run %s of %s has lost its worker (%s) and goes on with another.", run_id, job, lost, extra={"run": run_id}
            )
        for run_id, job, lost in swept.given_up:
            LOG.error("Run %s of %s is given up, since every worker was lost with it; the last one was %s.", run_id, job, lost)
        return swept.waiting + self._asked(), swept.seconds

    def _set_right(self) -> None:
        """Let nobody wait for a moment that seemed near before the clock was set back.

        Who begins cannot know whether it was: only what can be nothing else is mended then.
        """
        clock, now = self._store.clock, self._clock.now()
        is_back = clock.was_set_back
        if not is_back and self._has_swept:
            return
        far = 0.0 if is_back else righting.FAR_SECONDS
        ended = now + LONGEST_CALL
        with self._store.transaction() as tx:
            righting.hold_to(tx, instant(ended), instant(ended + timedelta(seconds=far)), term=self._term, far=far)
            if is_back:
                righting.release(tx, instant(now))
                for job in resting.resting(tx):
                    resting.forget(tx, job)
        clock.was_set_back, self._has_swept = False, True

    def _asked(self) -> list[Waiting]:
        with self._store.reading() as tx:
            jobs = [self._config.jobs[name] for name in starting.asked(tx) if name in self._config.jobs]
        if not jobs:
            return []
        with self._store.transaction() as tx:
            return [one for job in jobs for one in starting.again(tx, job, self._now())]

    def rested(self) -> dict[str, datetime]:
        """Name the jobs that stopped since calls were spent and can go on, each with the slot in which it does."""
        with self._store.reading() as tx:
            found = resting.rested(tx, self._now())
        return {name: moment(until) for name, until in found.items() if name in self._config.jobs}

    def _now(self) -> str:
        return instant(self._clock.now())


def _unknown(hold: Hold) -> Done:
    return Done(error=f"jobs.yaml has no job {hold.job!r} any more.")


def holder() -> str:
    """Name this worker, for those who look who holds what."""
    return f"{socket.gethostname()[:64]} {os.getpid()}"
