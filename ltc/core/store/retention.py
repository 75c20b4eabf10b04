"""Retention: what nobody needs any more goes, a batch at a time, so that nobody waits for it.

What stays for good: milestones, audit, decisions, the last run of each job, what the write protocol recognises its own records
by (creates and their short keys, without what was written), deletes, and exceptions whose edit still holds. The room of what
went is used again, so that the store grows no further once the longest of these times has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from ltc.core.store.tables import call, change, exception, hook, intent, log, run

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.sql import ColumnElement

    from ltc.core.store.leases import Lease
    from ltc.core.store.store import Store

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Keep:
    """How many days each kind is kept."""

    log: float = 180
    calls: float = 14
    exceptions: float = 180
    changes: float = 90
    runs: float = 180
    hooks: float = 14


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind's rule: rows that are ``old`` go; ids rise with time, so that none is past the first row that ``began`` later."""

    table: Table
    key: str
    old: ColumnElement[bool]
    began: ColumnElement[str] | None
    cutoff: str


def clean(store: Store, now: datetime, keep: Keep, *, lease: Lease | None = None, batch: int = BATCH) -> dict[str, int]:
    """Delete what is older than it is kept, and say how much of each kind went."""
    if lease is not None:
        lease.renew()  # who lost it is told so, also if there is nothing to do
    gone = {name: _apply(store, rule, lease, batch) for name, rule in _rules(now, keep).items()}
    return gone | {"payloads": _empty_payloads(store, _before(now, keep.changes), lease, batch)}


def _before(now: datetime, days: float) -> str:
    return (now - timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _rules(now: datetime, keep: Keep) -> dict[str, Rule]:
    kept = (keep.log, keep.calls, keep.exceptions, keep.changes, keep.runs, keep.hooks)
    logs, calls, mended, changed, ran, heard = (_before(now, days) for days in kept)
    e, c, i, r = exception.c, change.c, intent.c, run.c
    amended = or_(c.state.in_(("superseded", "dropped")), and_(c.state == "done", c.verb == "amend"))
    last = select(func.max(r.id)).group_by(r.job)
    return {
        "log": Rule(log, "id", log.c.at < logs, log.c.at, logs),
        "calls": Rule(call, "id", call.c.at < calls, call.c.at, calls),
        "exceptions": Rule(
            exception, "id", and_(e.state == "resolved", e.resolved_at < mended, e.edit == ""), e.created_at, mended
        ),
        "changes": Rule(change, "id", and_(amended, c.updated_at < changed), c.created_at, changed),
        "intents": Rule(intent, "key", and_(i.state != "open", i.verb == "amend", i.closed_at < changed), None, changed),
        "hooks": Rule(hook, "id", and_(hook.c.state.in_(("done", "dropped")), hook.c.done_at < heard), hook.c.received_at, heard),
        "runs": Rule(run, "id", and_(r.finished_at < ran, r.id.not_in(last)), r.slot, ran),
    }


def _apply(store: Store, rule: Rule, lease: Lease | None, batch: int) -> int:
    """Walk over a table by key, as far as there can be old rows; only what deletes some holds a lock, one batch at a time."""
    key = rule.table.c[rule.key]
    shown = [key, case((rule.old, 1), else_=0), key if rule.began is None else rule.began]
    gone, last = 0, None
    while True:
        with store.reading() as tx:
            statement = select(*shown).order_by(key).limit(batch)
            rows = tx.execute(statement if last is None else statement.where(key > last)).all()
        old = [row[0] for row in rows if row[1]]
        if old:
            with store.transaction(lease) as tx:  # asked again: what was read may have changed
                gone += tx.delete_in(rule.table, rule.key, old, where=(rule.old,))
        if len(rows) < batch or (rule.began is not None and rows[-1][2] >= rule.cutoff):
            return gone
        last = rows[-1][0]


def _empty_payloads(store: Store, cutoff: str, lease: Lease | None, batch: int) -> int:
    """Let go of what was written, of writes that stay known for good: their keys are needed, their bytes are data of people."""
    i, emptied = intent.c, 0
    full, last = (i.state != "open", i.closed_at < cutoff, func.length(i.payload) > 0), ""
    while True:
        with store.reading() as tx:
            keys = [row[0] for row in tx.execute(select(i.key).where(i.key > last, *full).order_by(i.key).limit(batch))]
        if not keys:
            return emptied
        with store.transaction(lease) as tx:
            emptied += tx.update_in(intent, "key", keys, {"payload": b"", "sent": ""}, where=full)
        last = keys[-1]
