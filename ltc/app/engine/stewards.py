"""What people decide: reviews, undoing, pins; and mending: retries and edits of exceptions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from ltc.app.engine.batch import Batch
from ltc.app.engine.door import read_hints
from ltc.app.engine.exceptions import close
from ltc.app.engine.identity import keep_apart, last_decision, living, merge_goldens, pin, split, unpin
from ltc.app.engine.pipeline import follow_through
from ltc.app.engine.state import from_json, to_json
from ltc.app.engine.undoing import undo
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.store import inbox
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

VERDICTS = ("same", "different")


def reviews(ctx: Context, *, state: str = "open", limit: int = 100, after: int = 0) -> list[dict[str, Any]]:
    """List pairs that may be the same thing, with both sides' values and the evidence."""
    r = t.review
    with ctx.store.reading() as tx:
        rows = tx.execute(
            select(r.c.id, r.c.entity, r.c.left_id, r.c.right_id, r.c.evidence, r.c.state, r.c.created_at)
            .where(r.c.state == state, r.c.id > after)
            .order_by(r.c.id)
            .limit(limit)
        ).all()
        ids = sorted({row[2] for row in rows} | {row[3] for row in rows})
        leaves = {row[0]: from_json(row[1]) for row in tx.select_in(t.golden, ("hub_id", "leaves"), "hub_id", ids)}
        records: dict[str, list[dict[str, str]]] = {}
        for hub_id, scope_id, ext_id in tx.select_in(t.record, ("hub_id", "scope_id", "ext_id"), "hub_id", ids):
            scope = ctx.scopes.get(scope_id)
            if scope is not None and not scope.is_hub:
                records.setdefault(hub_id, []).append({"system": scope.system, "object": scope.object, "id": ext_id})

    def side(hub_id: str) -> dict[str, Any]:
        return {"hub_id": hub_id, "records": records.get(hub_id, []), "values": leaves.get(hub_id, {})}

    return [
        {
            "id": row[0], "entity": row[1], "left": side(row[2]), "right": side(row[3]), "evidence": from_json(row[4]),
            "state": row[5], "created_at": row[6],
        }
        for row in rows
    ]  # fmt: skip


def decide_review(ctx: Context, number: int, verdict: str, *, actor: str) -> dict[str, Any]:
    """Settle a review: the same thing is merged, different things are kept apart for good."""
    if verdict not in VERDICTS:
        message = f"{verdict!r} is not a verdict."
        raise Rejected(message, remedy="Say `same` or `different`.")
    return _act(ctx, lambda batch: _decide(batch, number, verdict, actor))


def _decide(batch: Batch, number: int, verdict: str, actor: str) -> dict[str, Any]:
    r = t.review
    row = batch.tx.execute(select(r.c.left_id, r.c.right_id, r.c.state).where(r.c.id == number)).one_or_none()
    if row is None:
        message = f"There is no review {number}."
        raise Rejected(message, remedy="`ltc review list` shows the open ones.", code="review.unknown")
    if row[2] not in ("open", verdict):
        message = f"Review {number} was settled: {row[2]}. It was left as it is."
        raise Rejected(message, remedy="`ltc review list` shows the open ones.", code="review.settled")
    if row[2] == verdict:
        return {"id": number, "state": row[2], "hub_id": row[0]}
    survivor = row[0]
    if verdict == "same":
        survivor = merge_goldens(batch, row[0], row[1], actor=actor, reason=f"review {number}", asked=True)
    else:
        keep_apart(batch, row[0], row[1], actor=actor)
    batch.tx.execute(update(r).where(r.c.id == number).values(decided_by=actor))
    return {"id": number, "state": verdict, "hub_id": survivor, "decision": last_decision(batch)}


def merge_records(ctx: Context, one: str, other: str, *, actor: str) -> dict[str, Any]:
    """Make two golden records one, each named by any hub id that it ever had: the older one survives."""

    def act(batch: Batch) -> dict[str, Any]:
        left, right = (living(batch, hub_id) for hub_id in (one, other))
        if left.entity != right.entity:
            message = f"{left.hub_id} is a {left.entity}, {right.hub_id} a {right.entity}."
            raise Rejected(message, remedy="Name two records of one entity.", code="golden.entity")
        if left is right:
            message = f"{one} and {other} are one record already: {left.hub_id}."
            raise Rejected(message, code="golden.same")
        survivor = merge_goldens(batch, left.hub_id, right.hub_id, actor=actor, reason="a steward said so", asked=True)
        return {"hub_id": survivor, "resolves": max(left.hub_id, right.hub_id), "decision": last_decision(batch)}

    return _act(ctx, act)


def undo_decision(ctx: Context, number: int, *, actor: str) -> dict[str, Any]:
    """Take a decision back exactly; what was written because of it is planned back."""
    return _act(ctx, lambda batch: undo(batch, number, actor=actor))


def pin_value(ctx: Context, hub_id: str, leaf: str, value: object, *, actor: str) -> dict[str, Any]:
    """Fix one value of a golden record."""

    def act(batch: Batch) -> dict[str, Any]:
        golden = living(batch, hub_id)
        return {"hub_id": golden.hub_id, "decision": pin(batch, golden.hub_id, leaf, value, actor=actor)}

    return _act(ctx, act)


def unpin_value(ctx: Context, hub_id: str, leaf: str, *, actor: str) -> dict[str, Any]:
    """Let the systems decide a value again."""

    def act(batch: Batch) -> dict[str, Any]:
        golden = living(batch, hub_id)
        return {"hub_id": golden.hub_id, "decision": unpin(batch, golden.hub_id, leaf, actor=actor)}

    return _act(ctx, act)


def split_records(ctx: Context, hub_id: str, records: Sequence[tuple[str, str]], *, actor: str) -> dict[str, Any]:
    """Take records, each named by its system and its id there, out of a golden record into one of their own."""

    def act(batch: Batch) -> dict[str, Any]:
        golden = living(batch, hub_id)
        named = {(batch.scope_of(record).system, record.ext_id): record.key for record in batch.linked[golden.hub_id]}
        strange = [" ".join(one) for one in records if one not in named]
        if strange:
            message = f"{', '.join(strange)}: no such record belongs to {golden.hub_id}."
            raise Rejected(message, remedy=f"`ltc mdm golden {golden.hub_id}` lists its records.", code="golden.record")
        made = split(batch, golden.hub_id, [named[one] for one in dict.fromkeys(records)], actor=actor)
        return {"hub_id": made, "from": golden.hub_id, "decision": last_decision(batch)}

    return _act(ctx, act)


def _act(ctx: Context, act: Callable[[Batch], dict[str, Any]]) -> dict[str, Any]:
    """Do one decision and what follows from it in one transaction."""

    def work(tx: Tx) -> dict[str, Any]:
        batch = Batch(ctx, tx, ctx.now())
        result = act(batch)
        follow_through(batch)
        return result

    return ctx.transact(work)


def retry(ctx: Context, numbers: Sequence[int], *, actor: str) -> dict[str, Any]:
    """Let parked records go on: what did not fit is read again, what a target refused is due again, and flows look again.

    A record without an id cannot be read by it: its exception is closed, and opens again when the record shows as it was. The
    answer tells how many were tried, and the numbers of those that are parked again already.
    """
    retried, again = ctx.transact(partial(_retry, ctx, numbers=numbers, actor=actor))
    for scope_id, ext_ids in again.items():
        read_hints(ctx, ctx.scopes[scope_id], ext_ids)
    e = t.exception
    with ctx.store.reading() as tx:
        parked = [row[0] for row in tx.select_in(e, ("id",), "id", retried, where=(e.c.state == "open",))]
    return {"retried": len(retried), "parked": sorted(parked)}


def _retry(ctx: Context, tx: Tx, numbers: Sequence[int], actor: str) -> tuple[list[int], dict[int, list[str]]]:
    """Mark exceptions as retrying; return them, and the records to read again, by scope."""
    e, c = t.exception, t.change
    rows = tx.select_in(e, ("id", "scope_id", "ext_id", "hub_id", "stage"), "id", list(numbers), where=(e.c.state != "resolved",))
    unknown = sorted(set(numbers) - {row[0] for row in rows})
    if unknown:
        message = f"There is no open exception {', '.join(map(str, unknown))}."
        raise Rejected(message, remedy="`ltc exceptions` lists them.", code="exception.unknown")
    tx.update_many(e, ("id",), ("state", "updated_at"), [(row[0], "retrying", ctx.now()) for row in rows])
    subject = ",".join(str(row[0]) for row in rows)[:255]
    tx.insert_one(t.audit, {"at": ctx.now(), "actor": actor, "action": "exception.retry", "subject": subject})
    done = [row[0] for row in rows if row[4] == "hook" or (row[4] == "translate" and not row[2])]
    close(Batch(ctx, tx, ctx.now()), done, actor="hub")
    again: dict[int, list[str]] = {}
    _reopen_hooks(ctx, tx, [(scope_id, ext_id) for _, scope_id, ext_id, _, stage in rows if stage == "hook"])
    for _, scope_id, ext_id, hub_id, stage in rows:
        if stage in ("deliver", "settle"):
            tx.execute(
                update(c)
                .where(c.c.scope_id == scope_id, c.c.hub_id == hub_id, c.c.state == "parked")
                .values(state="due", attempts=0, not_before="", updated_at=ctx.now())
            )
        elif stage != "hook" and ext_id and scope_id in ctx.scopes and not ctx.scopes[scope_id].is_hub:
            again.setdefault(scope_id, []).append(ext_id)
            if stage == "loop":
                tx.update_many(t.record, ("scope_id", "ext_id"), ("flips",), [(scope_id, ext_id, "")])
    _look_again(ctx, tx, [ext_id for _, _, ext_id, _, stage in rows if stage == "flow"])
    return [row[0] for row in rows], again


def _look_again(ctx: Context, tx: Tx, ext_ids: Sequence[str]) -> None:
    """Let flows look once more at the sources of documents that they asked a person about: the flow file may have been mended."""
    sources = sorted({ext_id.split("/")[1] for ext_id in ext_ids if "/" in ext_id})
    if sources:
        batch = Batch(ctx, tx, ctx.now())
        batch.load_hubs(sources)
        batch.touched |= {hub_id for hub_id in sources if hub_id in batch.goldens}
        follow_through(batch)


def _reopen_hooks(ctx: Context, tx: Tx, parked: Sequence[tuple[int, str]]) -> None:
    """Let webhooks that were parked be worked on again, as if they had just come: their lane reads the record."""
    for scope_id, ext_id in parked:
        scope = ctx.scopes[scope_id]
        inbox.reopen(tx, scope.system, scope.object, [ext_id])


def edit(ctx: Context, number: int, fields: dict[str, Any], *, actor: str) -> dict[str, Any]:
    """Mend a parked record's raw fields and retry it; the edit expires when the source itself changes."""
    ctx.transact(partial(_edit, ctx, number=number, fields=fields, actor=actor))
    return retry(ctx, [number], actor=actor)


def _edit(ctx: Context, tx: Tx, number: int, fields: dict[str, Any], actor: str) -> None:
    e = t.exception
    row = tx.execute(
        select(e.c.scope_id, e.c.ext_id, e.c.stage, e.c.edit).where(e.c.id == number, e.c.state != "resolved")
    ).one_or_none()
    if row is None:
        message = f"There is no open exception {number}."
        raise Rejected(message, remedy="`ltc exceptions` lists them.", code="exception.unknown")
    if row[2] != "translate":
        message = f"Exception {number} arose at {row[2]}; only what did not fit its mapping can be edited."
        raise Rejected(message, remedy="Correct the record in its system, or the mapping, then retry.")
    _insist_on_raw_fields(ctx, row[0], fields)
    basis = tx.scalar(select(t.record.c.raw_hash).where(t.record.c.scope_id == row[0], t.record.c.ext_id == row[1]))
    tx.execute(
        update(e)
        .where(e.c.id == number)
        .values(edit=to_json({**from_json(row[3]), **fields}), edit_basis=basis, updated_at=ctx.now())
    )
    tx.insert_one(
        t.audit,
        {
            "at": ctx.now(),
            "actor": actor,
            "action": "exception.edit",
            "subject": str(number),
            "detail": to_json(sorted(fields)),
        },
    )


def _insist_on_raw_fields(ctx: Context, scope_id: int, fields: Iterable[str]) -> None:
    """Refuse to mend what the mapping does not read: the record would stay as it is, and nobody would know why."""
    scope = ctx.scopes.get(scope_id)
    known = {path.split(".")[0].split("[")[0] for path in scope.mapping.source_fields} if scope and scope.mapping else set()
    unknown = sorted(set(fields) - known)
    if unknown:
        message = f"The mapping reads no raw field {', '.join(map(repr, unknown))}; nothing was edited."
        raise Misconfigured(message, remedy=f"It reads: {', '.join(sorted(known))}.", code="exception.unknown_field")
