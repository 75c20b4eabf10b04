"""Freshness: whether jobs ran when they were due. A job that stops without a word is a failure too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from ltc.app.engine.context import instant, moment
from ltc.app.engine.pausing import paused
from ltc.app.engine.resting import resting
from ltc.app.engine.span import USUAL
from ltc.core.store import tables as t
from scheduler import After, in_words, slots

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ltc.core.store import Tx
    from scheduler import Job

AHEAD: Final = timedelta(days=400)
"""So far ahead the next slot is looked for: a job of once a year still has one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store knows of a job, back-fills apart: the newest slots taken and done, when, and how the newest ended."""

    taken: datetime | None = None
    done: datetime | None = None
    finished: str = ""
    status: str = ""
    error: str = ""


def schedule(tx: Tx, jobs: Mapping[str, Job], now: datetime) -> list[dict[str, Any]]:
    """Say of each job when it was last due, last done and comes next, and whether it is late.

    A job that was never started by time is not late: nobody runs the schedule here yet.
    """
    seen, pauses, rests = {name: _seen(tx, name) for name in jobs}, paused(tx), resting(tx)
    return [_told(job, seen[name], _due(job, seen, now), pauses.get(name), rests.get(name), now) for name, job in jobs.items()]


def _told(
    job: Job, seen: Seen, due: datetime | None, pause: dict[str, Any] | None, rest: dict[str, Any] | None, now: datetime
) -> dict[str, Any]:
    rests = rest["until"] if rest is not None and rest["until"] > instant(now) else None
    waits = pause is not None or rests is not None or seen.taken is None or seen.status == "running"
    late = due is not None and now - due > job.misfire_grace and not waits
    after = next(slots(job, now, now + AHEAD), None)
    return {
        "job": job.name,
        "when": in_words(job.trigger),
        "due": instant(due) if due is not None else None,
        "done": seen.finished or None,
        "next": instant(after) if after is not None and pause is None else None,
        "status": seen.status or "never",
        "late": int((now - due).total_seconds()) if late and due is not None else None,
        "error": seen.error,
        "paused": pause,
        "rests_until": rests,
    }


def _due(job: Job, seen: Mapping[str, Seen], now: datetime) -> datetime | None:
    """Find the first slot that came after the last one that was done; None if nothing is due."""
    own = seen[job.name]
    if isinstance(job.trigger, After):
        before = seen.get(job.trigger.job, Seen()).done
        return before if before is not None and (own.done is None or own.done < before) else None
    since = own.done or (own.taken - timedelta(microseconds=1) if own.taken is not None else None)
    return next(slots(job, since, now), None) if since is not None else None


def _seen(tx: Tx, name: str) -> Seen:
    r = t.run
    own = (r.c.job == name, r.c.options == USUAL)
    newest = tx.execute(
        select(r.c.slot, r.c.status, r.c.error).where(*own).order_by(r.c.slot.desc()).limit(1)
    ).one_or_none()  # fmt: skip
    if newest is None:
        return Seen()
    done = tx.execute(
        select(func.max(r.c.slot), func.max(r.c.finished_at)).where(*own, r.c.status == "done")
    ).one()  # fmt: skip
    return Seen(moment(newest[0]), moment(done[0]) if done[0] else None, done[1] or "", newest[1], newest[2])
