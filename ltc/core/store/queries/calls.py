"""Calls: requests to systems and their responses, as the journal keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from ltc.core.store.queries.paging import Document, page
from ltc.core.store.tables import call as c

if TYPE_CHECKING:
    from ltc.core.store.door import Tx

_SHORT = ("id", "run_id", "system", "at", "method", "target", "status", "milliseconds")


def calls(
    tx: Tx, *, run: int = 0, system: str = "", status: str = "", target: str = "", after: int = 0, limit: int = 100,
    newest_first: bool = True,
) -> list[Document]:  # fmt: skip
    """List calls without their bodies; ``target`` finds those whose address contains it."""
    statement = select(*(c.c[name] for name in _SHORT))
    if run:
        statement = statement.where(c.c.run_id == run)
    for column, wanted in ((c.c.system, system), (c.c.status, status)):
        if wanted:
            statement = statement.where(column == wanted)
    if target:
        statement = statement.where(c.c.target.contains(target, autoescape=True))
    return page(tx, statement, c.c.id, after=after, limit=limit, newest_first=newest_first)


def call(tx: Tx, number: int) -> Document | None:
    """Give one call with its bodies, redacted and cut as they were stored."""
    found = tx.execute(select(c).where(c.c.id == number)).mappings().first()
    return dict(found) if found is not None else None
