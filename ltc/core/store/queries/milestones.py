"""Milestones: which states a golden record reached, and when in business time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ltc.core.store.queries.paging import Document, page
from ltc.core.store.tables import milestone as m

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ltc.core.store.door import Tx

_SHOWN = ("id", "entity", "hub_id", "state", "occurred_at", "precision", "source", "recorded_at")


def milestones(
    tx: Tx, *, entity: str = "", state: str = "", since: str = "", until: str = "", after: int = 0, limit: int = 100
) -> list[Document]:
    """List milestones in the order in which the hub learnt of them; ``since`` and ``until`` are business time."""
    statement = select(m)
    for column, wanted in ((m.c.entity, entity), (m.c.state, state)):
        if wanted:
            statement = statement.where(column == wanted)
    if since:
        statement = statement.where(m.c.occurred_at >= since)
    if until:
        statement = statement.where(m.c.occurred_at < until)
    return page(tx, statement, m.c.id, after=after, limit=limit)


def milestones_of(tx: Tx, hub_ids: Iterable[str]) -> dict[str, list[Document]]:
    """Give the milestones of golden records, by hub id, in the order in which they happened."""
    found: dict[str, list[Document]] = {}
    rows = [dict(zip(_SHOWN, row, strict=True)) for row in tx.select_in(m, _SHOWN, "hub_id", hub_ids)]
    for row in sorted(rows, key=lambda one: (one["occurred_at"], one["id"])):
        found.setdefault(row["hub_id"], []).append(row)
    return found
