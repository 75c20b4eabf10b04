"""Whole: deals of all documents, worked out of references and derivations: when a hub begins to keep them, or to be sure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from ltc.app.engine.batch import Batch
from ltc.app.engine.deals.keeping import keep
from ltc.app.engine.deals.regrouping import regroup
from ltc.app.engine.deals.turning import touch_turned
from ltc.app.engine.pipeline import follow_through
from ltc.core.models.deals import DOCUMENTS
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

AT_ONCE = 500
KEPT = "deals"
"""The hub's note that the deals of all documents are kept."""
SECONDS = 600


def insist_on_deals(ctx: Context) -> None:
    """Make sure that the deals of all documents are kept, if there are flows; a hub that had none has missed some."""
    with ctx.store.reading() as tx:
        is_kept = bool(tx.select_in(t.hub, ("value",), "key", [KEPT]))
    if is_kept == bool(ctx.flows):
        return
    if not ctx.flows:
        ctx.transact(lambda tx: tx.delete_in(t.hub, "key", [KEPT]))
        return
    lease = ctx.store.lease(KEPT, "hub", SECONDS)
    if lease is None:
        return  # another worker is at it
    rebuild(ctx)
    ctx.transact(_note)
    lease.release()


def rebuild(ctx: Context) -> dict[str, int]:
    """Work the deals of all documents out anew, some at a time, and say how many there are.

    Where this corrects a stage, the documents whose owners change with it are followed through.
    """
    for entity in DOCUMENTS:
        last: str | None = ""
        while last is not None:
            last = ctx.transact(partial(_some, ctx, entity, last))
    while ctx.transact(partial(_sweep, ctx)):
        pass
    with ctx.store.reading() as tx:
        count = select(func.count()).select_from
        return {"deals": int(tx.scalar(count(t.deal)) or 0), "documents": int(tx.scalar(count(t.deal_document)) or 0)}


def _some(ctx: Context, entity: str, last: str, tx: Tx) -> str | None:
    """Work on the next documents of an entity; give the last of them, None if there are no more."""
    g = t.golden.c
    wanted = select(g.hub_id).where(g.entity == entity, g.hub_id > last, g.state != "merged").order_by(g.hub_id).limit(AT_ONCE)
    hub_ids = [row[0] for row in tx.execute(wanted)]
    _work_out(ctx, tx, hub_ids)
    return hub_ids[-1] if len(hub_ids) == AT_ONCE else None


def _sweep(ctx: Context, tx: Tx) -> bool:
    """Take documents out of deals that are no longer there; tell whether there may be more of them."""
    g, d = t.golden.c, t.deal_document.c
    stays = exists().where(g.hub_id == d.hub_id, g.state != "merged")
    hub_ids = [row[0] for row in tx.execute(select(d.hub_id).where(~stays).distinct().limit(AT_ONCE))]
    _work_out(ctx, tx, hub_ids)
    return bool(hub_ids)


def _work_out(ctx: Context, tx: Tx, hub_ids: list[str]) -> None:
    if not hub_ids:
        return
    batch = Batch(ctx, tx, ctx.now())
    rows, left = regroup(batch, hub_ids)
    touch_turned(batch, keep(batch, rows, left), {}, {}, left)
    if batch.touched:
        follow_through(batch)


def _note(tx: Tx) -> None:
    tx.upsert(t.hub, ("key", "value"), [(KEPT, "all")], key=("key",))
