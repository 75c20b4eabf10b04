"""Trace: all documents of a deal, from any id of any system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from ltc.app.engine.scope import rank
from ltc.app.engine.state import from_json
from ltc.core.errors import Rejected
from ltc.core.store import tables as t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.app.engine.context import Context
    from ltc.core.store import Tx

DOCUMENTS = (
    "lead", "opportunity", "quote", "contract", "signature_request", "order", "delivery", "acceptance", "return", "invoice",
    "credit_note", "payment", "refund",
)  # fmt: skip
FARTHEST = 12


def trace(ctx: Context, any_id: str) -> dict[str, Any]:
    """Follow a deal through all systems; ``any_id`` is a hub id, any system's own id, or a document number."""
    with ctx.store.reading() as tx:
        start = _find(ctx, tx, any_id)
        if not start:
            message = f"No record of any system has the id {any_id!r}."
            raise Rejected(message, remedy="Give a hub id, a system's own id, or a document number.", code="trace.unknown")
        hub_ids = _connected(tx, start)
        rows = tx.select_in(t.golden, ("hub_id", "entity", "leaves", "label", "state"), "hub_id", sorted(hub_ids))
        links = tx.select_in(t.record, ("hub_id", "scope_id", "ext_id", "state"), "hub_id", sorted(hub_ids))
        stones = tx.select_in(t.milestone, ("hub_id", "state", "occurred_at", "source", "precision"), "hub_id", sorted(hub_ids))
        changes = tx.select_in(
            t.change, ("hub_id", "scope_id", "state", "reason", "error"), "hub_id", sorted(hub_ids),
            where=(t.change.c.state.in_(("due", "waiting", "held", "writing", "parked")),),
        )  # fmt: skip
    documents = []
    for hub_id, entity, leaves, label, state in sorted(rows, key=lambda row: (rank(row[1]), row[0])):
        values = from_json(leaves)
        documents.append(
            {
                "entity": entity,
                "hub_id": hub_id,
                "number": values.get("number"),
                "label": label,
                "state": values.get("status") or state,
                "links": [
                    {"system": ctx.scopes[scope_id].system, "object": ctx.scopes[scope_id].object, "id": ext_id, "state": seen}
                    for owner, scope_id, ext_id, seen in sorted(links, key=lambda link: link[1])
                    if owner == hub_id and scope_id in ctx.scopes
                ],
                "milestones": [
                    {"state": reached, "occurred_at": at, "source": source, "precision": precision}
                    for owner, reached, at, source, precision in sorted(stones, key=lambda stone: stone[2])
                    if owner == hub_id
                ],
                "stuck": [
                    {"system": ctx.scopes[scope_id].system, "state": waiting, "reason": reason or error}
                    for owner, scope_id, waiting, reason, error in changes
                    if owner == hub_id and scope_id in ctx.scopes
                ],
            }
        )
    root = next(
        (document["hub_id"] for document in documents if document["entity"] in ("opportunity", "quote", "order")),
        documents[0]["hub_id"],
    )
    return {"deal": root, "documents": documents}


def _find(ctx: Context, tx: Tx, any_id: str) -> set[str]:
    """Find the golden records that an id names; documents go before anything else."""
    g, r = t.golden, t.record
    own = ctx.identity.own_id(any_id) or any_id
    found = {
        (row[0], row[1]) for row in tx.execute(select(g.c.hub_id, g.c.entity).where(or_(g.c.hub_id == own, g.c.label == any_id)))
    }
    padded = any_id.zfill(10) if any_id.isdigit() else any_id
    linked = [row[0] for row in tx.execute(select(r.c.hub_id).where(r.c.ext_id.in_((any_id, padded)), r.c.hub_id.is_not(None)))]
    found |= {(row[0], row[1]) for row in tx.select_in(g, ("hub_id", "entity"), "hub_id", linked)}
    documents = {hub_id for hub_id, entity in found if entity in DOCUMENTS}
    return documents or {hub_id for hub_id, _ in found}


def _connected(tx: Tx, start: Iterable[str]) -> set[str]:
    """Walk references both ways, over documents only: customers and products are shared by all deals."""
    seen = set(start)
    border = set(start)
    for _ in range(FARTHEST):
        near = {row[0] for row in tx.select_in(t.reference, ("target",), "hub_id", sorted(border))}
        near |= {row[0] for row in tx.select_in(t.reference, ("hub_id",), "target", sorted(border))}
        near -= seen
        rows = tx.select_in(t.golden, ("hub_id", "entity", "state"), "hub_id", sorted(near))
        border = {hub_id for hub_id, entity, state in rows if entity in DOCUMENTS and state != "merged"}
        if not border:
            break
        seen |= border
    return seen
