"""Audit: who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ltc.core.store.queries.paging import Document, page, plain
from ltc.core.store.tables import audit as a

if TYPE_CHECKING:
    from ltc.core.store.door import Tx


def audit(
    tx: Tx, *, actor: str = "", action: str = "", subject: str = "", after: int = 0, limit: int = 100, newest_first: bool = True
) -> list[Document]:
    """List what people and the hub itself decided; ``action`` also finds its kinds, as ``mode`` finds ``mode.live``."""
    statement = select(a)
    for column, wanted in ((a.c.actor, actor), (a.c.subject, subject)):
        if wanted:
            statement = statement.where(column == wanted)
    if action:
        statement = statement.where((a.c.action == action) | a.c.action.startswith(f"{action}.", autoescape=True))
    rows = page(tx, statement, a.c.id, after=after, limit=limit, newest_first=newest_first)
    return [row | {"detail": plain(row["detail"])} for row in rows]
