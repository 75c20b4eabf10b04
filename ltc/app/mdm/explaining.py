"""Explaining: why two things are the same, or not: what was decided, and the weight of each field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from ltc.app.engine.state import from_json
from ltc.app.mdm.pairs import told
from ltc.app.mdm.records import Named, matchable, named, texts
from ltc.core.errors import Misconfigured
from ltc.core.store import tables as t
from mdm.events import pair
from mdm.matching.given import judge

if TYPE_CHECKING:
    from ltc.app.engine.context import Context
    from ltc.core.store import Tx


def explain(ctx: Context, one: str, other: str) -> dict[str, Any]:
    """Explain a pair, each a hub id or SYSTEM:ID: ``{entity, left, right, linked, review, score, decision, why, doubts}``."""
    with ctx.store.reading() as tx:
        left, right = named(ctx, tx, one), named(ctx, tx, other)
        if left.entity != right.entity:
            message = f"{one} is a {left.entity}, {other} a {right.entity}."
            raise Misconfigured(message, remedy="Name two records of one entity.", code="golden.entity")
        review = _review(tx, left, right)
    matchable(left.entity)
    judged = judge(left.entity, texts(left.leaves), texts(right.leaves))
    return {
        "entity": left.entity,
        "left": _side(left, one),
        "right": _side(right, other),
        "linked": left.hub_id == right.hub_id,
        "review": review,
        **told(judged),
    }


def _side(side: Named, text: str) -> dict[str, Any]:
    return {"named": text, "hub_id": side.hub_id, "said_by": side.said_by, "values": dict(side.leaves)}


def _review(tx: Tx, left: Named, right: Named) -> dict[str, Any] | None:
    """Tell what a person was asked about the two, and said."""
    r = t.review.c
    ends = pair(left.hub_id, right.hub_id)
    row = tx.execute(
        select(r.id, r.state, r.evidence, r.decided_at, r.decided_by).where(r.left_id == ends[0], r.right_id == ends[1])
    ).first()
    if row is None:
        return None
    return {"id": row[0], "state": row[1], "evidence": from_json(row[2]), "decided_at": row[3], "decided_by": row[4]}
