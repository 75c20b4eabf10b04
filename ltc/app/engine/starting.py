"""Starting jobs by webhooks: what is heard queues runs, in the transaction that stores it.

Many hints that come while a run waits to begin are that one run. Those that come while as many runs are under way as the job
may have leave a note that it was asked for: the end of a run queues the next one, or the sweep, should a run have been lost.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, select

from ltc.app.engine import pausing, resting
from ltc.app.engine.context import instant, moment
from ltc.core.store import queue
from ltc.core.store import tables as t
from ltc.core.store.queue import Waiting
from scheduler import OnWebhook, silence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ltc.core.store import Tx
    from scheduler import Job

_PREFIX: Final = "asked:"
_LAST_SLOT = select(func.max(t.run.c.slot)).where(t.run.c.job == bindparam("name"))


def start(tx: Tx, jobs: Iterable[Job], heard: Collection[tuple[str, str]], at: str) -> list[Waiting]:
    """Queue a run of each job that word of these systems' objects starts; give those that a worker can take now."""
    wanted = [job for job in jobs if isinstance(job.trigger, OnWebhook) and any(job.trigger.heeds(*one) for one in heard)]
    begun = []
    for job in wanted:
        if queue.waits_to_begin(tx, job.name) or _is_held(tx, job, at):
            continue
        queue.lock(tx, job.name)
        if not queue.waits_to_begin(tx, job.name):  # seen again under the lock: another process may have been quicker
            begun += _queued(tx, job, at)
    return begun


def again(tx: Tx, job: Job, at: str) -> list[Waiting]:
    """Queue the next run of a job that was asked for while its runs were under way; give it if a worker can take it now."""
    if not isinstance(job.trigger, OnWebhook):
        return []
    queue.lock(tx, job.name)
    if tx.scalar(select(t.hub.c.key).where(t.hub.c.key == _PREFIX + job.name)) is None:
        return []
    if _is_held(tx, job, at):
        _forget(tx, job)
        return []
    return _queued(tx, job, at)


def asked(tx: Tx) -> list[str]:
    """Name the jobs that were asked for while their runs were under way."""
    found = tx.execute(select(t.hub.c.key).where(t.hub.c.key.startswith(_PREFIX, autoescape=True)).order_by(t.hub.c.key))
    return [row[0].removeprefix(_PREFIX) for row in found]


def free_slot(tx: Tx, job: str, at: str) -> str:
    """Find the slot of a run that nothing scheduled: two of one job may begin at one moment of a clock that stands still."""
    last = tx.scalar(_LAST_SLOT, {"name": job})
    return at if last is None or last < at else instant(moment(last) + timedelta(microseconds=1))


def _is_held(tx: Tx, job: Job, at: str) -> bool:
    """Tell whether a job is not to start now: it is paused, or rests, and the end of its rest begins a run anyway."""
    rest = resting.resting(tx).get(job.name)
    return job.name in pausing.paused(tx) or (rest is not None and rest["until"] > at)


def _queued(tx: Tx, job: Job, at: str) -> list[Waiting]:
    """Queue a run, or note that the job was asked for if no more of its runs may be under way; the job is locked."""
    wait = silence(job, moment(at)).total_seconds()
    row = {"job": job.name, "slot": free_slot(tx, job.name, at), "priority": job.priority}
    run_id = queue.put(tx, row, most=job.max_instances, wait=wait)
    if run_id is None:
        tx.insert_new(t.hub, ("key", "value"), [(_PREFIX + job.name, at)], key=("key",))
        return []
    _forget(tx, job)
    return [] if wait else [Waiting(run_id, job.priority)]


def _forget(tx: Tx, job: Job) -> None:
    tx.execute(delete(t.hub).where(t.hub.c.key == _PREFIX + job.name))
