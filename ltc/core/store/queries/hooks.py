"""Webhooks: what waits, what is parked, and why, by system and object."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from ltc.core.store.hook_table import hook as h
from ltc.core.store.queries.paging import Document

if TYPE_CHECKING:
    from ltc.core.store.door import Tx

OPEN = ("pending", "parked")


def hooks(tx: Tx, now: datetime) -> list[Document]:
    """Say what is open, with the age of the oldest in seconds, the most attempts, and one of the reasons."""
    pending = case((h.c.state == "pending", 1), else_=0)
    oldest = func.min(case((h.c.state == "pending", h.c.received_at)))
    columns = (h.c.system, h.c.object, func.sum(pending), func.count(), oldest, func.max(h.c.attempts), func.max(h.c.error))
    rows = tx.execute(
        select(*columns).where(h.c.state.in_(OPEN)).group_by(h.c.system, h.c.object).order_by(h.c.system, h.c.object)
    )
    return [
        {
            "system": row[0], "object": row[1], "pending": int(row[2]), "parked": int(row[3]) - int(row[2]),
            "oldest": row[4], "age": _age(row[4], now), "attempts": int(row[5]), "error": row[6],
        }
        for row in rows
    ]  # fmt: skip


def _age(instant: str | None, now: datetime) -> float | None:
    return (now - datetime.fromisoformat(instant)).total_seconds() if instant else None
