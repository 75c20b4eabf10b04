"""One golden record as a steward sees it: where each value comes from, its records, its other ids, and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from ltc.app.engine.state import GOLDEN_COLUMNS, GoldenState, from_json
from ltc.app.mdm.records import named
from ltc.core.store import tables as t
from ltc.core.store.queries import paging

if TYPE_CHECKING:
    from ltc.app.engine.context import Context
    from ltc.core.store import Tx


def golden(ctx: Context, text: str) -> dict[str, Any]:
    """Show a golden record: ``{hub_id, entity, state, version, values, records, also, reviews, decisions}``."""
    with ctx.store.reading() as tx:
        hub_id = named(ctx, tx, text).hub_id
        g, r, p = t.golden.c, t.record.c, t.pin.c
        row = tx.execute(select(*(g[name] for name in GOLDEN_COLUMNS)).where(g.hub_id == hub_id)).one()
        state = GoldenState.of_row(row)
        records = tx.execute(
            select(r.scope_id, r.ext_id, r.state, r.is_primary, r.evidence, r.first_seen).where(r.hub_id == hub_id)
        ).all()
        pinned = {leaf for (leaf,) in tx.execute(select(p.leaf).where(p.hub_id == hub_id)).all()}
        opened = tx.execute(
            select(t.review.c.id, t.review.c.left_id, t.review.c.right_id).where(
                or_(t.review.c.left_id == hub_id, t.review.c.right_id == hub_id), t.review.c.state == "open"
            )
        ).all()
        return {
            "hub_id": hub_id, "entity": state.entity, "label": state.label, "state": state.state, "version": state.version,
            "created_at": state.created_at, "updated_at": state.updated_at,
            "values": [_value(ctx, leaf, value, state.provenance.get(leaf), pinned) for leaf, value in state.leaves.items()],
            "records": [
                {**_place(ctx, row[0], row[1]), "state": row[2], "primary": bool(row[3]), "evidence": row[4], "since": row[5]}
                for row in sorted(records)
            ],
            "also": _also(tx, hub_id),
            "reviews": [{"id": row[0], "other": row[2] if row[1] == hub_id else row[1]} for row in opened],
            "decisions": _decisions(tx, hub_id, 100, 0),
        }  # fmt: skip


def _place(ctx: Context, scope_id: int, ext_id: str) -> dict[str, str]:
    scope = ctx.scopes.get(scope_id)
    return {"system": scope.system if scope else "", "object": scope.object if scope else "", "id": ext_id}


def _value(ctx: Context, leaf: str, value: Any, origin: Any, pinned: set[str]) -> dict[str, Any]:
    """Show a value with where it comes from: a record of a system, or a pin."""
    if leaf in pinned:
        return {"field": leaf, "value": value, "from": "pin", "since": ""}
    if origin is None:
        return {"field": leaf, "value": value, "from": None, "since": ""}
    (scope_id, ext_id), at = origin
    return {"field": leaf, "value": value, "from": _place(ctx, scope_id, ext_id), "since": at}


def _also(tx: Tx, hub_id: str) -> list[str]:
    """List the ids that lead here."""
    found: list[str] = []
    border = [hub_id]
    while border:
        border = [row[0] for row in tx.execute(select(t.golden.c.hub_id).where(t.golden.c.merged_into.in_(border))).all()]
        border = sorted(set(border) - set(found))
        found += border
    return sorted(found)


def decisions(ctx: Context, *, any_id: str = "", limit: int = 100, after: int = 0) -> dict[str, Any]:
    """List decisions about identity, the newest first, of all records or of one: ``{decisions, after}``."""
    with ctx.store.reading() as tx:
        listed = _decisions(tx, named(ctx, tx, any_id).hub_id if any_id else "", limit, after)
    return {"decisions": listed, "after": paging.next_after(listed, limit)}


def _decisions(tx: Tx, hub_id: str, limit: int, after: int) -> list[dict[str, Any]]:
    d = t.decision
    statement = select(d.c.id, d.c.kind, d.c.entity, d.c.hub_id, d.c.payload, d.c.at, d.c.actor, d.c.undone_by)
    if hub_id:
        statement = statement.where(d.c.hub_id == hub_id)
    rows = paging.page(tx, statement, d.c.id, after=after, limit=limit, newest_first=True)
    return [
        {**{name: value for name, value in row.items() if name != "payload"}, **_what(from_json(row["payload"]))} for row in rows
    ]


def _what(payload: dict[str, Any]) -> dict[str, Any]:
    """Say what a decision was about, without all that its undo needs."""
    told: dict[str, Any] = {name: payload[name] for name in ("loser", "into", "undone", "reason") if name in payload}
    pins = [edit for edit in payload["edits"] if edit["sheet"] == "pin" and "loser" not in payload]
    if pins:
        told |= {"field": pins[0]["key"][1], "value": pins[0].get("after")}
    labels = [edit for edit in payload["edits"] if edit["sheet"] == "label"]
    if labels and len(payload["edits"]) == 1:
        told |= {"pair": labels[0]["key"], "verdict": labels[0].get("after", "open")}
    return told
