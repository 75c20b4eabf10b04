"""Bind: what a write came to is linked and committed at once; waiting changes are released; what failed is parked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ltc.app.engine.batch import Batch
from ltc.app.engine.context import instant
from ltc.app.engine.exceptions import UNRESOLVED, park, resolve
from ltc.app.engine.pipeline import follow_through
from ltc.app.engine.release import release
from ltc.app.engine.state import RecordState, from_json, to_json
from ltc.core.contract import Outcome, Verb
from ltc.core.errors import Later, LtcError, QuotaSpent, Rejected
from ltc.core.models.leaves import generic
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.payload import Draft, Due
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import WriteResult
    from ltc.core.store import Tx

WRITTEN = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)
BACK_OFF_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0)


def bind(ctx: Context, scope: Scope, drafts: Sequence[Draft], results: Sequence[WriteResult]) -> int:
    """Take the results of one call in, in one transaction; return how many writes had an effect."""
    return ctx.transact(lambda tx: _bind(Batch(ctx, tx, ctx.now()), scope, drafts, results))  # transaction B


def _bind(batch: Batch, scope: Scope, drafts: Sequence[Draft], results: Sequence[WriteResult]) -> int:
    by_key = {result.key: result for result in results}
    ctx, written = batch.ctx, 0
    batch.load_hubs(sorted({item.change.hub_id for item in drafts}))
    done: list[Draft] = []
    refused: list[tuple[Due, LtcError]] = []
    later: list[tuple[Draft, LtcError]] = []
    moved: list[Draft] = []
    for item in drafts:
        result = by_key.get(item.item.key)
        if result is None or result.outcome is Outcome.UNKNOWN:
            ctx.count(scope, "unknown")
        elif result.outcome in WRITTEN:
            done.append(item)
            written += result.outcome is not Outcome.UNCHANGED
            ctx.count(scope, result.outcome.value)
            _bind_one(batch, scope, item, result)
        elif result.outcome is Outcome.LATER:
            later.append((item, result.error or Later()))
        elif result.outcome in (Outcome.STALE, Outcome.GONE):
            moved.append(item)
            _moved(batch, scope, item, result)
        else:
            refused.append((item.change, result.error or Rejected()))
    close_intents(batch, [item.item.key for item in done], "done")
    close_intents(batch, [item.item.key for item in drafts if item.change in [change for change, _ in refused]], "rejected")
    close_intents(batch, [item.item.key for item in moved], "absent")
    _finish(batch, [item.change for item in done], "done")
    _finish(batch, [item.change for item in moved], "superseded")
    _put_off(batch, later)
    park_changes(batch, scope, refused)
    resolve(batch, scope, [item.change.ext_id for item in done if item.change.ext_id], stage="deliver")
    _resolve_creates(batch, scope, done)
    release(batch, scope.system, {item.change.hub_id for item in done})
    ctx.count(scope, "writes", written)
    batch.touched |= {item.change.hub_id for item in (*done, *moved)}
    follow_through(batch)
    ctx.crash("deliver.before_bind_commit")
    return written


def _bind_one(batch: Batch, scope: Scope, item: Draft, result: WriteResult) -> None:
    """Link the record and note what was sent: its next sighting tells what the target made of it."""
    change = item.change
    batch.load_records(scope, [result.id or change.ext_id])
    record = batch.records.get((scope.id, result.id or change.ext_id))
    if record is None:
        record = RecordState(scope.id, result.id, raw=b"{}", first_seen=batch.now, last_changed=batch.now, is_new=True)
        batch.records[record.key] = record
    if record.hub_id != change.hub_id:
        batch.link(record, change.hub_id, "written")
    if change.verb == Verb.DELETE:
        record.state = "deleted"
    else:
        record.state = "live"
        gone = tuple(leaf for leaf, value in item.expected.items() if leaf.endswith("]") and value is None)
        kept = {leaf: value for leaf, value in record.leaves.items() if not (gone and leaf.startswith(gone))}
        record.leaves = kept | {leaf: value for leaf, value in item.expected.items() if leaf not in gone}
        record.sent = {**record.sent, **item.sent}
        for leaf in item.expected:
            record.normal_forms.pop(leaf, None)
    record.raw_hash = ""
    record.version = result.version or record.version
    record.short_key = item.item.short_key if change.verb is Verb.CREATE else record.short_key
    record.last_changed = batch.now
    batch.dirty.add(record.key)
    batch.log(
        record, result.outcome.value, {"verb": change.verb.value, "fields": sorted({generic(leaf) for leaf in item.expected})}
    )


def _moved(batch: Batch, scope: Scope, item: Draft, result: WriteResult) -> None:
    """Take note that the target's record moved on or is gone; it is read again before anything else is written to it."""
    record = batch.records.get((scope.id, item.change.ext_id))
    if record is None:
        return
    if result.outcome is Outcome.GONE:
        record.state = "deleted"
    else:
        record.raw_hash = ""
    batch.dirty.add(record.key)
    batch.log(record, result.outcome.value)


def close_intents(batch: Batch, keys: Sequence[str], state: str) -> None:
    """Close intents."""
    batch.tx.update_many(t.intent, ("key",), ("state", "closed_at"), [(key, state, batch.now) for key in keys])


def _finish(batch: Batch, changes: Iterable[Due], state: str) -> None:
    batch.tx.update_many(
        t.change,
        ("id",),
        ("state", "updated_at", "run_id"),
        [(change.id, state, batch.now, batch.ctx.run_id) for change in changes],
    )


def _put_off(batch: Batch, later: Sequence[tuple[Draft, LtcError]]) -> None:
    """Let changes rest that the target could not take now.

    Those that had no effect are begun anew, so their intents are closed. One that did a step before stays open and is settled
    later: to begin it anew would be to do that step twice.
    """
    half_way = begun_of(batch.tx, [item for item, _ in later])
    begun = [(item, fault) for item, fault in later if item.item.key in half_way]
    later = [(item, fault) for item, fault in later if item.item.key not in half_way]
    rests = [(item.item.key, instant(batch.ctx.clock.now() + timedelta(seconds=_rest(item, fault)))) for item, fault in begun]
    batch.tx.update_many(t.intent, ("key",), ("deadline",), rests)
    rows = []
    for item, fault in later:
        attempts = item.change.attempts + 1
        due_at = instant(batch.ctx.clock.now() + timedelta(seconds=_rest(item, fault)))
        rows.append((item.change.id, "due", attempts, due_at, to_json({"code": fault.code, "message": fault.message}), batch.now))
    batch.tx.update_many(t.change, ("id",), ("state", "attempts", "not_before", "error", "updated_at"), rows)
    close_intents(batch, [item.item.key for item, _ in later], "absent")


def begun_of(tx: Tx, drafts: Sequence[Draft]) -> set[str]:
    """Name the writes of which a step is done; the store knows it, even of a call that has only just come back."""
    rows = tx.select_in(t.intent, ("key", "journal"), "key", [item.item.key for item in drafts])
    return {key for key, journal in rows if from_json(journal)}


def _rest(item: Draft, fault: LtcError) -> float:
    """Give the seconds until the next attempt: what the target asked for, else longer each time."""
    if isinstance(fault, Later) and fault.after is not None:
        return fault.after
    return BACK_OFF_SECONDS[min(item.change.attempts + 1, len(BACK_OFF_SECONDS)) - 1]


def reopen(ctx: Context, scope: Scope, drafts: Sequence[Draft], fault: LtcError) -> None:
    """Put a whole batch off: the call was refused before it had any effect."""
    until = fault.until if isinstance(fault, QuotaSpent) else None

    def put_off(tx: Tx) -> None:
        half_way = begun_of(tx, drafts)
        _put_off(Batch(ctx, tx, ctx.now()), [(item, fault) for item in drafts])
        if until is not None:
            rests = [(item.change.id, instant(until)) for item in drafts if item.item.key not in half_way]
            tx.update_many(t.change, ("id",), ("not_before",), rests)

    ctx.transact(put_off)
    ctx.count(scope, "put_off", len(drafts))


def park_changes(batch: Batch, scope: Scope, faults: Sequence[tuple[Due, LtcError]]) -> None:
    """Park changes that the target refused, or that cannot be said in its terms; the rest goes on."""
    if not faults:
        return
    parked: list[tuple[RecordState, LtcError]] = []
    for change, fault in faults:
        record = batch.records.get((scope.id, change.ext_id)) if change.ext_id else None
        parked.append((record or RecordState(scope.id, change.ext_id, hub_id=change.hub_id), fault))
    park(batch, scope, parked, stage="deliver")
    batch.tx.update_many(
        t.change, ("id",), ("state", "attempts", "error", "after", "updated_at"),
        [
            (change.id, "parked", change.attempts + 1, to_json({"code": fault.code, "message": fault.message}),
             to_json(change.after), batch.now)
            for change, fault in faults
        ],
    )  # fmt: skip


def _resolve_creates(batch: Batch, scope: Scope, done: Sequence[Draft]) -> None:
    """Close exceptions of creates that came through at last: they are known by hub id only."""
    hub_ids = [item.change.hub_id for item in done if item.change.verb is Verb.CREATE]
    rows = batch.tx.select_in(
        t.exception, ("id",), "hub_id", hub_ids,
        equal={"scope_id": scope.id, "stage": "deliver", "state": UNRESOLVED},
    )  # fmt: skip
    batch.tx.update_many(
        t.exception, ("id",), ("state", "resolved_at", "resolved_by", "updated_at"),
        [(row[0], "resolved", batch.now, "hub", batch.now) for row in rows],
    )  # fmt: skip
