"""Recovery: how a hub that was restored from a backup comes to know again what it had made since, without making it twice.

The systems hold records of the time between backup and restore that the store does not know. So everything is read twice in
full before anything is written. In the first reading, records that bear a key of ours which nobody knows are set aside: whose
they are is only known once the records that they were made from have been read. In the second they are linked to these; what is
then still unknown is news.

What makes that exact is a golden record's birth mark, the last part of its hub id: it follows from the record that it was minted
for, so that the same record gives the same mark again, and short keys are made of marks alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from ltc.app.engine.births import MARK_BEGINS, birth_mark
from ltc.app.engine.telling import LOG
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ltc.app.engine.batch import Batch
    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.app.engine.state import RecordState
    from ltc.core.store import Tx

KEY: Final = "recovery"
EPOCH: Final = "epoch"
"""The key under which the store says which life of the hub this is."""

LETTING_GO: Final = 3
"""What stands in place of a third reading: all is known again, and what was held is being planned anew."""

HELD: Final = "restored from a backup: all systems are read again first"
AT_ONCE: Final = 1_000


@dataclass(slots=True)
class Recovery:
    """Which of its two readings a hub is at; 0 if it is not recovering. All contexts of a process share it."""

    reading: int = 0

    def now(self, tx: Tx) -> int:
        """Tell it; others may have come to its end in the meantime, but none begins while the hub runs."""
        if self.reading:
            self.reading = stored(tx)
        return self.reading if self.reading != LETTING_GO else 0


def stored(tx: Tx) -> int:
    """Tell at which reading the store is."""
    rows = tx.select_in(t.hub, ("value",), "key", [KEY])
    return int(rows[0][0] or 0) if rows else 0


def told(tx: Tx) -> str:
    """Say how far a hub is that was restored from a backup; "" if all is known again."""
    readings = {1: "all systems are read the first time", 2: "all systems are read the second time"}
    reading = stored(tx)
    return readings.get(reading, "what was held is planned anew") if reading else ""


def insist_on_this_life(ctx: Context) -> None:
    """Refuse to work on in a store that was restored under a process: it knows nothing of the recovery."""
    with ctx.store.reading() as tx:
        rows = tx.select_in(t.hub, ("value",), "key", [EPOCH])
    epoch = rows[0][0] if rows else ""
    if epoch != ctx.identity.epoch:
        message = "The hub was restored from a backup while this process ran."
        raise Misconfigured(message, remedy="Stop all processes of the hub, and start them anew.", code="hub.restored")


def begin(tx: Tx) -> None:
    """Let a restored store begin its recovery: everything is read anew, and nothing is made before that."""
    tx.upsert(t.hub, ("key", "value"), [(KEY, "1")], key=("key",))
    _read_anew(tx)
    c = t.change
    waiting = (c.c.verb == "create", c.c.state.in_(("due", "waiting")))
    tx.execute(update(c).where(*waiting).values(state="held", reason=HELD))


def _read_anew(tx: Tx) -> None:
    values = {"cursor": "", "newest_version": "", "full_read_at": None, "full_read_run": None, "epoch": t.scope.c.epoch + 1}
    tx.execute(update(t.scope).values(**values))


def advance(ctx: Context) -> bool:
    """Go on to the second reading, or end the recovery, once all objects have been read in full; tell whether to read again."""
    if not ctx.recovery.reading:
        return False
    reading, again = ctx.transact(partial(_advance, ctx))
    ctx.recovery.reading = reading
    if again:
        LOG.info("All systems were read once since the hub was restored: they are read again, to know what it had made.")
    if reading == LETTING_GO:
        LOG.info("The hub knows again what it had made before it was restored: what was held goes on.")
        _let_go(ctx)
        ctx.transact(_end)  # only now: who dies before has the next one let go what is still held
        ctx.recovery.reading = 0
    return again


def _advance(ctx: Context, tx: Tx) -> tuple[int, bool]:
    reading = stored(tx)
    if reading in {0, LETTING_GO}:
        return reading, False
    real = [scope.id for scope in ctx.scopes.values() if not scope.is_hub]
    unread = tx.scalar(select(t.scope.c.id).where(t.scope.c.id.in_(real), t.scope.c.full_read_at.is_(None)).limit(1))
    if unread is not None:
        return reading, False
    if reading == 1:
        tx.upsert(t.hub, ("key", "value"), [(KEY, "2")], key=("key",))
        _read_anew(tx)
        return 2, True
    tx.upsert(t.hub, ("key", "value"), [(KEY, str(LETTING_GO))], key=("key",))
    return LETTING_GO, False


def _end(tx: Tx) -> None:
    tx.execute(delete(t.hub).where(t.hub.c.key == KEY))


def _let_go(ctx: Context) -> None:
    """Plan again what was held: what a system turned out to have is not made, the rest is."""
    from ltc.app.engine.door import look_again  # noqa: PLC0415 - the door leads to identify, and that to here

    with ctx.store.reading() as tx:
        held = [
            row[0] for row in tx.execute(select(t.change.c.hub_id).where(t.change.c.state == "held", t.change.c.reason == HELD))
        ]
    hub_ids = sorted(set(held))
    for start in range(0, len(hub_ids), AT_ONCE):
        look_again(ctx, hub_ids[start : start + AT_ONCE])


def twins(batch: Batch, entity: str, hub_ids: Collection[str]) -> dict[str, str]:
    """Find, for hub ids that nobody knows, the golden records that were minted again for the same records."""
    marks = {birth_mark(hub_id): hub_id for hub_id in hub_ids}
    return {marks[mark]: found for mark, found in _bearing(batch, entity, marks).items()}


def recognise(batch: Batch, records: list[RecordState]) -> list[RecordState]:
    """Link records to what they were before the backup was restored; set aside, in the first reading, whose time has not come."""
    reading = batch.ctx.recovery.now(batch.tx)
    if not reading:
        return records
    left: list[RecordState] = []
    by_scope: dict[int, list[RecordState]] = {}
    for record in records:
        by_scope.setdefault(record.scope_id, []).append(record)
    for scope_id, some in by_scope.items():
        scope = batch.ctx.scopes[scope_id]
        unmarked = _by_mark(batch, scope, some)
        unknown = _by_made_key(batch, scope, unmarked)
        if reading == 1:
            _set_aside(batch, [record for record in unknown if record.short_key])
            unknown = [record for record in unknown if not record.short_key]
        left += unknown
    return left


def _by_mark(batch: Batch, scope: Scope, records: Sequence[RecordState]) -> list[RecordState]:
    """Link records to golden records that bear the marks that they would give."""
    marks = {batch.ctx.identity.mark_for(scope.system, scope.object, record.ext_id): record for record in records}
    found = _bearing(batch, scope.entity, marks)
    for mark, hub_id in found.items():
        batch.load_hubs([hub_id])
        batch.link(marks[mark], batch.goldens[hub_id].merged_into or hub_id, "birth_mark")
    return [record for mark, record in marks.items() if mark not in found]


def _by_made_key(batch: Batch, scope: Scope, records: Sequence[RecordState]) -> list[RecordState]:
    """Link records whose short key is the one that a golden record without a record here would have been written with."""
    wanted = {record.short_key for record in records if record.short_key}
    if not wanted:
        return list(records)
    there = select(t.record.c.hub_id).where(t.record.c.scope_id == scope.id, t.record.c.hub_id == t.golden.c.hub_id)
    lacking = select(t.golden.c.hub_id).where(t.golden.c.entity == scope.entity, t.golden.c.state == "live", ~there.exists())
    identity = batch.ctx.identity
    made = {identity.short_key(scope.system, scope.object, row[0]): row[0] for row in batch.tx.execute(lacking)}
    left = []
    for record in records:
        hub_id = made.get(record.short_key)
        if hub_id is None:
            left.append(record)
        else:
            batch.load_hubs([hub_id])
            batch.link(record, hub_id, "short_key")
    return left


def _bearing(batch: Batch, entity: str, marks: Collection[str]) -> dict[str, str]:
    """Find golden records of an entity by their birth marks; it looks through all of them, since that is never needed else."""
    if not marks:
        return {}
    mark = func.substr(t.golden.c.hub_id, MARK_BEGINS + 1)
    found: dict[str, str] = {}
    ordered = sorted(marks)
    for start in range(0, len(ordered), AT_ONCE):
        some = select(mark, t.golden.c.hub_id).where(t.golden.c.entity == entity, mark.in_(ordered[start : start + AT_ONCE]))
        found.update({row[0]: row[1] for row in batch.tx.execute(some)})
    return found


def _set_aside(batch: Batch, records: Sequence[RecordState]) -> None:
    """Leave records out as if they had not been read; they are read again."""
    for record in records:
        batch.records.pop(record.key, None)
        batch.dirty.discard(record.key)
        batch.ctx.count(batch.ctx.scopes[record.scope_id], "set_aside")
