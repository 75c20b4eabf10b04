"""Deliver: bring a system to what the hub wants of it, by the write protocol that gives every change exactly one effect.

settle open intents → brakes → pick due changes, parents first → re-read what may have moved →
transaction A: intents with the exact bytes → call → transaction B: links, closed intents → read back
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, func, select

from ltc.app.engine.batch import Batch
from ltc.app.engine.bind import bind, reopen
from ltc.app.engine.brakes import check_brakes
from ltc.app.engine.context import instant
from ltc.app.engine.door import read_hints, take_in_found
from ltc.app.engine.payload import Draft, Due, draft, encode_payload
from ltc.app.engine.pipeline import take_in
from ltc.app.engine.scope import rank
from ltc.app.engine.state import from_json, to_json
from ltc.core.contract import SettleRule, Verb, begun_anew
from ltc.core.errors import Later, LtcError, QuotaSpent, Unauthorised, Unknown
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.sql import ColumnElement, Select

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.contract import Connector, WriteResult
    from ltc.core.store import Tx

INTENT_COLUMNS = (
    "key", "change_id", "scope_id", "hub_id", "ext_id", "verb", "desire", "short_key", "payload", "sent", "journal", "state",
    "deadline", "token", "run_id", "created_at",
)  # fmt: skip


def deliver(ctx: Context, system: str) -> int:
    """Write everything that is due in a system; return how many writes were made.

    The order is that of dependencies; a change whose reference is not there yet waits, and is released when it is.
    """
    if _recovers(ctx):
        return 0
    written = 0
    scopes = sorted(
        (scope for scope in ctx.scopes.values() if scope.system == system and scope.mapping is not None),
        key=lambda scope: (rank(scope.entity), scope.object),
    )
    check_brakes(ctx, scopes)
    busy = _with_due(ctx, scopes)
    for scope in scopes:
        after = 0
        while scope.id in busy and (due := due_changes(ctx, scope, after)):
            ctx.pause_here()
            after = due[-1].id
            written += _write(ctx, scope, due)
        if after:
            busy = _with_due(ctx, scopes)
    return written


def _recovers(ctx: Context) -> bool:
    """Tell whether nothing may be written yet, since the hub was restored and does not know again what it made."""
    if not ctx.recovery.reading:
        return False
    with ctx.store.reading() as tx:
        return bool(ctx.recovery.now(tx))


def _with_due(ctx: Context, scopes: Sequence[Scope]) -> set[int]:
    """Name the scopes in which something is due: mostly there is none, and then nobody asks each of them."""
    with ctx.store.reading() as tx:
        return scopes_with_due(ctx, tx, [scope.id for scope in scopes])


def due_changes(ctx: Context, scope: Scope, after: int) -> list[Due]:
    """Pick the next due changes of a scope, one batch of the size that its system takes."""
    size = scope.spec.batch_size if scope.spec is not None else 1
    values = {**_values(ctx, [scope.id]), "last": after, "most": size}
    with ctx.store.reading() as tx:
        rows = tx.execute(_next_due(planned=bool(ctx.planned_by)), values).all()
    return [Due(row[0], row[1], row[2], Verb(row[3]), row[4], row[5], from_json(row[6])) for row in rows]


def scopes_with_due(ctx: Context, tx: Tx, scopes: Sequence[int]) -> set[int]:
    """Name those of these scopes in which a run may write something now."""
    return {row[0] for row in tx.execute(_with_any_due(planned=bool(ctx.planned_by)), _values(ctx, scopes))}


@lru_cache(maxsize=2)
def _with_any_due(*, planned: bool) -> Select[Any]:
    return select(t.change.c.scope_id).where(*_is_due(planned=planned)).distinct()


@lru_cache(maxsize=2)
def _next_due(*, planned: bool) -> Select[Any]:
    c = t.change.c
    found = select(c.id, c.hub_id, c.ext_id, c.verb, c.desire, c.attempts, c.after).where(*_is_due(planned=planned))
    return found.where(c.id > bindparam("last")).order_by(c.id).limit(bindparam("most"))


def _is_due(*, planned: bool) -> list[ColumnElement[bool]]:
    """Say which changes a run may write now; ``planned`` if only some jobs' changes are its own."""
    c, r = t.change.c, t.run.c
    due = [c.scope_id.in_(bindparam("scopes", expanding=True)), c.state == "due", c.not_before <= bindparam("now")]
    if planned:
        own = func.substr(r.job, 1, bindparam("length")) == bindparam("planners", type_=r.job.type)
        due.append(select(r.id).where(r.id == c.run_id, own).exists())
    return due


def _values(ctx: Context, scopes: Sequence[int]) -> dict[str, Any]:
    values = {"scopes": list(scopes), "now": ctx.now()}
    return values | ({"planners": ctx.planned_by, "length": len(ctx.planned_by)} if ctx.planned_by else {})


def _write(ctx: Context, scope: Scope, due: Sequence[Due]) -> int:
    """Write one batch, verb by verb."""
    connector = ctx.connectors[scope.system]
    fresh = _without_moved(ctx, scope, connector, due)
    drafts = draft(ctx, scope, fresh)
    written = 0
    for verb in Verb:
        batch = sorted((item for item in drafts if item.change.verb is verb), key=lambda item: item.item.parent)
        if batch:
            written += call(ctx, scope, connector, batch)
    return written


def _without_moved(ctx: Context, scope: Scope, connector: Connector, due: Sequence[Due]) -> list[Due]:
    """Re-read records before they are amended: one that changed meanwhile is taken in and planned again, not overwritten."""
    spec, mapping = scope.spec, scope.mapping
    if spec is None or mapping is None:
        return []
    amended = [change.ext_id for change in due if change.verb is not Verb.CREATE]
    steps = spec.verbs.get(Verb.AMEND, ())
    if not amended or not any(step.settle is SettleRule.READ for step in steps):
        return list(due)
    for start in range(0, len(amended), spec.fetch_size):
        found = connector.fetch(scope.object, amended[start : start + spec.fetch_size], scope.fields)
        ctx.transact(partial(take_in_found, ctx, scope=scope, found=found))
    with ctx.store.reading() as tx:
        rows = tx.select_in(t.change, ("id", "desire", "after", "verb", "state"), "id", [change.id for change in due])
    renewed = {row[0]: row for row in rows if row[4] == "due"}
    return [
        replace(change, desire=renewed[change.id][1], after=from_json(renewed[change.id][2]), verb=Verb(renewed[change.id][3]))
        for change in due
        if change.id in renewed
    ]


def call(ctx: Context, scope: Scope, connector: Connector, drafts: Sequence[Draft]) -> int:
    """Carry out one batch of one verb: intents, call, results. The lease is checked in both transactions and before the call."""
    drafts = _under_unused_keys(ctx, scope, drafts)
    ctx.transact(partial(_keep_intents, ctx, scope=scope, drafts=drafts))  # transaction A
    ctx.crash("deliver.after_intents_commit")
    return perform(ctx, scope, connector, drafts)


def _under_unused_keys(ctx: Context, scope: Scope, drafts: Sequence[Draft]) -> Sequence[Draft]:
    """Let writes that came to nothing before take a new key, where the system answers an old one as it did the first time."""
    steps = scope.spec.verbs.get(drafts[0].change.verb, ()) if scope.spec is not None else ()
    if not any(step.settle is SettleRule.KEY for step in steps):
        return drafts
    with ctx.store.reading() as tx:
        rows = tx.select_in(t.intent, ("key", "journal"), "key", [one.item.key for one in drafts])
    journals = {key: begun_anew(from_json(journal), ctx.clock.now()) for key, journal in rows}
    return [replace(one, item=replace(one.item, journal=journals.get(one.item.key, {}))) for one in drafts]


def _keep_intents(ctx: Context, tx: Tx, scope: Scope, drafts: Sequence[Draft]) -> None:
    """Store what is going to be called, with the exact bytes and the deadline, before it is called."""
    now, token = ctx.now(), ctx.lease.token if ctx.lease is not None else 0
    deadline = instant(ctx.clock.now() + timedelta(seconds=ctx.kits[scope.system].deadline_seconds))
    rows = [
        (
            one.item.key, one.change.id, scope.id, one.change.hub_id, one.change.ext_id, one.change.verb.value, one.change.desire,
            one.item.short_key, encode_payload(one.item), to_json(one.sent), to_json(one.item.journal) or "{}", "open", deadline,
            token, ctx.run_id, now,
        )
        for one in drafts
    ]  # fmt: skip
    tx.upsert(t.intent, INTENT_COLUMNS, rows, key=("key",))
    begun = [(one.change.id, "writing", now, to_json(one.change.after)) for one in drafts]
    tx.update_many(t.change, ("id",), ("state", "updated_at", "after"), begun)
    ctx.crash("deliver.before_intents_commit")


def perform(ctx: Context, scope: Scope, connector: Connector, drafts: Sequence[Draft]) -> int:
    """Make the call whose intents are stored, and bind its results."""
    check_fence(ctx)
    kit = ctx.kits[scope.system]
    calls = kit.calls
    try:
        results = connector.write(scope.object, [item.item for item in drafts], journal_of(ctx))
    except Unknown as fault:
        ctx.count(scope, "unknown", len(drafts))
        _note(ctx, drafts, fault)
        ctx.count(scope, "api_calls", kit.calls - calls)
        return 0
    except Later as fault:
        reopen(ctx, scope, drafts, fault)
        ctx.count(scope, "api_calls", kit.calls - calls)
        if isinstance(fault, QuotaSpent):
            raise
        return 0
    except Unauthorised as fault:
        reopen(ctx, scope, drafts, fault)
        raise
    ctx.crash("deliver.after_call")
    ctx.count(scope, "api_calls", kit.calls - calls)
    written = bind(ctx, scope, drafts, results)  # transaction B
    ctx.crash("deliver.after_bind_commit")
    read_back(ctx, scope, results)
    return written


def read_back(ctx: Context, scope: Scope, results: Sequence[WriteResult]) -> None:
    """See what the target made of what was sent, unless the answer to the write said so already.

    If this fails, nothing is lost: the next sighting of the record, through whatever door, teaches the same.
    """
    answers = [result.answer for result in results if result.answer is not None]
    if answers:
        ctx.transact(lambda tx: take_in(ctx, tx, scope, answers))
    silent = [result.id for result in results if result.id and result.answer is None and result.error is None]
    try:
        read_hints(ctx, scope, silent)
    except Later as fault:
        ctx.count(scope, "read_back_failed", len(silent))
        ctx.transact(partial(_log_silence, ctx, scope=scope, silent=silent, reason=fault.message))


def _log_silence(ctx: Context, tx: Tx, scope: Scope, silent: Sequence[str], reason: str) -> None:
    """Log that a read-back failed, once for its batch."""
    batch = Batch(ctx, tx, ctx.now())
    batch.load_records(scope, silent[:1])
    for record in batch.records.values():
        batch.log(record, "read_back_failed", {"error": reason, "records": len(silent)})
    batch.keep()


def check_fence(ctx: Context) -> None:
    """Make sure, just before a call, that this run still holds its lease."""
    ctx.transact(lambda _tx: ctx.crash("deliver.before_call"))


def journal_of(ctx: Context) -> Any:
    """Give a connector the means to store what a step learnt before the next step begins."""

    def journal(key: str, step: str, data: Mapping[str, Any]) -> None:
        try:
            ctx.transact(partial(_keep_step, key=key, step=step, data=data))
        except Later as fault:  # the store's, not the target's: the step has had its effect, so nobody may take it for refused
            message = f"The step {step!r} could not be journalled: {fault.message}"
            raise Unknown(message) from fault
        ctx.crash(f"deliver.after_step.{step}")

    return journal


def _keep_step(tx: Tx, key: str, step: str, data: Mapping[str, Any]) -> None:
    rows = tx.select_in(t.intent, ("journal",), "key", [key])
    steps = msgspec.json.decode(rows[0][0] or "{}") if rows else {}
    steps[step] = dict(data)
    tx.update_many(t.intent, ("key",), ("journal",), [(key, to_json(steps))])


def _note(ctx: Context, drafts: Sequence[Draft], fault: LtcError) -> None:
    """Note on changes of unknown outcome why they are open; their intents are settled after the deadline."""
    error = to_json({"code": fault.code, "message": fault.message})
    rows = [(item.change.id, error, ctx.now()) for item in drafts]
    ctx.transact(lambda tx: tx.update_many(t.change, ("id",), ("error", "updated_at"), rows))
