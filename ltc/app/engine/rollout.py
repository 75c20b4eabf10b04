"""Rollout: how a scope goes from observing to live, how a changed mapping reaches old records, how brakes are released.

read all → match → review → baseline (existing differences are accepted, not corrected) → live
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from ltc.app.engine.batch import Batch
from ltc.app.engine.brakes import release_brakes
from ltc.app.engine.door import look_again
from ltc.app.engine.merge import merge
from ltc.app.engine.pipeline import take_in
from ltc.app.engine.plan import difference
from ltc.app.engine.state import to_json
from ltc.core.errors import Misconfigured, Rejected
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltc.app.engine.context import Context
    from ltc.app.engine.scope import Scope
    from ltc.core.store import Tx

SLICE = 500
MODES = ("observe", "shadow", "live")


def status(ctx: Context) -> list[dict[str, Any]]:
    """Say for each scope how far its rollout is, and what holds it."""
    with ctx.store.reading() as tx:
        states = {
            row[0]: row for row in tx.execute(
                select(t.scope.c.id, t.scope.c.mode, t.scope.c.full_read_at, t.scope.c.baseline_at, t.scope.c.stopped)
            )
        }  # fmt: skip
        open_changes: dict[int, dict[str, int]] = {}
        for scope_id, state, number in tx.execute(
            select(t.change.c.scope_id, t.change.c.state, func.count())
            .where(t.change.c.state.in_(("shadow", "due", "waiting", "held", "writing", "parked")))
            .group_by(t.change.c.scope_id, t.change.c.state)
        ):
            open_changes.setdefault(scope_id, {})[state] = int(number)
        reviews = {
            row[0]: int(row[1])
            for row in tx.execute(
                select(t.review.c.entity, func.count()).where(t.review.c.state == "open").group_by(t.review.c.entity)
            )
        }
    return [
        {
            "system": scope.system, "object": scope.object, "entity": scope.entity, "mode": states[scope.id][1],
            "full_read_at": states[scope.id][2], "baseline_at": states[scope.id][3], "stopped": states[scope.id][4],
            "changes": open_changes.get(scope.id, {}), "open_reviews": reviews.get(scope.entity, 0),
        }
        for scope in ctx.scopes.values() if not scope.is_hub
    ]  # fmt: skip


def set_mode(
    ctx: Context, scopes: Sequence[Scope], mode: str, *, actor: str, leaves: Sequence[str] = (), baseline: bool = True
) -> dict[str, Any]:
    """Put scopes into a mode and plan again; going live takes existing differences as the baseline, unless told to correct them.

    Refused until everything that the entity is matched across was read in full: what looks new may only be unread.
    """
    if mode not in MODES:
        message = f"{mode!r} is not a mode."
        raise Rejected(message, remedy=f"Choose one of {', '.join(MODES)}.")
    unwritten = sorted(set(leaves).difference(*(scope.outbound for scope in scopes)))
    if unwritten:
        known = sorted(set[str]().union(*(scope.outbound for scope in scopes)))
        message = f"No mapping of these objects writes {', '.join(map(repr, unwritten))}; nothing went live."
        raise Misconfigured(message, remedy=f"They write: {', '.join(known) or 'nothing'}.", code="rollout.unwritten")
    if mode == "live":
        _require_full_reads(ctx, scopes)
    accepted = 0
    if mode == "live" and baseline:
        accepted = sum(accept_differences(ctx, scope) for scope in scopes)
    ctx.transact(partial(_keep_mode, ctx, scopes=scopes, mode=mode, actor=actor, leaves=leaves, baseline=baseline))
    for entity in dict.fromkeys(scope.entity for scope in scopes):
        plan_all(ctx, entity)
    return {"scopes": len(scopes), "mode": mode, "accepted_differences": accepted}


def _keep_mode(
    ctx: Context, tx: Tx, scopes: Sequence[Scope], mode: str, actor: str, leaves: Sequence[str], *, baseline: bool
) -> None:
    """Store the mode; a scope that only observes has nothing left to write."""
    for scope in scopes:
        tx.execute(
            update(t.scope)
            .where(t.scope.c.id == scope.id)
            .values(
                mode=mode,
                live_leaves=to_json(sorted(leaves)),
                updated_at=ctx.now(),
                updated_by=actor,
                **({"baseline_at": ctx.now()} if mode == "live" and baseline else {}),
            )
        )
        tx.insert_one(
            t.audit,
            {
                "at": ctx.now(),
                "actor": actor,
                "action": f"mode.{mode}",
                "subject": f"{scope.system}.{scope.object}",
                "detail": to_json(list(leaves)),
            },
        )
    if mode == "observe":
        tx.execute(
            update(t.change)
            .where(
                t.change.c.scope_id.in_([scope.id for scope in scopes]),
                t.change.c.state.in_(("shadow", "due", "waiting", "held")),
            )
            .values(state="superseded", reason="the scope only observes", updated_at=ctx.now())
        )


def _require_full_reads(ctx: Context, scopes: Sequence[Scope]) -> None:
    entities = {scope.entity for scope in scopes}
    with ctx.store.reading() as tx:
        unread = [
            f"{row[0]}.{row[1]}"
            for row in tx.execute(
                select(t.scope.c.system, t.scope.c.object).where(
                    t.scope.c.entity.in_(entities), t.scope.c.full_read_at.is_(None), t.scope.c.system != "hub",
                    t.scope.c.id.in_(list(ctx.scopes)),
                )
            )
        ]  # fmt: skip
    if unread:
        message = f"Not read in full yet: {', '.join(unread)}."
        raise Rejected(
            message, remedy="Run `ltc sync` until each was read once, settle the reviews, then go live.", code="rollout.unread"
        )


def hub_ids_of(ctx: Context, entity: str) -> Iterator[list[str]]:
    """Walk over all live golden records of an entity, in slices."""
    last = ""
    g = t.golden
    while True:
        with ctx.store.reading() as tx:
            rows = tx.execute(
                select(g.c.hub_id)
                .where(g.c.entity == entity, g.c.hub_id > last, g.c.state != "merged")
                .order_by(g.c.hub_id)
                .limit(SLICE)
            ).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [row[0] for row in rows]


def plan_all(ctx: Context, entity: str) -> None:
    """Merge and plan every golden record of an entity again, slice by slice."""
    for hub_ids in hub_ids_of(ctx, entity):
        look_again(ctx, hub_ids)


def accept_differences(ctx: Context, scope: Scope) -> int:
    """Take what a system holds as its own form of the golden values: only what changes from now on is written."""
    accepted = 0
    for hub_ids in hub_ids_of(ctx, scope.entity):
        accepted += ctx.transact(partial(_accept, ctx, scope=scope, hub_ids=hub_ids))
    return accepted


def _accept(ctx: Context, tx: Tx, scope: Scope, hub_ids: Sequence[str]) -> int:
    accepted = 0
    batch = Batch(ctx, tx, ctx.now())
    batch.load_hubs(hub_ids)
    batch.touched |= set(hub_ids)
    for hub_id in merge(batch, batch.take_touched()):
        for record in batch.linked[hub_id]:
            if record.scope_id != scope.id or not record.speaks:
                continue
            _, after = difference(batch.goldens[hub_id], record, scope)
            for leaf, value in after.items():
                record.normal_forms[leaf] = [value, record.leaves.get(leaf)]
            if after:
                accepted += len(after)
                batch.dirty.add(record.key)
                batch.log(record, "baseline", {"fields": sorted(after)})
    batch.keep()
    return accepted


def apply_mapping(ctx: Context, scope: Scope, *, preview: bool) -> dict[str, int]:
    """Bring the records that an older mapping translated under the present one, from their stored raw form, in slices.

    A new line that the stored raw form does not hold stays unknown until the record is read again; a removed line
    releases its field and never blanks it. A preview does the same work and takes it back.
    """
    if scope.mapping is None:
        return {"records": 0, "planned": 0}
    done, last = 0, ""
    before = ctx.counts[scope.id].tally["planned"] if scope.id in ctx.counts else 0
    r = t.record
    while True:
        with ctx.store.reading() as tx:
            rows = tx.execute(
                select(r.c.ext_id, r.c.raw)
                .where(
                    r.c.scope_id == scope.id,
                    r.c.ext_id > last,
                    r.c.mapping_fp != scope.mapping.fingerprint,
                    r.c.state.in_(("live", "out_of_scope", "untranslated")),
                )
                .order_by(r.c.ext_id)
                .limit(SLICE)
            ).all()
        rows = [row for row in rows if bytes(row[1]) != b"{}"]
        if not rows:
            break
        last = rows[-1][0]
        with suppress(_Preview):
            ctx.transact(partial(_translate_again, ctx, scope=scope, bodies=[bytes(row[1]) for row in rows], preview=preview))
        done += len(rows)
    planned = sum(counts.tally["planned"] for counts in ctx.counts.values()) - before
    return {"records": done, "planned": planned}


def _translate_again(ctx: Context, tx: Tx, scope: Scope, bodies: Sequence[bytes], *, preview: bool) -> None:
    """Take stored raw forms in under the present mapping; a preview ends its transaction without keeping anything."""
    take_in(ctx, tx, scope, bodies)
    if preview:
        raise _Preview


class _Preview(Exception):
    """Take the transaction of a preview back."""


def release(ctx: Context, scopes: Sequence[Scope], *, actor: str) -> list[dict[str, Any]]:
    """Let through, for the next run, what the brakes hold now."""
    return ctx.transact(partial(_release, ctx, scopes=scopes, actor=actor))


def _release(ctx: Context, tx: Tx, scopes: Sequence[Scope], actor: str) -> list[dict[str, Any]]:
    out = []
    for scope in scopes:
        allowed = release_brakes(tx, scope)
        tx.insert_one(
            t.audit,
            {
                "at": ctx.now(),
                "actor": actor,
                "action": "brake.release",
                "subject": f"{scope.system}.{scope.object}",
                "detail": to_json(allowed),
            },
        )
        out.append({"system": scope.system, "object": scope.object, **allowed})
    return out


def rewind(ctx: Context, scopes: Sequence[Scope], *, actor: str, cursor: str = "") -> dict[str, Any]:
    """Begin a new epoch of a system that was restored from a backup: versions start again, and everything is read anew.

    A cursor is tried first: what no page of the object has given is refused, and nothing is done.
    """
    if cursor:
        for scope in scopes:
            ctx.connectors[scope.system].read(scope.object, cursor, scope.fields)
    ctx.transact(partial(_rewind, ctx, scopes=scopes, actor=actor, cursor=cursor))
    return {"scopes": len(scopes)}


def _rewind(ctx: Context, tx: Tx, scopes: Sequence[Scope], actor: str, cursor: str) -> None:
    for scope in scopes:
        tx.execute(
            update(t.scope)
            .where(t.scope.c.id == scope.id)
            .values(
                epoch=t.scope.c.epoch + 1,
                cursor=cursor,
                newest_version="",
                stopped="",
                full_read_at=None,
                full_read_run=None,
                updated_at=ctx.now(),
                updated_by=actor,
            )
        )
        tx.execute(update(t.record).where(t.record.c.scope_id == scope.id).values(version=""))
        tx.insert_one(
            t.audit,
            {"at": ctx.now(), "actor": actor, "action": "rewind", "subject": f"{scope.system}.{scope.object}", "detail": ""},
        )
